#include "http/client_testing.h"
#include "tests/support/connect_guard.h"
#include "tests/support/scripted_dns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace weft::http {
namespace {

using testing::body;
using testing::Caller;
using testing::ConnectGuard;
using testing::FaultServer;
using testing::get;
using testing::Outcome;
using testing::ScriptedDns;

struct Case {
    int line = 0;
    std::string verdict;
    std::string url;
};

std::vector<Case> corpus(int port) {
    std::ifstream file(WEFT_SOURCE_DIR "/src/http/address_corpus.tsv");
    std::vector<Case> out;
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        if (line.empty() || line.starts_with('#')) continue;
        const auto tab = line.find('\t');
        Case each{number, line.substr(0, tab), line.substr(tab + 1)};
        if (const auto at = each.url.find("{port}"); at != std::string::npos)
            each.url.replace(at, 6, std::to_string(port));
        out.push_back(std::move(each));
    }
    return out;
}

ScriptedDns names() {
    return ScriptedDns({
        {"localhost", {{"127.0.0.1"}}}, // with a dot behind it
        {"loopback.dns.test", {{"127.0.0.1"}}},
        {"loopback6.dns.test", {{"::1"}}},
        {"private.dns.test", {{"10.1.2.3"}}},
        {"metadata.dns.test", {{"169.254.169.254"}}},
        {"metadata.google.internal", {{"169.254.169.254"}}},
        {"mapped.dns.test", {{"::ffff:127.0.0.1"}}},
        {"zero.dns.test", {{"0.0.0.0"}}},
        {"every-private.dns.test", {{"::1", "127.0.0.1", "fd00::1", "10.0.0.1"}}},
    });
}

/// The verdict in the client's own words.
std::string verdict_of(const Outcome& answer) {
    if (answer) return "answered";
    const std::string& message = answer.error().message;
    switch (answer.error().failure) {
    case ClientFailure::refused_address: {
        const auto open = message.find('(');
        return message.substr(open + 1, message.find(')', open) - open - 1);
    }
    case ClientFailure::resolve: return "unresolved";
    default: break;
    }
    if (message.contains("not a valid http or https URL")) return "malformed";
    if (message.contains("user name or password")) return "user";
    return message;
}

TEST(AddressCorpus, the_client_calls_none_of_the_special_addresses) {
    FaultServer server({body("internal")});
    const ScriptedDns dns = names();
    const ConnectGuard guard;
    Caller caller;
    int tried = 0;
    for (const Case& each : corpus(server.port())) {
        if (each.verdict == "public") continue;
        ClientRequest request = get(each.url);
        request.reach = Reach::public_only;
        EXPECT_EQ(verdict_of(caller.fetch(request)), each.verdict)
            << "line " << each.line << ": " << each.url;
        ++tried;
    }
    EXPECT_GT(tried, 700);
    EXPECT_THAT(guard.destinations(), ::testing::IsEmpty());
    EXPECT_TRUE(server.connections().empty());
}

TEST(AddressCorpus, ordinary_addresses_are_judged_as_public) {
    int judged = 0;
    for (const Case& each : corpus(1)) {
        if (each.verdict != "public") continue;
        const auto origin = origin_of(each.url);
        ASSERT_TRUE(origin) << each.url;
        std::string host = origin->host;
        if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
        const char* range = special_range(std::string_view(host));
        EXPECT_EQ(range ? range : "", std::string()) << each.line << ": " << each.url;
        ++judged;
    }
    EXPECT_GT(judged, 25);
}

TEST(AddressCorpus, the_guard_of_these_tests_sees_a_connection) {
    FaultServer server({body("x")});
    const ConnectGuard guard;
    Caller caller;
    ASSERT_TRUE(caller.fetch(get(server.base_url())));
    EXPECT_THAT(guard.destinations(), ::testing::ElementsAre("127.0.0.1"));
    EXPECT_FALSE(caller.fetch(get("http://10.0.0.1/"))) << "the guard keeps it on this machine";
    EXPECT_THAT(guard.destinations(), ::testing::ElementsAre("127.0.0.1", "10.0.0.1"));
}

} // namespace
} // namespace weft::http
