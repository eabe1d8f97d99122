// Plans, quotas and credits of a whole server: what the customer is shown, and what is refused.
#include "api/key_order.h"
#include "api/plan_order.h"
#include "api_world.h"
#include "store/ledger.h"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <thread>

namespace weft {

namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr const char* zoneless = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}";

/// A server and its operator, who has the master key.
class CustomerApi : public ::testing::Test {
protected:
    explicit CustomerApi(server::Settings settings = {}) : settings_(std::move(settings)) {
        settings_.data = data();
        server_ = std::make_unique<WholeServer>(settings_);
        project_ = server_->project();
        organization_ = server_->program().first_start()->organization.id;
    }
    std::filesystem::path data() const { return directory_.path() / "data"; }
    store::MasterKey master() const {
        const int directory = ::open(data().c_str(), O_RDONLY | O_DIRECTORY);
        auto key = store::read_key_file(directory, store::KeyFile::demand).value();
        ::close(directory);
        return key;
    }
    std::string sealed(const api::PlanOrder& order) const {
        return api::key_order::to_change_plan(master(), api::to_json(order), SystemClock().now());
    }
    Reply give(api::PlanOrder order) {
        return owner().post("/admin/plan", {{"order", sealed(order)}});
    }
    void limit(const char* name, std::int64_t number) {
        const Reply given =
            give({.change = {.plan = "self_hosted", .overrides = {{name, number}}}});
        EXPECT_EQ(given.status, 200) << given.text;
    }
    TestClient& owner() { return server_->owner(); }
    std::string flow(const std::string& name = "Flow") {
        return owner().post("/agentflow/?projectID=" + project_, {{"name", name}}).at("_id");
    }
    Reply start(const std::string& flow) {
        return owner().post("/execute_flow?projectID=" + project_, {{"agentflow_id", flow}});
    }
    /// Charges in the ledger, as the engine would write them; the server is down meanwhile.
    void charge(std::int64_t credits_micro, int times = 1) {
        server_.reset();
        SystemClock clock;
        IdMinter ids(clock);
        auto store = store::Store::open({data(), store::store_url(data())}, clock, ids).value();
        http::IoThreads threads(1);
        threads.run();
        const ProjectId project = ProjectId::parse(project_).value();
        const auto append = [&](store::Tx& tx) -> Result<> {
            for (int i = 0; i < times; ++i)
                TRY(store::ledger::append(
                    tx, project, {},
                    {.model = "openai/gpt-4o", .usage = {1'000, 500, 7'500, credits_micro}}));
            return {};
        };
        EXPECT_TRUE(asio::co_spawn(threads.at(0), store->write(append), asio::use_future).get());
        store->drain();
        threads.stop();
        store.reset();
        server_ = std::make_unique<WholeServer>(settings_);
    }
    static store::TopUpId new_top_up() {
        SystemClock clock;
        return IdMinter(clock).mint<store::TopUpTag>(0);
    }

    testing::TemporaryDirectory directory_;
    server::Settings settings_;
    std::unique_ptr<WholeServer> server_;
    std::string project_;
    OrganizationId organization_;
};

double number_at(const Reply& reply, const char* object, const char* name, const char* below) {
    return double_or(reply.body.at(object).at(name), below, -1);
}

} // namespace

TEST_F(CustomerApi, shows_what_every_organization_has_that_was_given_nothing) {
    const Reply shown = owner().get("/customer?organization_id=" + organization_.hex());
    ASSERT_EQ(shown.status, 200) << shown.text;
    EXPECT_EQ(shown.at("plan"), "self_hosted");
    EXPECT_EQ(shown.at("organization_id"), organization_.hex());
    EXPECT_THAT(shown.at("billing_cycle_expiry"), MatchesRegex(zoneless));
    EXPECT_FALSE(bool_or(shown.body, "is_trial_active", true));
    EXPECT_TRUE(shown.body.at("trial_end_date").is_null());
    for (const QuotaWords& each : quota_words()) {
        EXPECT_EQ(int_or(shown.body.at("quota"), each.name), no_limit) << each.name;
        EXPECT_EQ(int_or(shown.body.at("usage"), each.name, -1),
                  each.quota == Quota::projects ? 1 : 0)
            << each.name << ": does a project begin with something that usage.cpp does not know?";
    }
    EXPECT_EQ(double_or(shown.body.at("quota"), "base_credit_deduction_per_execution"), 0.03);
    EXPECT_TRUE(bool_or(shown.body.at("quota").at("access_controls"), "api_access"));
    const Reply valid = owner().get("/credits/validate/user");
    EXPECT_EQ(valid.text, R"({"valid":true,"reason":null,"remaining":1000000000.0})");
}

