// The built `weft serve` with a certificate, as an operator meets it: what it refuses to begin
// with, curl against it, and a certificate that is replaced while clients are there.
#include "http/testing.h"
#include "weft_process.h"
#include "whole_server.h"

#include <filesystem>

#include <fmt/ranges.h>

namespace weft {

using http::Answer;
using http::RawClient;
using testing::Certificate;
using testing::WeftProcess;

namespace {

constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";

std::string get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nhost: weft\r\nx-api-key: " + key + "\r\n\r\n";
}
std::string post(const std::string& path, const std::string& body) {
    return fmt::format("POST {} HTTP/1.1\r\nhost: weft\r\nx-api-key: {}\r\ncontent-type: "
                       "application/json\r\ncontent-length: {}\r\n\r\n{}",
                       path, key, body.size(), body);
}
Answer ask(RawClient& client, const std::string& path) {
    client.send(get(path));
    return client.read_answer();
}

class Https : public ::testing::Test {
protected:
    Https() { write(Certificate::loopback()); }

    void write(const std::string& certificate_pem, const std::string& key_pem) const {
        // As tools that renew certificates do: the whole file at once.
        std::ofstream(file("new")) << certificate_pem;
        std::filesystem::rename(file("new"), file("certificate.pem"));
        std::ofstream(file("new")) << key_pem;
        std::filesystem::rename(file("new"), file("key.pem"));
    }
    void write(const Certificate& of) const { write(of.certificate_pem, of.key_pem); }
    std::string file(const char* name) const { return directory_.path() / name; }

    std::vector<std::string> arguments(std::vector<std::string> more) const {
        std::vector<std::string> all{"serve", "--data", file("data")};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    WeftProcess start(std::vector<std::string> more) const {
        return WeftProcess(arguments(std::move(more)), file("out"),
                           {std::string("WEFT_BOOTSTRAP_API_KEY=") + key});
    }
    WeftProcess start() const {
        return start({"--listen", "127.0.0.1:0", "--tls-certificate", file("certificate.pem"),
                      "--tls-key", file("key.pem")});
    }
    /// Of the server at "https://127.0.0.1:51234", for a RawClient.
    static std::string address(const WeftProcess& server) {
        const std::string url = server.url();
        EXPECT_TRUE(url.starts_with("https://")) << url;
        return "tls://" + url.substr(std::string_view("https://").size());
    }
    static std::int64_t serial_shown(const std::string& address) {
        RawClient client(address);
        return client.connected() ? client.serial_number() : 0;
    }

    testing::TemporaryDirectory directory_;
};

} // namespace

TEST_F(Https, serves_whoever_trusts_the_certificate) {
    const WeftProcess server = start();
    const std::string answered = server.url() + "/health";
    const auto curl = [&](const std::string& more) {
        return std::system(
            fmt::format("curl -sS --max-time 20 -o {} {} >/dev/null 2>&1", file("answer"), more)
                .c_str());
    };
    const std::string trusting = "--cacert " + Certificate::loopback().ca_file + " ";
    EXPECT_EQ(curl(trusting + answered), 0);
    EXPECT_EQ(curl(trusting + "--http2 " + answered), 0);
    EXPECT_EQ(curl(trusting + "--tls-max 1.2 " + answered), 0);
    EXPECT_NE(curl(answered), 0) << "nobody vouches for it";
    EXPECT_NE(curl(trusting + "--tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 " + answered), 0);
    EXPECT_EQ(curl("-f http://" + answered.substr(8)), 22 << 8) << "in clear: an error answer";

    RawClient client(address(server));
    const Answer health = ask(client, "/health");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.header("strict-transport-security"), "max-age=31536000");
    client.send("POST /auth/login HTTP/1.1\r\nhost: weft\r\ncontent-length: 0\r\n\r\n");
    EXPECT_EQ(client.read_answer().header("strict-transport-security"), "max-age=31536000");
}

TEST_F(Https, signing_in_sets_cookies_that_only_come_back_over_tls) {
    const WeftProcess server = start();
    RawClient client(address(server));
    const auto answer_to = [&](const std::string& wire) {
        client.send(wire);
        return client.read_answer();
    };
    const std::string person = R"("email":"ada@example.org","password":"correct horse battery")";
    EXPECT_EQ(answer_to(post("/organization/users", "{" + person + R"(,"name":"Ada"})")).status,
              200);
    const Answer in = answer_to(post("/auth/login", "{" + person + "}"));
    int cookies = 0;
    for (const auto& [name, value] : in.headers.fields)
        if (name == "set-cookie") {
            ++cookies;
            EXPECT_TRUE(value.ends_with("; HttpOnly; SameSite=Strict; Secure")) << value;
        }
    EXPECT_EQ(cookies, 2) << in.body;
}

