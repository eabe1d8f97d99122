#include "http/address_policy.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

struct Row {
    const char* address;
    const char* range; ///< "" = public
};

// Each range with its first and last address and the public neighbours outside it.
constexpr Row rows[] = {
    {"0.0.0.0", "unspecified"},
    {"0.255.255.255", "unspecified"},
    {"1.0.0.0", ""},
    {"9.255.255.255", ""},
    {"10.0.0.0", "private"},
    {"10.255.255.255", "private"},
    {"11.0.0.0", ""},
    {"100.63.255.255", ""},
    {"100.64.0.0", "shared by carriers"},
    {"100.100.100.200", "shared by carriers"},
    {"100.127.255.255", "shared by carriers"},
    {"100.128.0.0", ""},
    {"126.255.255.255", ""},
    {"127.0.0.1", "loopback"},
    {"127.255.255.255", "loopback"},
    {"128.0.0.0", ""},
    {"168.63.129.15", ""},
    {"168.63.129.16", "metadata"},
    {"169.253.255.255", ""},
    {"169.254.0.0", "link-local"},
    {"169.254.169.254", "metadata"},
    {"169.254.170.2", "link-local"},
    {"169.254.255.255", "link-local"},
    {"169.255.0.0", ""},
    {"172.15.255.255", ""},
    {"172.16.0.0", "private"},
    {"172.31.255.255", "private"},
    {"172.32.0.0", ""},
    {"192.0.0.192", "reserved"},
    {"192.0.1.0", ""},
    {"192.0.2.1", "documentation"},
    {"192.88.99.1", "reserved"},
    {"192.167.255.255", ""},
    {"192.168.0.0", "private"},
    {"192.168.255.255", "private"},
    {"192.169.0.0", ""},
    {"198.17.255.255", ""},
    {"198.18.0.0", "reserved"},
    {"198.19.255.255", "reserved"},
    {"198.20.0.0", ""},
    {"198.51.100.1", "documentation"},
    {"203.0.113.1", "documentation"},
    {"223.255.255.255", ""},
    {"224.0.0.1", "multicast"},
    {"239.255.255.255", "multicast"},
    {"240.0.0.1", "reserved"},
    {"255.255.255.255", "broadcast"},
    {"8.8.8.8", ""},
    {"1.1.1.1", ""},

    {"::", "unspecified"},
    {"::1", "loopback"},
    {"::2", "reserved"},
    {"::7f00:1", "reserved"},
    {"::ffff:127.0.0.1", "loopback"},
    {"::ffff:10.1.2.3", "private"},
    {"::ffff:169.254.169.254", "metadata"},
    {"::ffff:8.8.8.8", ""},
    {"::ffff:0:127.0.0.1", "reserved"},
    {"64:ff9b::7f00:1", "loopback"},
    {"64:ff9b::a9fe:a9fe", "metadata"},
    {"64:ff9b::808:808", ""},
    {"64:ff9b:1::808:808", "reserved"},
    {"100::1", "reserved"},
    {"2002:7f00:1::", "loopback"},
    {"2002:a00:1::1", "private"},
    {"2002:808:808::1", ""},
    {"2001::1", "reserved"},
    {"2001:0:7f00:1::", "reserved"},
    {"2001:1ff:ffff::", "reserved"},
    {"2001:200::1", ""},
    {"2001:db8::1", "documentation"},
    {"2001:db9::1", ""},
    {"3fff::1", "documentation"},
    {"3fff:1000::1", ""},
    {"2606:4700::5efe:a00:1", "private"},
    {"2606:4700::200:5efe:7f00:1", "loopback"},
    {"2606:4700::5efe:808:808", ""},
    {"2606:4700:4700::1111", ""},
    {"2a00:1450:4001::8a", ""},
    {"1fff:ffff::1", "reserved"},
    {"4000::1", "reserved"},
    {"5f00::1", "reserved"},
    {"fc00::1", "private"},
    {"fd00:ec2::254", "metadata"},
    {"fdff:ffff::1", "private"},
    {"fe80::1", "link-local"},
    {"febf::1", "link-local"},
    {"fec0::1", "private"},
    {"ff02::1", "multicast"},
    {"not an address", "unknown"},
    {"", "unknown"},
    {"127.1", "unknown"},
    {"fe80::1%eth0", "unknown"},
};

TEST(AddressPolicy, only_ordinary_unicast_addresses_are_public) {
    for (const Row& row : rows) {
        const char* range = special_range(std::string_view(row.address));
        EXPECT_STREQ(range ? range : "", row.range) << row.address;
    }
}

TEST(AddressPolicy, other_address_lengths_are_never_public) {
    const std::array<std::uint8_t, 5> five{8, 8, 8, 8, 8};
    EXPECT_STREQ(special_range(std::span<const std::uint8_t>()), "unknown");
    EXPECT_STREQ(special_range(std::span<const std::uint8_t>(five)), "unknown");
}

} // namespace
} // namespace weft::http
