#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace weft::http {

/// What keeps an address from being a public one: "loopback", "private", "link-local", "metadata"
/// …, or nullptr for an ordinary unicast address of the internet. `address` is 4 or 16 bytes in
/// network order. IPv6 is an allow list: 2000::/3 without its special parts, and forms that embed
/// an IPv4 address (mapped, 6to4, NAT64, ISATAP) are judged by the address they embed. Sources: the
/// IANA special-purpose address registries (RFC 6890 and what updates it).
const char* special_range(std::span<const std::uint8_t> address);

/// The same for a textual address without a scope ("10.0.0.1", "::1"); an unreadable one is
/// "unknown".
const char* special_range(std::string_view text);

/// The bytes of a textual address as above; empty when it is unreadable.
std::vector<std::uint8_t> address_bytes(std::string_view text);

/// The bytes of an AF_INET or AF_INET6 address; empty for any other family. Lives as long as
/// `address`.
std::span<const std::uint8_t> address_bytes(const sockaddr* address);

/// "127.0.0.1", "2001:db8::1".
std::string address_text(std::span<const std::uint8_t> address);

/// ::ffff:1.2.3.4 reaches 1.2.3.4, whose bytes these are; every other address as it is.
std::span<const std::uint8_t> unmapped(std::span<const std::uint8_t> address);

/// The port of an AF_INET or AF_INET6 address; 0 for any other family.
int address_port(const sockaddr* address);

/// Addresses that may be called although they are not public ones. They are addresses, not names:
/// whoever answers for a name could point it elsewhere.
class AllowedAddresses {
public:
    /// Entries between commas: "127.0.0.1:11434" (one port), "[::1]:8080", "192.168.1.7" (every
    /// port), "10.0.0.0/8", "fd00::/8", "10.1.0.0/16:443". Empty: none.
    /// invalid: an entry is no address; the message says which and how one looks.
    static Result<AllowedAddresses> parse(std::string_view text);

    /// `address` as special_range takes it; one mapped into IPv6 counts as the IPv4 one.
    bool holds(std::span<const std::uint8_t> address, int port) const;

private:
    struct Entry {
        std::array<std::uint8_t, 16> prefix{};
        std::size_t length = 4; ///< bytes of the address
        int bits = 32;
        int port = 0; ///< 0 = every one
    };
    static std::optional<Entry> read(std::string_view text);

    std::vector<Entry> entries_;
};

} // namespace weft::http
