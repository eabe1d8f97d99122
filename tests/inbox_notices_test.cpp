// Who is told of what waits for a person: by mail and by a signed webhook, with a link that decides
// one item, once; also when the server dies.
#include "contract_rows.h"
#include "http/webhook.h"
#include "inbox_world.h"
#include "mail_world.h"
#include "store/vault.h"

namespace weft {

using testing::FaultServer;
using testing::Letters;
using testing::letters_at;
using testing::Scripted;
using testing::SeenRequest;

namespace {

constexpr const char* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr store::Query<void, ProjectId, std::string> set_sql{"test.set", R"sql(
    INSERT INTO project_setting (project_id, name, body, updated_at)
    VALUES ($1, 'notifications', $2, 0))sql"};

class InboxNotices : public ::testing::Test {
protected:
    /// A store whose project tells these of its inbox.
    void prepare(const json::object& notifications, bool with_secret = true) {
        SystemClock clock;
        IdMinter ids(clock);
        auto store = store::Store::open({data(), store::store_url(data())}, clock, ids).value();
        http::IoThreads threads(1);
        http::Client client(threads);
        const models::Registry registry;
        const models::Caller caller(registry, clock);
        const auto catalogue = connectors::make_catalogue(*store, client, caller, clock);
        const auto kinds = connectors::kinds(catalogue);
        threads.run();
        const auto made =
            asio::co_spawn(threads.at(0), store->write([&](store::Tx& tx) -> Result<> {
                const auto first =
                    TRY(store::bootstrap(tx, store->vault(), {WholeServer::key}, kinds));
                const Scope scope{first->organization.id,
                                  first->project.id,
                                  {Principal::Kind::system, "", "test", Role::owner}};
                project_ = scope.project.hex();
                if (with_secret)
                    TRY(store::secrets::put(tx, store->vault(), scope,
                                            "settings.notifications.webhook", secret));
                TRY(tx.run(set_sql, scope.project, to_text(json::value(notifications))));
                return {};
            }),
                           asio::use_future)
                .get();
        EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().log_text);
        store->drain();
        threads.stop();
    }
    void serve(const std::string& smtp_url = {}) {
        server::Settings settings;
        if (!smtp_url.empty()) settings = mailing_settings(smtp_url);
        settings.public_url = "https://weft.example.org";
        settings.data = data();
        settings.allow_private_network = true;
        server_ = std::make_unique<WholeServer>(settings);
        nobody_ = std::make_unique<TestClient>(server_->url(), "");
    }
    std::filesystem::path data() const { return directory_.path() / "data"; }
    TestClient& owner() { return server_->owner(); }

    /// The path of the first link in a text.
    static std::string link_in(const std::string& text) {
        const std::string before = "https://weft.example.org";
        const auto at = text.find(before + "/inbox/decide/");
        if (at == text.npos) return {};
        const auto from = at + before.size();
        return text.substr(from, text.find_first_of("\r\n\" ", from) - from);
    }
    static std::string seen_in(const Reply& page) {
        const std::string before = "name=\"seen\" value=\"";
        const auto at = page.text.find(before);
        return at == page.text.npos ? "" : page.text.substr(at + before.size(), 32);
    }
    /// As the page's form does.
    Reply decide(const std::string& link, const std::string& decision, const std::string& seen) {
        http::Headers headers;
        headers.set("content-type", "multipart/form-data; boundary=x");
        return nobody_->send(
            http::Method::post, link,
            fmt::format("--x\r\ncontent-disposition: form-data; name=\"seen\"\r\n\r\n{}\r\n"
                        "--x\r\ncontent-disposition: form-data; name=\"decision\"\r\n\r\n{}\r\n"
                        "--x--\r\n",
                        seen, decision),
            std::move(headers));
    }
    static SeenRequest call_to(const FaultServer& hook, std::size_t index = 0) {
        for (int i = 0; i < 4'000 && hook.requests().size() <= index; ++i) usleep(5'000);
        EXPECT_GT(hook.requests().size(), index) << "nobody was called";
        return hook.requests().size() > index ? hook.requests()[index] : SeenRequest{};
    }
    static json::value data_of(const SeenRequest& call) {
        return parse_json(call.body).value_or(json::object()).at("data");
    }
    json::object webhook(const FaultServer& hook) {
        return {{"mail", json::array()},
                {"webhook", {{"url", hook.base_url() + "/hook"}, {"has_secret", true}}},
                {"on", json::array{"inbox"}}};
    }