TEST_F(Https, a_renewed_certificate_is_taken_up_and_no_connection_is_dropped) {
    WeftProcess server = start();
    const std::string where = address(server);
    RawClient before(where);
    EXPECT_EQ(ask(before, "/health").status, 200);
    write(Certificate::another());
    ASSERT_TRUE(server.wait_output("The TLS files were read again"));
    EXPECT_EQ(serial_shown(where), 2);
    write(Certificate::loopback());
    server.kill(SIGHUP);
    for (int i = 0; i < 6'000 && serial_shown(where) != 1; ++i) usleep(5'000);
    EXPECT_EQ(serial_shown(where), 1);
    EXPECT_EQ(before.serial_number(), 1);
    EXPECT_EQ(ask(before, "/health").status, 200) << "the connection from before lives on";
    server.kill(SIGTERM);
    EXPECT_EQ(server.wait(), 0);
    EXPECT_TRUE(before.at_end()) << "told that this is the end";
}

TEST_F(Https, a_broken_pair_keeps_the_one_before_and_the_log_says_so) {
    WeftProcess server = start();
    const std::string where = address(server);
    write(Certificate::another().certificate_pem, Certificate::loopback().key_pem);
    server.kill(SIGHUP);
    ASSERT_TRUE(server.wait_output("connections get the certificate from before"));
    EXPECT_NE(server.errors().find("key values mismatch"), std::string::npos) << server.errors();
    EXPECT_EQ(serial_shown(where), 1);
    RawClient client(where);
    EXPECT_EQ(ask(client, "/health").status, 200);
    write(Certificate::another());
    for (int i = 0; i < 6'000 && serial_shown(where) != 2; ++i) usleep(5'000);
    EXPECT_EQ(serial_shown(where), 2);
    EXPECT_EQ(server.errors().find("PRIVATE KEY"), std::string::npos);
}

TEST_F(Https, a_run_is_followed_by_its_events_to_the_end) {
    const WeftProcess server = start();
    const std::string where = address(server);
    RawClient client(where);
    const auto id_of = [&](const std::string& path, const std::string& body) {
        client.send(post(path, body));
        const Answer answer = client.read_answer();
        const json::value made = parse_json(answer.body).value_or(nullptr);
        return std::string(text_or(made, "_id"));
    };
    const std::string flow =
        id_of("/agentflow/",
              R"({"name":"f","agents":[{"title":"a","prompt":{"template":"Say hello."}}]})");
    const std::string run = id_of("/execute_flow", R"({"agentflow_id":")" + flow + R"("})");
    RawClient viewer(where);
    viewer.send(get("/execute_flow/" + run + "/events"));
    const std::string seen = viewer.read_until("event: execution.finished");
    EXPECT_TRUE(seen.starts_with("HTTP/1.1 200 OK")) << seen;
    EXPECT_NE(seen.find("strict-transport-security"), std::string::npos) << seen;
    EXPECT_TRUE(seen.ends_with("event: execution.finished")) << seen;
}

TEST_F(Https, begins_only_where_nobody_can_read_along_unless_it_is_told_to) {
    struct Case {
        std::vector<std::string> arguments;
        const char* refused; ///< a piece of the sentence; none: it serves
    };
    const std::string certificate = file("certificate.pem");
    const Case cases[] = {
        {{"--listen", "0.0.0.0:0"}, "0.0.0.0:0 can be reached from other machines"},
        {{"--listen", "[::]:0"}, "[::]:0 can be reached from other machines"},
        {{"--listen", "192.0.2.1:0"}, "--trusted-proxies"},
        {{"--listen", "[::ffff:192.0.2.1]:0"}, "--insecure-listen"},
        {{"--listen", "127.0.0.1:0", "--tls-certificate", certificate}, "give tls-certificate and"},
        {{"--listen", "127.0.0.1:0", "--tls-key", certificate}, "give tls-certificate and tls-key"},
        {{"--listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", certificate},
         "The TLS key "},
        {{"--listen", "127.0.0.2:0"}, nullptr},
        {{"--listen", "0.0.0.0:0", "--insecure-listen"}, nullptr},
        {{"--listen", "0.0.0.0:0", "--trusted-proxies", "10.0.0.0/8"}, nullptr},
        {{"--listen", "0.0.0.0:0", "--tls-certificate", certificate, "--tls-key", file("key.pem")},
         nullptr},
    };
    for (const Case& each : cases) {
        WeftProcess server = start(each.arguments);
        const std::string shown = fmt::format("{}", fmt::join(each.arguments, " "));
        if (!each.refused) {
            EXPECT_TRUE(server.answers()) << shown << server.errors();
            continue;
        }
        EXPECT_EQ(server.wait_a_minute(), 2) << shown;
        EXPECT_NE(server.errors().find(each.refused), std::string::npos)
            << shown << server.errors();
        EXPECT_FALSE(std::filesystem::exists(file("data"))) << "it has begun nothing";
    }
}

} // namespace weft
