#include "http/address_policy.h"

#include "http/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace weft::http {

namespace {

using Bytes = std::span<const std::uint8_t>;

struct Range {
    std::array<std::uint8_t, 16> prefix;
    int bits;
    const char* name;
};

constexpr Range v4_ranges[] = {
    {{0}, 8, "unspecified"},
    {{10}, 8, "private"},
    {{100, 64}, 10, "shared by carriers"},
    {{127}, 8, "loopback"},
    {{169, 254, 169, 254}, 32, "metadata"},
    {{169, 254}, 16, "link-local"},
    {{172, 16}, 12, "private"},
    {{192, 0, 0}, 24, "reserved"},
    {{192, 0, 2}, 24, "documentation"},
    {{192, 88, 99}, 24, "reserved"},
    {{192, 168}, 16, "private"},
    {{168, 63, 129, 16}, 32, "metadata"}, // Azure's platform address, inside an ordinary range
    {{198, 18}, 15, "reserved"},
    {{198, 51, 100}, 24, "documentation"},
    {{203, 0, 113}, 24, "documentation"},
    {{224}, 4, "multicast"},
    {{255, 255, 255, 255}, 32, "broadcast"},
    {{240}, 4, "reserved"},
};

// Outside 2000::/3 nothing is public; these have names of their own. The rest lie inside it.
constexpr Range v6_ranges[] = {
    {{}, 128, "unspecified"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback"},
    {{0xFD, 0x00, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, "metadata"},
    {{0xFC}, 7, "private"},
    {{0xFE, 0x80}, 10, "link-local"},
    {{0xFE, 0xC0}, 10, "private"},
    {{0xFF}, 8, "multicast"},
    {{0x20, 0x01, 0x00, 0x00}, 23, "reserved"}, // Teredo, ORCHID, benchmarking …
    {{0x20, 0x01, 0x0D, 0xB8}, 32, "documentation"},
    {{0x3F, 0xFF}, 20, "documentation"},
};

/// Forms with an IPv4 address inside, and where it stands.
struct Embedding {
    std::array<std::uint8_t, 16> prefix;
    int bits;
    std::size_t at;
};
constexpr Embedding embeddings[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96, 12}, // mapped
    {{0x00, 0x64, 0xFF, 0x9B}, 96, 12},                   // NAT64, RFC 6052
    {{0x20, 0x02}, 16, 2},                                // 6to4
};

bool within(Bytes address, const std::array<std::uint8_t, 16>& prefix, int bits) {
    for (std::size_t at = 0; bits > 0; ++at, bits -= 8) {
        const int shift = std::max(0, 8 - bits);
        if (address[at] >> shift != prefix[at] >> shift) return false;
    }
    return true;
}

const char* special_v4(Bytes address) {
    for (const Range& range : v4_ranges)
        if (within(address, range.prefix, range.bits)) return range.name;
    return nullptr;
}

/// ISATAP (RFC 5214): an interface identifier 00-00-5E-FE or 02-00-5E-FE followed by an IPv4
/// address.
bool is_isatap(Bytes address) {
    return (address[8] & ~0x02) == 0 && address[9] == 0 && address[10] == 0x5E &&
           address[11] == 0xFE;
}

const char* special_v6(Bytes address) {
    for (const Embedding& form : embeddings)
        if (within(address, form.prefix, form.bits)) return special_v4(address.subspan(form.at, 4));
    for (const Range& range : v6_ranges)
        if (within(address, range.prefix, range.bits)) return range.name;
    if (!within(address, {0x20}, 3)) return "reserved";
    return is_isatap(address) ? special_v4(address.subspan(12, 4)) : nullptr;
}

constexpr int port_max = 65535;

std::optional<int> number(std::string_view text, int max) {
    int out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (!is_digits(text) || error != std::errc() || out > max) return std::nullopt;
    return out;
}

/// "[::1]:80" is "::1" and ":80"; "1.2.3.4:80" likewise; a bare IPv6 address has no port.
std::pair<std::string_view, std::string_view> split_port(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return {};
        return {text.substr(1, end - 1), text.substr(end + 1)};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon != text.rfind(':')) return {text, {}};
    return {text.substr(0, colon), text.substr(colon)};
}

} // namespace