TEST_F(CustomerApi, is_seen_by_whoever_may_see_the_whole_organization) {
    const auto key = [&](json::array scopes) {
        const Reply made = owner().post("/apikey", {{"name", "k"}, {"scopes", std::move(scopes)}});
        return made.at("secret_key");
    };
    TestClient nobody(server_->url(), "");
    TestClient viewer(server_->url(), key({"viewer"}));
    TestClient confined(server_->url(), key({"owner", "project:" + project_}));
    const std::string other = "?organization_id=0123456789abcdef01234567";
    struct Case {
        const char* path;
        int viewer;
        int confined;
    };
    for (const Case& each : {Case{"/customer", 200, 403},
                             {"/customer/credit_history", 403, 403},
                             {"/credits/validate/user", 200, 200},
                             {"/credits/validate/workspace", 200, 200}}) {
        EXPECT_EQ(nobody.get(each.path).status, 401) << each.path;
        EXPECT_EQ(viewer.get(each.path).status, each.viewer) << each.path;
        EXPECT_EQ(confined.get(each.path).status, each.confined) << each.path;
        EXPECT_EQ(owner().get(each.path).status, 200) << each.path;
        EXPECT_EQ(owner().get(each.path + other).status, 404) << each.path;
    }
    for (const char* path : {"/agentflow/verify_quota", "/execute_flow/verify_quota"}) {
        EXPECT_EQ(nobody.post(path).status, 401);
        EXPECT_EQ(confined.post(path).status, 200);
        EXPECT_EQ(owner().post(path + other).status, 404);
        EXPECT_EQ(owner().post(path, {{"projectID", "0123456789abcdef01234567"}}).status, 404);
    }
    EXPECT_EQ(viewer.post("/admin/plan", {{"order", "00"}}).status, 403);
}

TEST_F(CustomerApi, a_plan_is_given_by_who_has_the_master_key_and_told_to_the_audit_log) {
    EXPECT_EQ(owner().post("/admin/plan", {{"order", "00"}}).status, 403);
    const std::string of_another_key = api::key_order::to_change_plan(
        store::MasterKey::fresh(), api::to_json({.change = {.plan = "team"}}), SystemClock().now());
    EXPECT_EQ(owner().post("/admin/plan", {{"order", of_another_key}}).status, 403);
    const std::string to_show = api::key_order::to_show_plans(master(), {}, SystemClock().now());
    EXPECT_EQ(owner().post("/admin/plan", {{"order", to_show}}).status, 403);

    const Reply given = give({.change = {.plan = "trial", .subscription_id = "invoice 7"}});
    ASSERT_EQ(given.status, 200) << given.text;
    EXPECT_EQ(given.at("plan"), "trial");
    const Reply shown = owner().get("/customer");
    EXPECT_EQ(shown.at("plan"), "trial");
    EXPECT_EQ(shown.at("subscription_id"), "invoice 7");
    EXPECT_TRUE(bool_or(shown.body, "is_trial_active"));
    EXPECT_THAT(shown.at("trial_end_date"), MatchesRegex(zoneless));
    EXPECT_EQ(int_or(shown.body.at("quota"), "number_of_projects"), 2);

    const std::string order = sealed({.top_up = 12, .top_up_id = new_top_up(), .note = "gift"});
    EXPECT_EQ(owner().post("/admin/plan", {{"order", order}}).status, 200);
    EXPECT_EQ(owner().post("/admin/plan", {{"order", order}}).status, 409) << "the same once more";
    EXPECT_EQ(number_at(owner().get("/customer"), "quota", "number_of_credits", "top_up_credits"),
              12);
    EXPECT_EQ(give({.change = {.plan = "gold"}}).status, 422);
    const Reply log = owner().get("/audit?what=plans.");
    EXPECT_EQ(int_or(log.body, "total_count"), 2) << log.text;
    EXPECT_EQ(int_or(log.body.at("audit").at(0).at("details"), "credits"), 12) << log.text;
    const Reply all = owner().post("/admin/plan/show", {{"order", to_show}});
    EXPECT_EQ(all.body.at("organizations").as_array().size(), 1U) << all.text;
}

