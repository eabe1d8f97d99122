// The page at /account in a real browser: where links of older mails lead, and a provider at
// another site.
#include "tests/support/node_server.h"
#include "weft_process.h"
#include "whole_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>

namespace weft {
namespace {

using testing::NodeServer;
using testing::TestClient;
using testing::WeftProcess;
using testing::WholeServer;

constexpr const char* password = "correct horse battery";

int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    CHECK(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ::close(fd);
    return ntohs(address.sin_port);
}

std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = ::popen(command.c_str(), "r");
    CHECK(pipe);
    char block[4096];
    for (std::size_t count = 0; (count = std::fread(block, 1, sizeof block, pipe)) > 0;)
        text.append(block, count);
    EXPECT_EQ(::pclose(pipe), 0) << text;
    return text;
}

TEST(AccountPage, does_what_people_come_for) {
    if (!std::filesystem::exists("/usr/bin/chromium"))
        GTEST_SKIP() << "Debian's chromium is not installed: ./dev setup installs it";
    const std::string url = fmt::format("http://127.0.0.1:{}", free_port());
    NodeServer provider(
        "oidc_provider.mjs", {},
        {"CALLBACK=" + url + "/auth/oidc/callback", "SECRET=a secret", "SITE=localhost"});
    const testing::TemporaryDirectory directory;
    const auto file = [&](const char* name) { return (directory.path() / name).string(); };
    WeftProcess server({"serve", "--data", file("data"), "--listen", url.substr(7), "--public-url",
                        url, "--oidc-issuer", fmt::format("http://localhost:{}", provider.port()),
                        "--oidc-client-id", "weft", "--oidc-name", "Example", "--oidc-sign-up",
                        "example.com", "--allow-address",
                        fmt::format("127.0.0.1:{0},[::1]:{0}", provider.port())},
                       file("out"),
                       {std::string("WEFT_BOOTSTRAP_API_KEY=") + WholeServer::key,
                        "WEFT_OIDC_CLIENT_SECRET=a secret"});
    ASSERT_TRUE(server.answers()) << server.errors();
    TestClient owner(url, WholeServer::key);
    const auto user =
        owner.post("/organization/users", {{"email", "ada@example.org"}, {"password", password}});
    const auto reset = owner.post("/organization/users/" + user.at("_id") + "/password-reset");
    const auto invited = owner.post("/organization/invitations", {{"email", "uma@example.org"}});
    TestClient at_provider(fmt::format("http://127.0.0.1:{}", provider.port()), "",
                           TestClient::Answers::unchecked);
    at_provider.get("/account?bob");

    const auto seen = parse_json(output_of(fmt::format(
        "WEFT_URL='{}' PASSWORD='{}' RESET='{}' INVITATION='{}' {} {}/tests/js/account_page.mjs",
        url, password, url + "/account#reset=" + reset.at("token"),
        url + "/account#invitation=" + invited.at("token"), ".tools/node/bin/node",
        WEFT_SOURCE_DIR)));
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->at("complaints").as_array().empty()) << to_text(seen->at("complaints"));
    EXPECT_EQ(text_or(*seen, "wrong"), "The address or the password is not right.");
    EXPECT_EQ(text_or(*seen, "signed_in"), "Signed in as ada@example.org (ada@example.org).");
    EXPECT_EQ(text_or(*seen, "reset"), "The password is set. Sign in with it.");
    EXPECT_EQ(text_or(*seen, "address"), url + "/account") << "the token is out of the address";
    EXPECT_EQ(text_or(*seen, "with_new"), "Signed in as ada@example.org (ada@example.org).");
    EXPECT_EQ(text_or(*seen, "joined"), "Signed in as Uma (uma@example.org).");
    EXPECT_EQ(text_or(*seen, "by_provider"), "Signed in as Bob (bob@example.com).");
    EXPECT_NE(text_or(*seen, "problem").find("Sign in with that"), std::string::npos);
}

} // namespace
} // namespace weft