    testing::TemporaryDirectory directory_;
    FaultServer service_{std::vector{testing::letter_taken()}};
    std::unique_ptr<WholeServer> server_;
    std::unique_ptr<TestClient> nobody_;
    std::string project_;
};

} // namespace

TEST_F(InboxNotices, a_mail_has_a_link_that_shows_and_decides_once) {
    const MailSink sink(MailSink::Tls::starttls);
    prepare({{"mail", json::array{"ada@example.org"}}, {"on", json::array{"inbox"}}});
    serve(sink.url());
    Letters letters(owner(), service_.base_url());
    const Reply run = letters.start("ada", "<script>Hello</script>");
    const Received mail = sink.mail_to("ada@example.org");
    EXPECT_TRUE(mail.text.contains("asks whether it may use")) << mail.text;
    const std::string link = link_in(mail.text);
    ASSERT_FALSE(link.empty()) << mail.text;

    const Reply page = nobody_->get(link);
    EXPECT_EQ(page.status, 200) << page.text;
    EXPECT_TRUE(page.header("content-type").starts_with("text/html"));
    EXPECT_TRUE(page.header("content-security-policy").contains("default-src 'none'"));
    EXPECT_FALSE(page.header("content-security-policy").contains("script-src"));
    EXPECT_FALSE(page.text.contains("<script")) << page.text;
    EXPECT_TRUE(page.text.contains("&lt;script&gt;Hello")) << page.text;
    nobody_->get(link);
    EXPECT_EQ(letters.execution(run).at("status"), "input_required") << "looking changes nothing";
    EXPECT_TRUE(letters_at(service_).empty());

    EXPECT_EQ(decide(link, "perhaps", seen_in(page)).status, 422);
    EXPECT_EQ(decide(link, "approve", std::string(32, '0')).status, 409) << "not what was seen";
    EXPECT_EQ(decide(link.substr(0, link.size() - 1), "approve", seen_in(page)).status, 404);
    const Reply done = decide(link, "approve", seen_in(page));
    EXPECT_EQ(done.status, 200) << done.text;
    EXPECT_TRUE(done.text.contains("The link sent to ada@example.org approved this at "))
        << done.text;
    letters.until(run, "completed");
    EXPECT_EQ(letters_at(service_).size(), 1U);
    EXPECT_EQ(decide(link, "reject", seen_in(page)).status, 409);
    EXPECT_TRUE(nobody_->get(link).text.contains("approved this at "));
    const Reply told = owner().get("/audit?what=inbox.decide_by_link");
    ASSERT_EQ(told.body.at("audit").as_array().size(), 1U) << told.text;
    EXPECT_EQ(text_or(told.body.at("audit").at(0).at("who"), "name"),
              "The link sent to ada@example.org");
    EXPECT_FALSE(told.text.contains(link));
}

TEST_F(InboxNotices, a_webhook_is_signed_and_its_link_rejects) {
    FaultServer hook({testing::letter_taken()});
    prepare(webhook(hook));
    serve();
    Letters letters(owner(), service_.base_url());
    const Reply run = letters.start("ada", "Hello.");
    const SeenRequest call = call_to(hook);
    EXPECT_EQ(call.method, "POST");
    EXPECT_EQ(call.header("content-type"), "application/json");
    EXPECT_EQ(call.header("webhook-signature"),
              *http::signed_fields(secret, call.header("webhook-id"),
                                   std::stoll(call.header("webhook-timestamp")), call.body)
                   .find("webhook-signature"));
    const json::value told = data_of(call);
    EXPECT_EQ(text_or(told, "execution_id"), run.at("execution_id"));
    EXPECT_EQ(text_or(told, "type"), "preview");
    EXPECT_FALSE(call.body.contains("Hello.")) << "what is to be done stays here";
    const std::string link = link_in(call.body);
    const Reply page = nobody_->get(link);
    const Reply done = decide(link, "reject", seen_in(page));
    EXPECT_TRUE(done.text.contains("The link sent to the webhook rejected this at ")) << done.text;
    letters.until(run, "completed");
    EXPECT_TRUE(letters_at(service_).empty());
    EXPECT_EQ(hook.requests().size(), 1U);
}