TEST_F(CustomerApi, what_goes_beyond_a_quota_is_not_made) {
    const std::string in = "?projectID=" + project_;
    const std::string first = flow();
    struct Case {
        const char* name;
        std::int64_t limit;
        std::function<Reply()> make;
    };
    http::Headers form;
    form.set("content-type", "multipart/form-data; boundary=b");
    const std::string bytes(700'000, 'x');
    const auto upload = [&] {
        return owner().send(http::Method::post, "/files/upload" + in,
                            "--b\r\nContent-Disposition: form-data; name=\"file\"; "
                            "filename=\"a\"\r\n\r\n" +
                                bytes + "\r\n--b--\r\n",
                            form);
    };
    int made = 0;
    const Case cases[] = {
        {"number_of_projects", 2,
         [&] {
             return owner().post("/v1/project",
                                 {{"orgId", organization_.hex()},
                                  {"projectName", fmt::format("Project {}", ++made)}});
         }},
        {"number_of_agentflows", 2,
         [&] { return owner().post("/agentflow" + in, {{"name", "F"}}); }},
        {"number_of_tables", 1,
         [&] {
             return owner().post("/create/table" + in,
                                 {{"table_name", fmt::format("Table {}", ++made)}});
         }},
        {"number_of_connectors", 1,
         [&] {
             return owner().post("/actions/restful/config" + in,
                                 {{"name", fmt::format("service {}", ++made)},
                                  {"config", {{"base_url", "https://example.org"}}}});
         }},
        {"number_of_members", 1,
         [&] {
             return owner().post("/organization/users",
                                 {{"email", fmt::format("u{}@example.org", ++made)},
                                  {"password", "correct horse"}});
         }},
        {"number_of_files", 1,
         [&] { return owner().post("/files/upload" + in, {{"filenames", json::array{"a"}}}); }},
        {"storage_space_in_mb", 1, upload},
        {"number_of_executions", 1, [&] { return start(first); }},
    };
    for (const Case& each : cases) {
        limit(each.name, each.limit);
        EXPECT_EQ(each.make().status, 200) << each.name;
        const Reply refused = each.make();
        EXPECT_EQ(code_of(refused), "402 quota_exceeded") << each.name << refused.text;
        EXPECT_THAT(refused.at("detail"), HasSubstr(each.name));
        EXPECT_THAT(refused.at("detail"), HasSubstr(fmt::format("allows {} ", each.limit)));
        EXPECT_EQ(int_or(owner().get("/customer").body.at("usage"), each.name), each.limit);
        limit(each.name, no_limit);
        EXPECT_EQ(each.make().status, 200) << each.name;
    }
}

TEST_F(CustomerApi, two_at_once_do_not_pass_together) {
    limit("number_of_agentflows", 5);
    std::vector<std::thread> all;
    std::atomic<int> made = 0;
    for (int i = 0; i < 6; ++i)
        all.emplace_back([&] {
            TestClient client(server_->url(), WholeServer::key);
            for (int j = 0; j < 4; ++j)
                if (client.post("/agentflow/?projectID=" + project_, {{"name", "F"}}).status == 200)
                    ++made;
        });
    for (std::thread& each : all) each.join();
    EXPECT_EQ(made, 5);
}

TEST_F(CustomerApi, verify_quota_says_before_what_would_be_refused) {
    const std::string made = flow();
    limit("number_of_agentflows", 1);
    const Reply full = owner().post("/agentflow/verify_quota", {{"projectID", project_}});
    EXPECT_FALSE(bool_or(full.body, "allowed", true)) << full.text;
    EXPECT_EQ(int_or(full.body, "quota"), 1);
    EXPECT_EQ(int_or(full.body, "used"), 1);
    EXPECT_EQ(full.at("reason"),
              owner().post("/agentflow?projectID=" + project_, {{"name", "x"}}).at("detail"));
    limit("number_of_executions", 1);
    EXPECT_TRUE(bool_or(owner().post("/execute_flow/verify_quota").body, "allowed"));
    EXPECT_EQ(start(made).status, 200);
    EXPECT_FALSE(bool_or(owner().post("/execute_flow/verify_quota").body, "allowed", true));
}

TEST_F(CustomerApi, without_credits_nothing_begins_until_there_are_some) {
    const std::string made = flow();
    give({.change = {.plan = "team", .overrides = {{"subscription_credits", 2}}}});
    charge(1'500'000);
    Reply valid = owner().get("/credits/validate/workspace?projectID=" + project_);
    EXPECT_TRUE(bool_or(valid.body, "valid")) << valid.text;
    EXPECT_EQ(double_or(valid.body, "remaining"), 0.5);
    EXPECT_EQ(start(made).status, 200);
    charge(700'000);
    valid = owner().get("/credits/validate/user");
    EXPECT_FALSE(bool_or(valid.body, "valid", true)) << valid.text;
    EXPECT_EQ(double_or(valid.body, "remaining"), 0);
    const Reply refused = start(made);
    EXPECT_EQ(code_of(refused), "402 out_of_credits") << refused.text;
    EXPECT_THAT(refused.at("detail"), HasSubstr("2.20 were used"));
    EXPECT_EQ(code_of(owner().post(
                  "/llm/execute/calls?projectID=" + project_,
                  {{"model", "weft/rehearsal"},
                   {"messages", json::array{{{"role", "user"}, {"content", "Hello"}}}}})),
              "402 out_of_credits");
    EXPECT_EQ(owner().post("/execute_flow/verify_quota").at("reason"), refused.at("detail"));
    const Reply shown = owner().get("/customer");
    EXPECT_EQ(number_at(shown, "usage", "number_of_credits", "subscription_credits"), 2);
    EXPECT_NEAR(number_at(shown, "usage", "number_of_credits", "top_up_credits"), 0.2, 1e-9);
    EXPECT_EQ(int_or(shown.body.at("usage").at("number_of_agent_executions"), "total"), 2);

    give({.top_up = 1, .top_up_id = new_top_up()});
    EXPECT_EQ(start(made).status, 200);
    EXPECT_NEAR(double_or(owner().get("/credits/validate/user").body, "remaining"), 0.8, 1e-9);
}

namespace {

class WithoutCredits : public CustomerApi {
protected:
    WithoutCredits() : CustomerApi(off()) {}
    static server::Settings off() {
        server::Settings settings;
        settings.credits = "off";
        return settings;
    }
};

class OpenSignUp : public CustomerApi {
protected:
    OpenSignUp() : CustomerApi(open()) {}
    static server::Settings open() {
        server::Settings settings;
        settings.open_sign_up = true;
        settings.sign_up_plan = "trial";
        return settings;
    }
};

} // namespace

TEST_F(WithoutCredits, nobody_runs_out_of_them_and_quotas_hold_all_the_same) {
    const std::string made = flow();
    give({.change = {.plan = "team",
                     .overrides = {{"subscription_credits", 1}, {"number_of_agentflows", 1}}}});
    charge(5'000'000);
    EXPECT_EQ(start(made).status, 200);
    const Reply valid = owner().get("/credits/validate/user");
    EXPECT_EQ(valid.text, R"({"valid":true,"reason":null,"remaining":1000000000.0})");
    EXPECT_EQ(code_of(owner().post("/agentflow?projectID=" + project_, {{"name", "x"}})),
              "402 quota_exceeded");
    const Reply shown = owner().get("/customer");
    EXPECT_FALSE(bool_or(shown.body, "credits_counted", true));
    EXPECT_EQ(number_at(shown, "quota", "number_of_credits", "subscription_credits"), no_limit);
    EXPECT_EQ(int_or(owner().get("/customer/credit_history").body, "total"), 1)
        << "what was used is written down all the same";
}

TEST_F(OpenSignUp, whoever_comes_gets_the_plan_that_is_set) {
    TestClient nobody(server_->url(), "");
    const Reply made =
        nobody.post("/auth/signup", {{"email", "ada@example.org"}, {"password", "correct horse"}});
    ASSERT_EQ(made.status, 200) << made.text;
    http::Headers session;
    session.set("authorization", "Bearer " + made.at("token"));
    const Reply shown = nobody.send(http::Method::get, "/customer", "", session);
    EXPECT_EQ(shown.at("plan"), "trial");
    EXPECT_EQ(shown.at("email"), "ada@example.org");
    EXPECT_EQ(owner().get("/customer").at("plan"), "self_hosted");
}

TEST_F(CustomerApi, the_history_tells_of_each_step_and_each_call) {
    const std::string id =
        owner()
            .post("/agentflow/?projectID=" + project_,
                  {{"name", "Writer"},
                   {"image", "https://example.org/w.png"},
                   {"agents", json::array{{{"title", "Author"},
                                           {"llm", {{"model", "weft/rehearsal"}}},
                                           {"prompt", {{"template", "Write."}}}}}}})
            .at("_id");
    const Reply run = start(id);
    server_->wait_for(run.at("_id"));
    charge(40'000);
    EXPECT_EQ(int_or(owner().get("/customer/credit_history").body, "total"), 2);
    const auto the_only = [&](const char* operation) {
        const Reply history =
            owner().get(std::string("/customer/credit_history?limit=10&operation=") + operation);
        EXPECT_EQ(int_or(history.body, "total"), 1) << history.text;
        return history.body.at("data").at(0);
    };
    const json::value call = the_only("llm_call");
    EXPECT_EQ(text_or(call, "operation"), "llm_call");
    EXPECT_EQ(int_or(call, "tokens_consumed"), 1'500);
    EXPECT_EQ(double_or(call, "credits_consumed"), 0.04);
    EXPECT_TRUE(call.at("execution_id").is_null());
    const json::value step = the_only("agent_execution");
    EXPECT_EQ(text_or(step, "operation"), "agent_execution");
    EXPECT_EQ(text_or(step, "model"), "weft/rehearsal");
    EXPECT_EQ(text_or(step, "execution_id"), run.at("execution_id"));
    EXPECT_EQ(text_or(step, "agent_title"), "Author");
    EXPECT_EQ(text_or(step, "coworker_id"), id);
    EXPECT_EQ(text_or(step, "coworker_name"), "Writer");
    EXPECT_EQ(text_or(step, "coworker_image"), "https://example.org/w.png");
    EXPECT_EQ(text_or(step, "project_name"), "My first project");
    EXPECT_EQ(text_or(step, "organization_id"), organization_.hex());
    EXPECT_FALSE(text_or(step, "executed_by").empty());
    EXPECT_THAT(std::string(text_or(step, "created_at")), MatchesRegex(zoneless));
    const std::pair<const char*, int> filters[] = {{"?model=weft/rehearsal", 1},
                                                   {"?operation=llm_call", 1},
                                                   {"?from=2100-01-01", 0},
                                                   {"?to=2100-01-01", 2}};
    for (const auto& [query, total] : filters)
        EXPECT_EQ(
            int_or(owner().get(std::string("/customer/credit_history") + query).body, "total", -1),
            total)
            << query;
    EXPECT_EQ(int_or(owner().get("/customer/credit_history?coworker_id=" + id).body, "total"), 1);
    EXPECT_EQ(owner().get("/customer/credit_history?operation=cats").status, 422);
    EXPECT_EQ(owner().get("/customer/credit_history?from=cats").status, 422);
    EXPECT_EQ(owner().get("/customer/credit_history?format=xml").status, 422);
}

TEST_F(CustomerApi, csv_holds_all_rows_and_no_formula) {
    charge(40'000, 600);
    const std::string evil = "=HYPERLINK(\"http://x\"),\nyes";
    owner().send(http::Method::put, "/v1/project?projectId=" + project_,
                 to_text(json::object{{"coworker_role", evil}}));
    const Reply csv = owner().get("/customer/credit_history?format=csv");
    ASSERT_EQ(csv.status, 200) << csv.text;
    EXPECT_THAT(*csv.headers.find("content-type"), HasSubstr("text/csv"));
    EXPECT_TRUE(csv.text.starts_with("_id,created_at,operation,credits_consumed,model,"));
    std::size_t rows = 0;
    for (std::size_t at = csv.text.find("openai/gpt-4o"); at != csv.text.npos;
         at = csv.text.find("openai/gpt-4o", at + 1))
        ++rows;
    EXPECT_EQ(rows, 600U);
    EXPECT_THAT(csv.text, HasSubstr("\"'=HYPERLINK(\"\"http://x\"\"),\nyes\""));
    const Reply few = owner().get("/customer/credit_history?format=csv&limit=3");
    EXPECT_EQ(std::ranges::count(few.text, '\r'), 3 * 1 + 1) << few.text;
}

} // namespace weft
