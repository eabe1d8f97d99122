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

struct Allowed {
    const char* list;
    const char* address;
    int port;
    bool holds;
};

constexpr Allowed allowed_rows[] = {
    {"127.0.0.1:11434", "127.0.0.1", 11434, true},
    {"127.0.0.1:11434", "127.0.0.1", 11435, false},
    {"127.0.0.1:11434", "127.0.0.2", 11434, false},
    {"127.0.0.1:11434", "::1", 11434, false},
    {"127.0.0.1:11434", "::ffff:127.0.0.1", 11434, true},
    {"::ffff:127.0.0.1", "127.0.0.1", 1, true},
    {"127.0.0.1", "127.0.0.1", 1, true},
    {"[::1]:8080", "::1", 8080, true},
    {"[::1]:8080", "::1", 80, false},
    {"::1", "::1", 80, true},
    {"[::1]", "::1", 80, true},
    {"10.0.0.0/8", "10.255.0.1", 443, true},
    {"10.0.0.0/8", "11.0.0.0", 443, false},
    {"10.1.2.3/8", "10.9.9.9", 443, true},
    {"10.1.0.0/16:443", "10.1.9.9", 443, true},
    {"10.1.0.0/16:443", "10.1.9.9", 80, false},
    {"10.1.0.0/17", "10.1.128.0", 80, false},
    {"10.1.2.3/32", "10.1.2.4", 80, false},
    {"0.0.0.0/0", "169.254.169.254", 80, true},
    {"0.0.0.0/0", "::1", 80, false},
    {"fd00::/8", "fd12::1", 80, true},
    {"fd00::/8", "fe00::1", 80, false},
    {"[fd00::/8]:80", "fd12::1", 80, true},
    {"::/0", "::1", 80, true},
    {" 10.0.0.0/8 , 127.0.0.1:1 ,", "127.0.0.1", 1, true},
    {" 10.0.0.0/8 , 127.0.0.1:1 ,", "10.0.0.1", 2, true},
    {"", "127.0.0.1", 1, false},
};

TEST(AllowedAddresses, hold_what_they_name) {
    for (const Allowed& row : allowed_rows) {
        const auto list = AllowedAddresses::parse(row.list);
        ASSERT_TRUE(list) << row.list;
        EXPECT_EQ(list->holds(address_bytes(std::string_view(row.address)), row.port), row.holds)
            << row.list << " " << row.address << " " << row.port;
    }
}

TEST(AllowedAddresses, an_entry_that_is_no_address_is_named) {
    for (const char* bad : {"localhost", "localhost:80", "example.com", "127.1", "10.0.0.0/33",
                            "10.0.0.0/", "::/129", "10.0.0.0/-1", "127.0.0.1:", "127.0.0.1:0",
                            "127.0.0.1:65536", "127.0.0.1:x", "[::1", "[::1]8080", "[::1]:",
                            "10.0.0.0/8/8", "::ffff:10.0.0.0/104", "fe80::1%eth0", "1.2.3.4 5"}) {
        const auto list = AllowedAddresses::parse("127.0.0.1," + std::string(bad));
        ASSERT_FALSE(list) << bad;
        EXPECT_EQ(list.error().code, Code::invalid);
        EXPECT_NE(list.error().message.find("'" + std::string(bad) + "'"), std::string::npos)
            << list.error().message;
    }
}

} // namespace
} // namespace weft::http