TEST_F(InboxNotices, links_do_not_decide_what_is_not_theirs) {
    FaultServer hook({testing::letter_taken()});
    prepare(webhook(hook));
    serve();
    Letters two(owner(), service_.base_url(), true, 1, {{"approval", {{"four_eyes", true}}}});
    two.start("ada", "Hello.");
    EXPECT_EQ(link_in(call_to(hook).body), "") << "two people must approve it";
    Letters letters(owner(), service_.base_url());
    const Reply run = letters.start("ada", "Hello.");
    const std::string link = link_in(call_to(hook, 1).body);
    ASSERT_FALSE(link.empty());
    // A draft: what was seen is no more what would be done, and it is checked by whoever signs in.
    const Reply item = letters.item(run);
    const Reply before = nobody_->get(link);
    letters.answer(run,
                   {{"is_approved", false}, {"preview_input", testing::edited(item, "Other.")}});
    EXPECT_EQ(decide(link, "approve", seen_in(before)).status, 409);
    const Reply after = nobody_->get(link);
    EXPECT_TRUE(after.text.contains("Other."));
    EXPECT_FALSE(after.text.contains("value=\"approve\""));
    EXPECT_EQ(decide(link, "approve", seen_in(after)).status, 409);
    // Once it is somebody's to answer, it is no link's.
    const std::string user =
        owner()
            .post("/organization/users", {{"email", "bob@example.org"},
                                          {"password", "correct horse battery"},
                                          {"role", "admin"}})
            .at("_id");
    EXPECT_EQ(owner()
                  .send(http::Method::patch, "/inbox/" + item.at("_id"),
                        to_text(json::object{{"assignee", user}}))
                  .status,
              200);
    EXPECT_EQ(nobody_->get(link).status, 404);
    EXPECT_EQ(decide(link, "reject", seen_in(after)).status, 404);
    EXPECT_TRUE(letters_at(service_).empty());
}

TEST_F(InboxNotices, a_webhook_that_fails_is_called_again_with_the_same_id) {
    Scripted busy;
    busy.status = 503;
    FaultServer hook({busy, testing::letter_taken()});
    prepare(webhook(hook));
    serve();
    EXPECT_EQ(owner().post("/inbox/create", {{"summary", "Why?"}}).status, 200);
    const SeenRequest first = call_to(hook);
    const SeenRequest second = call_to(hook, 1);
    EXPECT_EQ(first.header("webhook-id"), second.header("webhook-id"));
    EXPECT_EQ(first.body, second.body);
}

TEST_F(InboxNotices, nothing_goes_out_unsigned_or_unasked) {
    FaultServer hook({testing::letter_taken()});
    prepare(webhook(hook), false);
    serve();
    owner().post("/inbox/create", {{"summary", "Why?"}});
    testing::AllRows rows(data());
    const auto is_told = [&] {
        const auto all = rows.read();
        return !all.contains("inbox_notice") && !all.contains("inbox_call");
    };
    for (int i = 0; i < 4'000 && !is_told(); ++i) usleep(5'000);
    EXPECT_TRUE(is_told());
    EXPECT_TRUE(hook.requests().empty());
}

TEST_F(InboxNotices, what_is_noted_is_told_after_a_crash) {
    FaultServer hook({testing::letter_taken()});
    prepare(webhook(hook));
    std::vector<std::string> made;
    const auto run_once = [&](int round) {
        testing::WeftProcess process(
            std::vector<std::string>{"serve", "--data", data().string(), "--listen", "127.0.0.1:0",
                                     "--allow-private-network"},
            (directory_.path() / fmt::format("out{}", round)).string(),
            std::vector{std::string("WEFT_BOOTSTRAP_API_KEY=") + WholeServer::key});
        std::string url = process.url();
        while (url.ends_with('\n')) url.pop_back();
        TestClient client(url, WholeServer::key);
        for (int i = 0; i < 5; ++i)
            made.push_back(client.post("/inbox/create", {{"summary", "Why?"}}).at("_id"));
        usleep(static_cast<useconds_t>(round) * 300'000);
        process.kill(SIGKILL);
        process.wait();
    };
    for (int round = 0; round < 5; ++round) run_once(round);
    serve();
    std::map<std::string, std::set<std::string>> calls; // of an item
    for (int i = 0; i < 4'000 && calls.size() < made.size(); ++i, usleep(10'000))
        for (const SeenRequest& call : hook.requests()) {
            const json::value told = data_of(call);
            calls[std::string(text_or(told, "_id"))].insert(call.header("webhook-id"));
        }
    EXPECT_EQ(calls.size(), made.size()) << "none is lost";
    for (const auto& [item, ids] : calls)
        EXPECT_EQ(ids.size(), 1U) << "a second call is the same one " << item;
}

} // namespace weft
