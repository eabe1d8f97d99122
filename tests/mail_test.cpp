// Mail: invitations and forgotten passwords through a mail server that others wrote (npm's
// smtp-server), and what becomes of mails that it refuses or does not get.
#include "mail_world.h"
#include "weft_process.h"

#include <arpa/inet.h>
#include <sys/socket.h>

namespace weft {
namespace {

using enum http::Method;
using Tls = MailSink::Tls;

constexpr const char* password = "correct horse battery";

class Mail : public ::testing::Test {
protected:
    void serve(server::Settings settings) {
        server_ = std::make_unique<WholeServer>(std::move(settings));
        nobody_ = std::make_unique<TestClient>(server_->url(), "");
    }
    void serve_with(const MailSink& sink) { serve(mailing_settings(sink.url())); }

    TestClient& owner() { return server_->owner(); }
    Reply add(const std::string& email) {
        return owner().post("/organization/users", {{"email", email}, {"password", password}});
    }
    Reply log_in(const std::string& email, const std::string& with) {
        return nobody_->post("/auth/login", {{"email", email}, {"password", with}});
    }
    Reply forgot(const std::string& email) {
        return nobody_->post("/auth/password/forgot", {{"email", email}});
    }
    Reply reset(const std::string& token, const std::string& to) {
        return nobody_->post("/auth/password/reset", {{"token", token}, {"new_password", to}});
    }
    Reply invite(const std::string& email) {
        return owner().post("/organization/invitations", {{"email", email}});
    }
    /// What the invitation's mail has come to, once it is no longer as `before`.
    json::value mail_after(const std::string& invitation, const std::string& before) {
        for (int i = 0; i < 2'000; ++i) {
            const Reply all = owner().get("/organization/invitations");
            for (const json::value& each : all.body.at("invitations").as_array())
                if (text_or(each, "_id") == invitation) {
                    const json::value& mail = each.at("mail");
                    if (text_or(mail, "state") != before || !text_or(mail, "failure").empty())
                        return mail;
                }
            usleep(10'000);
        }
        return nullptr;
    }

    std::unique_ptr<WholeServer> server_;
    std::unique_ptr<TestClient> nobody_;
};

TEST_F(Mail, a_forgotten_password_is_set_anew_by_the_link_in_a_mail) {
    const MailSink sink(Tls::starttls, "weft", "smtp secret");
    auto settings = mailing_settings(sink.url());
    settings.smtp_user = "weft";
    settings.smtp_password = "smtp secret";
    serve(settings);
    add("ada@example.org");
    const std::string session = log_in("ada@example.org", password).at("token");

    const Reply known = forgot("Ada@example.org");
    const Reply unknown = forgot("nobody@example.org");
    EXPECT_EQ(known.status, 200) << known.text;
    EXPECT_EQ(known.text, unknown.text) << "who has an account is not told";
    const Received mail = sink.mail_to("ada@example.org");
    EXPECT_EQ(mail.from, "weft@example.org");
    EXPECT_EQ(mail.user, "weft");
    EXPECT_TRUE(mail.is_secure);
    EXPECT_NE(mail.head.find("From: =?UTF-8?B?V2VmdCBiZWkgTcO8bGxlcg==?= <weft@example.org>\r\n"),
              std::string::npos)
        << mail.head;

    const std::string token = token_in(mail, "reset");
    ASSERT_FALSE(token.empty()) << mail.text;
    EXPECT_EQ(reset(token, "short").status, 422);
    EXPECT_EQ(reset(std::string(48, '0'), "another password").status, 404);
    EXPECT_EQ(reset(token, "another password").status, 200);
    EXPECT_EQ(reset(token, "a third password").status, 404) << "used";
    http::Headers bearer;
    bearer.set("authorization", "Bearer " + session);
    EXPECT_EQ(nobody_->send(get, "/auth/me", "", bearer).status, 401) << "all sessions end";
    EXPECT_EQ(log_in("ada@example.org", password).status, 401);
    EXPECT_EQ(log_in("ada@example.org", "another password").status, 200);
    const Reply log = owner().get("/audit?what=auth.reset_password");
    ASSERT_EQ(log.body.at("total_count"), 1);
    EXPECT_EQ(log.text.find(token), std::string::npos);

    EXPECT_EQ(forgot("ada@example.org").status, 200);
    EXPECT_EQ(invite("last@example.org").status, 200);
    sink.mail_to("last@example.org");
    EXPECT_EQ(sink.mails().size(), 2U) << "none to nobody, none again within a minute";
}

TEST_F(Mail, whoever_asks_too_often_is_told_to_wait) {
    const MailSink sink(Tls::starttls);
    serve_with(sink);
    int asked = 0;
    while (forgot(fmt::format("nobody{}@example.org", asked)).status == 200 && asked < 100) ++asked;
    EXPECT_EQ(asked, 20);
    EXPECT_EQ(forgot("ada@example.org").status, 429);
    for (int i = 0; i < 5; ++i) {
        const Reply made = invite("eve@example.org");
        EXPECT_EQ(made.status, 200) << made.text;
        owner().send(delete_, "/organization/invitations/" + made.at("_id"));
    }
    EXPECT_EQ(invite("eve@example.org").status, 429);
    EXPECT_EQ(invite("other@example.org").status, 200);
}

TEST_F(Mail, a_reset_clears_what_was_counted_against_guesses) {
    const MailSink sink(Tls::starttls);
    serve_with(sink);
    add("finn@example.org");
    for (int i = 0; i < auth::LoginThrottle::failures_max; ++i)
        log_in("finn@example.org", "a wrong guess");
    EXPECT_EQ(log_in("finn@example.org", password).status, 429);
    forgot("finn@example.org");
    EXPECT_EQ(reset(token_in(sink.mail_to("finn@example.org"), "reset"), "0123456789").status, 200);
    EXPECT_EQ(log_in("finn@example.org", "0123456789").status, 200);
}

TEST_F(Mail, an_invitation_is_mailed_and_no_name_writes_a_header) {
    const MailSink sink(Tls::starttls);
    serve_with(sink);
    const Reply key = owner().post(
        "/apikey", {{"name", "Zoë =?UTF-8?Q?x?= 夜 and a long name that needs a second word"},
                    {"scopes", json::array{"owner"}}});
    ASSERT_EQ(key.status, 200) << key.text;
    TestClient zoe(server_->url(), key.at("secret_key"));
    EXPECT_EQ(owner()
                  .post("/apikey",
                        {{"name", "x\r\nBcc: eve@example.org"}, {"scopes", json::array{"owner"}}})
                  .status,
              422);
    EXPECT_EQ(zoe.post("/organization/invitations", {{"email", "a@b.org\r\nBcc: eve@example.org"}})
                  .status,
              422);
    const Reply made = zoe.post("/organization/invitations", {{"email", "uma@example.org"}});
    ASSERT_EQ(made.status, 200) << made.text;
    const Received mail = sink.mail_to("uma@example.org");
    EXPECT_EQ(mail.head.find("\r\nBcc"), std::string::npos);
    EXPECT_NE(mail.text.find("Zoë =?UTF-8?Q?x?= 夜 and"), std::string::npos) << mail.text;
    for (const char c : mail.head)
        EXPECT_TRUE((c >= 0x20 && c < 0x7F) || c == '\r' || c == '\n') << mail.head;
    const std::string token = token_in(mail, "join");
    EXPECT_EQ(token, made.at("token"));
    const json::value after = mail_after(made.at("_id"), "waiting");
    EXPECT_EQ(text_or(after, "state"), "sent");
    EXPECT_EQ(
        nobody_
            ->post("/auth/signup",
                   {{"email", "uma@example.org"}, {"password", password}, {"invitation", token}})
            .status,
        200);
}

TEST_F(Mail, is_tried_again_or_given_up_as_the_server_says) {
    const MailSink sink(Tls::starttls);
    serve_with(sink);
    const json::value refused = mail_after(invite("refused@example.org").at("_id"), "waiting");
    EXPECT_EQ(text_or(refused, "state"), "failed");
    EXPECT_NE(text_or(refused, "failure").find("550"), std::string::npos) << to_text(refused);
    const std::string later = invite("later@example.org").at("_id");
    const json::value waits = mail_after(later, "waiting");
    EXPECT_EQ(text_or(waits, "state"), "waiting");
    EXPECT_NE(text_or(waits, "failure").find("451"), std::string::npos) << to_text(waits);
    EXPECT_EQ(sink.mail_to("later@example.org").to, "later@example.org");
}

TEST_F(Mail, goes_nowhere_without_encryption_unless_that_was_asked_for) {
    const MailSink sink(Tls::none);
    serve_with(sink);
    const json::value mail = mail_after(invite("ada@example.org").at("_id"), "waiting");
    EXPECT_EQ(text_or(mail, "state"), "waiting");
    EXPECT_NE(text_or(mail, "failure").find("STARTTLS"), std::string::npos) << to_text(mail);
    EXPECT_TRUE(sink.mails().empty());

    auto settings = mailing_settings(sink.url());
    settings.smtp_unencrypted = true;
    serve(settings);
    invite("ada@example.org");
    EXPECT_FALSE(sink.mail_to("ada@example.org").is_secure);
}

TEST_F(Mail, goes_over_a_connection_that_is_encrypted_from_the_start) {
    const MailSink sink(Tls::smtps);
    serve_with(sink);
    invite("ada@example.org");
    EXPECT_TRUE(sink.mail_to("ada@example.org").is_secure);
}

TEST_F(Mail, a_server_that_cannot_prove_who_it_is_or_refuses_the_login_gets_none) {
    const MailSink sink(Tls::starttls, "weft", "smtp secret");
    auto settings = mailing_settings(sink.url());
    settings.smtp_user = "weft";
    settings.smtp_password = "wrong";
    serve(settings);
    const json::value mail = mail_after(invite("ada@example.org").at("_id"), "waiting");
    EXPECT_NE(text_or(mail, "failure").find("535"), std::string::npos) << to_text(mail);
    EXPECT_EQ(to_text(mail).find("wrong"), std::string::npos);

    settings.smtp_password = "smtp secret";
    settings.smtp_ca_file.clear();
    serve(settings);
    const json::value other = mail_after(invite("ada@example.org").at("_id"), "waiting");
    EXPECT_NE(text_or(other, "failure").find("certificate"), std::string::npos) << to_text(other);
    EXPECT_TRUE(sink.mails().empty());
}

TEST_F(Mail, is_not_lost_with_the_process_that_wrote_it) {
    const MailSink sink(Tls::starttls);
    const testing::TemporaryDirectory directory;
    const auto file = [&](const char* name) { return (directory.path() / name).string(); };
    const std::vector<std::string> arguments{"serve",
                                             "--data",
                                             file("data"),
                                             "--listen",
                                             "127.0.0.1:0",
                                             "--public-url",
                                             "https://weft.example.org",
                                             "--mail-from",
                                             "weft@example.org",
                                             "--smtp-ca-file",
                                             testing::Certificate::loopback().ca_file,
                                             "--smtp-url"};
    const auto serve = [&](const std::string& smtp_url, const char* output) {
        auto all = arguments;
        all.push_back(smtp_url);
        return std::make_unique<testing::WeftProcess>(
            all, file(output),
            std::vector<std::string>{std::string("WEFT_BOOTSTRAP_API_KEY=") + WholeServer::key});
    };
    std::string token;
    {
        const auto first = serve("smtp://127.0.0.1:1", "first"); // nobody listens there
        TestClient client(first->url(), WholeServer::key);
        const Reply made = client.post("/organization/invitations", {{"email", "ada@example.org"}});
        ASSERT_EQ(made.status, 200) << made.text;
        token = made.at("token");
        first->kill(SIGKILL);
        EXPECT_EQ(first->wait(), 128 + SIGKILL);
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(in), {});
        EXPECT_EQ(bytes.find(token), std::string::npos) << entry.path();
    }
    const auto second = serve(sink.url(), "second");
    EXPECT_EQ(token_in(sink.mail_to("ada@example.org"), "join"), token);
}

TEST_F(Mail, in_hand_does_not_hold_up_a_stop) {
    const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); // takes, and says nothing
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
    ASSERT_EQ(::listen(silent, 8), 0);
    serve(mailing_settings(fmt::format("smtp://127.0.0.1:{}", ntohs(address.sin_port))));
    invite("ada@example.org");
    const int connection = ::accept(silent, nullptr, nullptr);
    ASSERT_GE(connection, 0) << "it is being sent";
    const std::int64_t began_us = monotonic_us();
    server_.reset();
    EXPECT_LT(monotonic_us() - began_us, 20'000'000) << "sending may take a minute";
    ::close(connection);
    ::close(silent);
}

TEST_F(Mail, without_a_mail_server_says_who_can_help) {
    serve({});
    const Reply refused = forgot("ada@example.org");
    EXPECT_EQ(refused.status, 501);
    EXPECT_NE(refused.text.find("weft user reset-password"), std::string::npos);
    const Reply made = invite("ada@example.org");
    EXPECT_TRUE(made.body.at("mail").is_null());
    EXPECT_TRUE(made.body.at("link").is_null());
    server::Settings half;
    half.data = "/nowhere/that/is/made";
    half.smtp_url = "smtp://127.0.0.1:25";
    const auto started = server::Program::start(half);
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message.find("public-url"), std::string::npos);
}

} // namespace
} // namespace weft
