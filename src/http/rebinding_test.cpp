#include "http/client_testing.h"
#include "tests/support/byte_server.h"
#include "tests/support/connect_guard.h"
#include "tests/support/scripted_dns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Names whose answer changes between two look-ups. Nothing may leave this machine, so 127.0.0.2,
// which the client is told to allow, stands for a public address, and 127.0.0.1 for what is inside.
namespace weft::http {
namespace {

using testing::body;
using testing::ByteServer;
using testing::Caller;
using testing::ConnectGuard;
using testing::FaultServer;
using testing::get;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;
using testing::ScriptedDns;

constexpr const char* outside = "127.0.0.2";
constexpr const char* inside = "127.0.0.1";

std::string plain_answer(std::string_view text) {
    return "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: " +
           std::to_string(text.size()) + "\r\n\r\n" + std::string(text);
}

std::string redirect_to(const std::string& location) {
    return "HTTP/1.1 302 Found\r\nconnection: close\r\ncontent-length: 0\r\nlocation: " + location +
           "\r\n\r\n";
}

ClientRequest from_outside(std::string url) {
    ClientRequest out = get(std::move(url));
    out.reach = Reach::public_only;
    out.redirects_max = 5;
    return out;
}

std::string at(const std::string& name, int port, const std::string& path = "/") {
    return "http://" + name + ":" + std::to_string(port) + path;
}

void expect_refused(const Outcome& answer) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().failure, ClientFailure::refused_address) << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1 is not a public address (loopback)"));
}

/// The same name and port on both addresses; what each has been asked.
struct Rig {
    FaultServer within{{body("internal")}};
    ByteServer without{{.pieces = {plain_answer("public")}}, outside, within.port()};
    Caller caller{outside};
    int port = within.port();
};

TEST(Rebinding, the_second_look_up_is_judged_like_the_first) {
    Rig rig;
    const ScriptedDns dns({{"rebind.dns.test", {{outside}, {inside}}}});
    const Outcome first = rig.caller.fetch(from_outside(at("rebind.dns.test", rig.port)));
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->body, "public");
    // The other thread has looked nothing up yet.
    const Outcome second =
        rig.caller.start(from_outside(at("rebind.dns.test", rig.port)), {}, 1).get();
    expect_refused(second);
    EXPECT_EQ(ScriptedDns::lookups("rebind.dns.test"), 2);
    EXPECT_TRUE(rig.within.connections().empty());
}

TEST(Rebinding, one_call_looks_up_once_so_there_is_no_gap_to_change_in) {
    Rig rig;
    const ScriptedDns dns({{"rebind.dns.test", {{outside}, {inside}}}});
    const ConnectGuard guard;
    ASSERT_TRUE(rig.caller.fetch(from_outside(at("rebind.dns.test", rig.port))));
    EXPECT_EQ(ScriptedDns::lookups("rebind.dns.test"), 1);
    EXPECT_THAT(guard.destinations(), ::testing::ElementsAre(outside));
}

TEST(Rebinding, of_several_addresses_only_the_allowed_ones_are_tried) {
    for (const ScriptedDns::Answer& answer :
         {ScriptedDns::Answer{inside, outside}, ScriptedDns::Answer{"::1", inside, outside},
          ScriptedDns::Answer{"10.0.0.1", "169.254.169.254", outside},
          ScriptedDns::Answer{outside, inside}}) {
        Rig rig;
        const ScriptedDns dns({{"several.dns.test", {answer}}});
        const ConnectGuard guard;
        const Outcome got = rig.caller.fetch(from_outside(at("several.dns.test", rig.port)));
        ASSERT_TRUE(got) << got.error().message;
        EXPECT_EQ(got->body, "public");
        EXPECT_THAT(guard.destinations(), ::testing::Each(std::string(outside)));
        EXPECT_TRUE(rig.within.connections().empty());
    }
}

TEST(Rebinding, when_the_allowed_address_is_dead_the_others_are_still_not_tried) {
    FaultServer within({body("internal")});
    Caller caller(outside);
    const ScriptedDns dns({{"dead.dns.test", {{outside, inside}}}}); // nobody is at `outside`
    const ConnectGuard guard;
    EXPECT_FALSE(caller.fetch(from_outside(at("dead.dns.test", within.port()))));
    EXPECT_THAT(guard.destinations(), ::testing::Each(std::string(outside)));
    EXPECT_TRUE(within.connections().empty());
}

