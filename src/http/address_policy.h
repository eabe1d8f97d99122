#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

/// The bytes of an AF_INET or AF_INET6 address; empty for any other family. Lives as long as
/// `address`.
std::span<const std::uint8_t> address_bytes(const sockaddr* address);

/// "127.0.0.1", "2001:db8::1".
std::string address_text(std::span<const std::uint8_t> address);

} // namespace weft::http