std::span<const std::uint8_t> unmapped(std::span<const std::uint8_t> address) {
    const bool mapped =
        address.size() == 16 && within(address, embeddings[0].prefix, embeddings[0].bits);
    return mapped ? address.subspan(12) : address;
}

const char* special_range(std::span<const std::uint8_t> address) {
    if (address.size() == 4) return special_v4(address);
    if (address.size() == 16) return special_v6(address);
    return "unknown";
}

std::vector<std::uint8_t> address_bytes(std::string_view text) {
    const std::string terminated(text);
    std::vector<std::uint8_t> bytes(16);
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
    bytes.resize(4);
    if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return bytes;
    return {};
}

const char* special_range(std::string_view text) {
    const auto bytes = address_bytes(text);
    return special_range(Bytes(bytes));
}

std::span<const std::uint8_t> address_bytes(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        const auto& v4 = *reinterpret_cast<const sockaddr_in*>(address);
        return {reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), 4};
    }
    if (address->sa_family == AF_INET6) {
        const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(address);
        return {reinterpret_cast<const std::uint8_t*>(&v6.sin6_addr), 16};
    }
    return {};
}

int address_port(const sockaddr* address) {
    if (address->sa_family == AF_INET)
        return ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
    if (address->sa_family == AF_INET6)
        return ntohs(reinterpret_cast<const sockaddr_in6*>(address)->sin6_port);
    return 0;
}

std::string address_text(std::span<const std::uint8_t> address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = address.size() == 4 ? AF_INET : AF_INET6;
    if (address.size() != 4 && address.size() != 16) return "an unknown address";
    return inet_ntop(family, address.data(), text.data(), text.size()) ? text.data() : "";
}

std::optional<AllowedAddresses::Entry> AllowedAddresses::read(std::string_view text) {
    const auto [range, port] = split_port(text);
    const auto slash = range.find('/');
    const auto bytes = address_bytes(range.substr(0, slash));
    if (bytes.empty()) return std::nullopt;
    const Bytes plain = unmapped(bytes);
    if (plain.size() != bytes.size() && slash != std::string_view::npos) return std::nullopt;
    Entry out{.length = plain.size(), .bits = static_cast<int>(plain.size()) * 8};
    std::ranges::copy(plain, out.prefix.begin());
    if (slash != std::string_view::npos) {
        const auto bits = number(range.substr(slash + 1), out.bits);
        if (!bits) return std::nullopt;
        out.bits = *bits;
    }
    if (port.empty()) return out;
    const auto wanted = port.starts_with(':') ? number(port.substr(1), port_max) : std::nullopt;
    if (!wanted || *wanted == 0) return std::nullopt;
    out.port = *wanted;
    return out;
}

Result<AllowedAddresses> AllowedAddresses::parse(std::string_view text) {
    AllowedAddresses out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string_view each = trimmed(text.substr(at, comma - at));
        at = comma + 1;
        if (each.empty()) continue;
        const auto entry = read(each);
        if (!entry)
            return fail(Code::invalid,
                        fmt::format("'{}' is not an address such as 127.0.0.1:11434, 10.0.0.0/8 "
                                    "or [::1]:8080 (names are not taken).",
                                    each));
        out.entries_.push_back(*entry);
    }
    return out;
}

bool AllowedAddresses::holds(std::span<const std::uint8_t> address, int port) const {
    const auto plain = unmapped(address);
    return std::ranges::any_of(entries_, [&](const Entry& each) {
        return each.length == plain.size() && (each.port == 0 || each.port == port) &&
               within(plain, each.prefix, each.bits);
    });
}

} // namespace weft::http