TEST(Rebinding, a_redirect_to_the_same_name_is_looked_up_and_judged_again) {
    FaultServer within({body("internal")});
    ByteServer without({.pieces = {redirect_to(at("rebind.dns.test", within.port(), "/keys"))}},
                       outside);
    Caller caller(outside);
    const ScriptedDns dns({{"rebind.dns.test", {{outside}, {inside}}}});
    expect_refused(caller.fetch(from_outside(at("rebind.dns.test", without.port()))));
    EXPECT_EQ(without.connections(), 1);
    EXPECT_EQ(ScriptedDns::lookups("rebind.dns.test"), 2);
    EXPECT_TRUE(within.connections().empty());
}

TEST(Rebinding, a_redirect_leads_inside_in_no_spelling) {
    FaultServer within({body("internal")});
    const std::string port = ":" + std::to_string(within.port());
    const ScriptedDns dns({{"rebind.dns.test", {{outside}}}, {"inside.dns.test", {{inside}}}});
    for (const std::string host :
         {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.1", "[::1]", "[::]", "0.0.0.0",
          "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "inside.dns.test", "169.254.169.254",
          "10.0.0.1", "192.168.0.1", "[fd00:ec2::254]", "[fe80::1]"}) {
        for (const std::string& location : {"http://" + host + port + "/", "//" + host + port}) {
            ByteServer without({.pieces = {redirect_to(location)}}, outside);
            const ConnectGuard guard;
            Caller caller(outside);
            const Outcome answer =
                caller.fetch(from_outside(at("rebind.dns.test", without.port())));
            ASSERT_FALSE(answer) << location;
            EXPECT_EQ(answer.error().failure, ClientFailure::refused_address)
                << location << ": " << answer.error().message;
            EXPECT_THAT(guard.destinations(), ::testing::Each(std::string(outside))) << location;
        }
    }
    EXPECT_TRUE(within.connections().empty());
}

TEST(Rebinding, a_kept_connection_is_judged_by_where_it_goes) {
    // A call that may go anywhere opens and keeps a connection; one that may not is handed it.
    Rig rig;
    const ScriptedDns dns({{"rebind.dns.test", {{inside}, {outside}}}});
    ASSERT_TRUE(rig.caller.fetch(get(at("rebind.dns.test", rig.port))));
    EXPECT_EQ(rig.within.requests().size(), 1);
    const Outcome answer = rig.caller.fetch(from_outside(at("rebind.dns.test", rig.port)));
    expect_refused(answer);
    EXPECT_EQ(rig.within.requests().size(), 1);
    EXPECT_EQ(rig.within.connections().size(), 1);
}

TEST(Rebinding, a_redirect_onto_a_kept_connection_is_judged_too) {
    FaultServer within({body("internal")});
    ByteServer without({.pieces = {redirect_to(at("inside.dns.test", within.port()))}}, outside);
    Caller caller(outside);
    const ScriptedDns dns(
        {{"outside.dns.test", {{outside}}}, {"inside.dns.test", {{inside}, {outside}}}});
    ASSERT_TRUE(caller.fetch(get(at("inside.dns.test", within.port()))));
    expect_refused(caller.fetch(from_outside(at("outside.dns.test", without.port()))));
    EXPECT_EQ(within.requests().size(), 1);
}

TEST(Rebinding, a_name_that_is_looked_up_again_after_its_connection_went) {
    // Within the minute that libcurl remembers a name the old answer is used, never a worse one.
    Rig rig;
    const ScriptedDns dns({{"rebind.dns.test", {{outside}, {inside}}}});
    for (int times = 0; times < 3; ++times) {
        const Outcome answer = rig.caller.fetch(from_outside(at("rebind.dns.test", rig.port)));
        if (!answer)
            expect_refused(answer);
        else
            EXPECT_EQ(answer->body, "public");
    }
    EXPECT_TRUE(rig.within.connections().empty());
}

TEST(Rebinding, credentials_follow_the_name_only_to_where_it_may_be_called) {
    Rig rig;
    const ScriptedDns dns({{"rebind.dns.test", {{inside}}}});
    ClientRequest request = from_outside(at("rebind.dns.test", rig.port));
    request.credentials = Credentials::bearer(request.url, "secret");
    expect_refused(rig.caller.fetch(request));
    EXPECT_TRUE(rig.within.connections().empty());
}

} // namespace
} // namespace weft::http
