// The audit log of the whole server: every route that changes something writes its row in the
// commit of the change, nothing secret is in one, and `weft audit verify` finds what was done to
// it.
#include "bad_input_world.h"
#include "weft_process.h"

#include "cli/package_files.h"

#include <thread>

namespace weft {

namespace {

using testing::WeftProcess;

/// Changes a store by hand, whoever uses it.
void run_sql(const std::filesystem::path& data, const std::string& sql) {
    if (store::on_postgres()) {
        testing::PostgresCluster::shared().psql(store::store_url(data), sql);
        return;
    }
    sqlite3* database = nullptr;
    CHECK(sqlite3_open((data / "weft.db").c_str(), &database) == SQLITE_OK);
    sqlite3_busy_timeout(database, 10'000);
    char* why = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &why), SQLITE_OK)
        << (why ? why : "");
    sqlite3_close(database);
}

} // namespace

class AuditApi : public BadInput {
protected:
    static json::array rows(TestClient& client, const std::string& query = "") {
        return client.get("/audit?limit=500" + query).body.at("audit").as_array();
    }
    /// Those that a request wrote.
    static json::array rows_of(const Reply& reply) {
        const json::array all = rows(server_->owner(), "");
        json::array own;
        for (const json::value& row : all)
            if (text_or(row, "request_id") == reply.header("x-request-id")) own.push_back(row);
        return own;
    }
    Reply change_flow(const std::string& id) {
        return owner().send(http::Method::put, "/agentflow/" + id, R"({"role":"auditor"})");
    }

    /// Bodies that are accepted where a sample of what is required is not.
    std::string body_of(const api::Route& route) {
        const std::string_view operation = route.operation_id;
        if (operation == "columns.rename")
            return to_text(json::object{{"table_id", samples_->id("T")},
                                        {"column_id", "own"},
                                        {"column_name", fmt::format("n{}", ++names_)}});
        if (operation == "columns.patch" || operation == "columns.change")
            return to_text(
                json::object{{"column_id", "own"}, {"column_name", fmt::format("n{}", ++names_)}});
        if (operation == "columns.add")
            return to_text(json::array{{{"column_name", fmt::format("new{}", ++names_)}}});
        if (operation == "columns.delete")
            return to_text(json::object{{"column_id", "own"}, {"table_id", samples_->id("T")}});
        if (operation.starts_with("tables.rename"))
            return to_text(json::object{{"table_id", samples_->id("T")},
                                        {"table_name", fmt::format("t{}", ++names_)}});
        if (operation == "tables.create")
            return to_text(json::object{{"table_name", fmt::format("t{}", ++names_)},
                                        {"columns", json::array{{{"column_name", "own"}}}}});
        if (operation == "connectors.change_status")
            return to_text(
                json::object{{"connectorID", samples_->id("C")}, {"new_status", "active"}});
        if (operation == "inbox.uncertain_effect") return R"({"outcome":"done"})";
        if (operation.ends_with("preview_of_item"))
            return to_text(
                json::object{{"inbox_id", samples_->id("inbox_id")}, {"is_approved", true}});
        if (operation == "inbox.preview") return R"({"is_approved":true})";
        if (operation == "packages.install") return package();
        if (operation.starts_with("actions.run"))
            return to_text(json::object{{"table", samples_->id("T")}});
        if (operation == "actions.create") return custom_action();
        if (operation == "settings.change") return R"({"default_model":"weft/rehearsal"})";
        if (operation == "projects.update") return R"({"description":"audited"})";
        return sample_body(route);
    }
    std::string full_path_of(const api::Route& route) {
        const std::string_view operation = route.operation_id;
        const std::string count = "/actions/tables/count_records";
        if (operation == "actions.run") return in_project(count);
        if (operation == "actions.run_with") {
            const Reply made =
                owner().post(in_project("/actions/tables/config"), {{"name", "audited"}});
            return in_project(count + "/" + made.at("_id"));
        }
        if (operation == "api_keys.revoke")
            return "/apikey/" + owner().post("/apikey", {{"name", "audited"}}).at("_id");
        return path_of(route);
    }
    static std::string package() {
        json::object files;
        for (const auto& [path, text] :
             cli::read_package_files(WEFT_SOURCE_DIR "/marketplace/release-notes-digest").value())
            files[path] = text;
        return to_text(json::object{{"files", std::move(files)}});
    }
    std::string custom_action() {
        const Reply made = owner().post(
            in_project("/actions/restful/config"),
            {{"name", "audited"}, {"config", {{"base_url", "https://api.example.com"}}}});
        return to_text(json::object{{"name", fmt::format("Act {}", ++names_)},
                                    {"connector_id", made.at("_id")},
                                    {"method", "GET"},
                                    {"url", "/echo"}});
    }

    int names_ = 0;
};

TEST_F(AuditApi, is_for_owners_of_the_organization) {
    EXPECT_EQ(code_of(nobody_->get("/audit")), "401 unauthenticated");
    EXPECT_EQ(code_of(viewer_->get("/audit")), "403 forbidden");
    const std::string flow = new_flow("mine");
    EXPECT_EQ(rows(owner(), "&object=" + flow).size(), 1U);
    EXPECT_TRUE(rows(*stranger_, "&object=" + flow).empty());
    EXPECT_EQ(code_of(stranger_->get("/audit?projectID=" + project_)), "404 not_found");
}

TEST_F(AuditApi, a_key_of_one_project_sees_that_project) {
    const Reply made = owner().post(
        "/apikey", {{"name", "confined"}, {"scopes", json::array{"owner", "project:" + project_}}});
    TestClient confined(server_->url(), made.at("secret_key"));
    const json::array seen = rows(confined);
    EXPECT_FALSE(seen.empty());
    for (const json::value& row : seen) EXPECT_EQ(text_or(row, "projectID"), project_);
    EXPECT_EQ(confined.get("/audit?projectID=" + new_project()).status, 404);
}

namespace {

// No sample brings about what these need: see the test below, inbox_crash_test.cpp,
// people_test.cpp, project_trash_test.cpp, project_import_test.cpp and secrets_test.cpp.
// inbox_forms_test.cpp has all that answers forms and anomalies.
const std::set<std::string> elsewhere{"budgets.set",
                                      "inbox.budget",
                                      "inbox.decide_by_link",
                                      "plans.change",
                                      "executions.runtime_input",
                                      "executions.approve_anomaly",
                                      "inbox.runtime_input",
                                      "inbox.runtime_input_of_item",
                                      "inbox.anomaly",
                                      "inbox.anomaly_of_item",
                                      "executions.event",
                                      "inbox.uncertain_effect",
                                      "auth.sign_up",
                                      "auth.log_in",
                                      "auth.log_out",
                                      "auth.end_session",
                                      "auth.change_password",
                                      "users.change",
                                      "users.remove",
                                      "members.add",
                                      "members.change",
                                      "members.remove",
                                      "projects.restore",
                                      "projects.import",
                                      "auth.reset_password",
                                      "users.reset_password",
                                      "users.end_sessions",
                                      "secrets.replace_master_key",
                                      "secrets.renew_data_keys"};

} // namespace

// A route that is new is in it by itself: what it does not say of the log does not compile, and
// what it says is not written fails here.
TEST_F(AuditApi, every_change_writes_one_row_and_nothing_else_does) {
    std::set<std::string> accepted;
    std::set<std::string> changing;
    std::map<std::string, std::string> refusals;
    for (const auto& table : api::route_tables())
        for (const api::Route& route : table)
            EXPECT_EQ(route.audit == api::Audit::unsaid || route.audit == api::Audit::taking,
                      route.method == http::Method::get)
                << route.operation_id;
    std::vector<const api::Route*> all;
    for (const bool is_deletion : {false, true}) // what others need goes last
        for (const api::Route* route : routes())
            if ((route->method == http::Method::delete_) == is_deletion) all.push_back(route);
    for (const api::Route* route : all) {
        if (route->method == http::Method::get) continue;
        renew();
        const std::string operation = route->operation_id;
        if (operation == "executions.resume" || operation == "tasks.resume")
            owner().post(operation == "tasks.resume"
                             ? "/task/" + samples_->id("id") + "/pause"
                             : "/execute_flow/" + samples_->id("E") + "/pause");
        const std::string body = body_of(*route);
        const Reply reply = owner().send(route->method, full_path_of(*route), body);
        const bool is_change = route->audit == api::Audit::change;
        if (is_change) changing.insert(operation);
        const json::array written = rows_of(reply);
        if (reply.status != 200 || !is_change) {
            EXPECT_EQ(written.size(), 0U) << operation << to_text(written);
            if (is_change) refusals[operation] = reply.text;
            continue;
        }
        accepted.insert(operation);
        ASSERT_EQ(written.size(), 1U) << operation << reply.text;
        EXPECT_EQ(text_or(written[0], "what"), operation);
        EXPECT_EQ(text_or(written[0].at("who"), "name"), "First key");
        EXPECT_EQ(text_or(written[0], "address"), "127.0.0.1");
        EXPECT_EQ(text_or(written[0], "object").size(), 24U) << operation << to_text(written);
    }
    for (const std::string& operation : changing)
        EXPECT_TRUE(accepted.contains(operation) || elsewhere.contains(operation))
            << operation << refusals[operation];
}

TEST_F(AuditApi, a_row_says_what_was_meant_and_no_value) {
    const std::string flow = new_flow("told of");
    const Reply changed = change_flow(flow);
    const json::array rows = rows_of(changed);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(text_or(rows[0], "object"), flow);
    EXPECT_EQ(text_or(rows[0], "projectID"), project_);
    EXPECT_EQ(rows[0].at("details").at("members"), json::value(json::array{"role"}));
    const Reply odd = owner().send(http::Method::put, "/agentflow/" + flow,
                                   R"({"name":"n","made up member":1,"projectID":null})");
    EXPECT_EQ(rows_of(odd)[0].at("details").at("members"), json::value(json::array{"name"}));

    const Reply run = owner().post("/execute_flow", {{"agentflow_id", flow}, {"autostart", false}});
    EXPECT_TRUE(rows_of(run).empty());
    const Reply cancelled = owner().post("/execute_flow/" + run.at("execution_id") + "/cancel");
    const json::array told = rows_of(cancelled);
    EXPECT_EQ(text_or(told[0], "object"), run.at("_id")); // not its UUID
}

TEST_F(AuditApi, filters_and_pages) {
    const std::string flow = new_flow("found");
    for (int i = 0; i < 3; ++i) change_flow(flow);
    const auto total = [&](const std::string& query) {
        return int_or(owner().get("/audit?limit=1&object=" + flow + query).body, "total_count");
    };
    EXPECT_EQ(total(""), 4);
    EXPECT_EQ(total("&what=agentflows.up"), 3);
    EXPECT_EQ(total("&what=api_keys"), 0);
    EXPECT_EQ(total("&who=First%20key&projectID=" + project_), 4);
    EXPECT_EQ(total("&who=nobody"), 0);
    EXPECT_EQ(total("&from=2000-01-01&to=2001-01-01"), 0);
    EXPECT_EQ(total("&from=2000-01-01T00:00:00Z&to=4000000000"), 4);
    EXPECT_EQ(code_of(owner().get("/audit?from=yesterday")), "422 invalid");
    const Reply first = owner().get("/audit?limit=3&object=" + flow);
    const std::int64_t last = int_or(first.body.at("audit").at(2), "seq");
    const Reply second = owner().get(fmt::format("/audit?limit=3&object={}&after={}", flow, last));
    ASSERT_EQ(second.body.at("audit").as_array().size(), 1U);
    EXPECT_EQ(text_or(second.body.at("audit").at(0), "what"), "agentflows.create");
}

TEST_F(AuditApi, a_repeat_writes_no_second_row) {
    const std::string flow = new_flow("repeated");
    http::Headers headers;
    headers.set("Idempotency-Key", "audited once");
    headers.set("content-type", "application/json");
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(owner()
                      .send(http::Method::put, "/agentflow/" + flow, R"({"role":"x"})", headers)
                      .status,
                  200);
    EXPECT_EQ(rows(owner(), "&what=agentflows.update&object=" + flow).size(), 1U);
}

TEST_F(AuditApi, a_change_whose_row_cannot_be_written_is_not_made) {
    const std::string flow = new_flow("as it was");
    run_sql(directory_->path() / "data", "ALTER TABLE audit RENAME TO audit_away");
    const Reply refused = change_flow(flow);
    run_sql(directory_->path() / "data", "ALTER TABLE audit_away RENAME TO audit");
    EXPECT_EQ(refused.status, 500) << refused.text;
    EXPECT_NE(owner().get("/agentflow/" + flow).at("role"), "auditor");
    EXPECT_EQ(change_flow(flow).at("role"), "auditor");
}

TEST_F(AuditApi, secrets_are_in_no_row) {
    const std::string token = "canary-token-of-a-connector";
    const Reply made = owner().post(in_project("/actions/restful/config"),
                                    {{"name", "Canary"},
                                     {"config",
                                      {{"base_url", "https://api.example.com"},
                                       {"auth", {{"type", "bearer"}, {"token", token}}},
                                       {"secrets", {{"second", "canary-second-secret"}}}}}});
    ASSERT_EQ(made.status, 200) << made.text;
    const Reply key = owner().post("/apikey", {{"name", "k"}, {"scopes", json::array{"editor"}}});
    TestClient editor(server_->url(), key.at("secret_key"));
    editor.post(in_project("/agentflow/"), {{"name", "by the new key"}});
    const std::string all = to_text(rows(owner()));
    EXPECT_NE(all.find("auth.token"), std::string::npos); // its name is there
    for (const std::string& secret : {token, std::string("canary-second-secret"),
                                      key.at("secret_key"), std::string(WholeServer::key)})
        EXPECT_EQ(all.find(secret), std::string::npos) << secret;
    const json::array made_by_it = rows(owner(), "&what=agentflows.create");
    EXPECT_EQ(text_or(made_by_it[0].at("who"), "_id"), key.at("_id"));
}

TEST_F(AuditApi, what_waits_for_events_and_people_is_told_of) {
    const Reply skills =
        owner().get("/skills/category?projectId=" + project_ + "&category=flow&limit=50");
    std::string waiting;
    for (const json::value& each : skills.body.as_array())
        if (text_or(each.at("actions").at(0), "sort") == "wait_for_event")
            waiting = text_or(each, "_id");
    const json::object agent{
        {"title", "Waits"}, {"prompt", {{"template", "Wait."}}}, {"skills", json::array{waiting}}};
    const Reply flow = owner().post(in_project("/agentflow/"),
                                    {{"name", "waits"}, {"agents", json::array{agent}}});
    const Reply run = owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")},
                                                     {"input_variables", {{"name", "paid"}}}});
    Reply told;
    for (int i = 0; i < 6'000 && told.status != 200; ++i, usleep(5'000))
        told = owner().post("/execute_flow/" + run.at("_id") + "/event", {{"name", "paid"}});
    const json::array rows = rows_of(told);
    ASSERT_EQ(rows.size(), 1U) << told.text;
    EXPECT_EQ(text_or(rows[0], "what"), "executions.event");
    EXPECT_EQ(text_or(rows[0], "object"), run.at("_id"));
}

TEST_F(AuditApi, a_project_is_gone_and_its_rows_are_not) {
    const std::string project = new_project();
    owner().post("/agentflow?projectID=" + project, {{"name", "gone"}});
    EXPECT_EQ(owner().send(http::Method::delete_, "/v1/project/" + project).status, 200);
    json::array left;
    for (int i = 0; i < 6'000 && left.size() < 3; ++i, usleep(5'000))
        left = rows(owner(), "&projectID=" + project);
    ASSERT_EQ(left.size(), 3U) << to_text(left);
    EXPECT_EQ(text_or(left[0], "what"), "projects.removed");
    EXPECT_EQ(text_or(left[0].at("who"), "type"), "system");
    EXPECT_EQ(text_or(left[1], "what"), "projects.delete");
    EXPECT_EQ(text_or(left[2], "what"), "agentflows.create");
}

namespace {

/// A `weft serve` that is killed, and the commands on its directory.
class AuditCommand : public ::testing::Test {
protected:
    static constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";

    void start() {
        server_ = std::make_unique<WeftProcess>(
            std::vector<std::string>{"serve", "--data", data().string(), "--listen", "127.0.0.1:0",
                                     "--log-level", "error"},
            out(), std::vector<std::string>{std::string("WEFT_BOOTSTRAP_API_KEY=") + key});
        client_ = std::make_unique<TestClient>(server_->url(), key, TestClient::Answers::unchecked);
    }
    void kill() {
        server_->kill(SIGKILL);
        server_->wait();
    }
    std::filesystem::path data() const { return directory_.path() / "data"; }
    std::string out() { return directory_.path() / fmt::format("out{}", ++outputs_); }

    struct Said {
        int exit = -1;
        std::string output;
        std::string errors;
    };
    Said weft(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
        arguments.insert(arguments.end(), {"--data", data().string()});
        WeftProcess process(std::move(arguments), out(), std::move(environment));
        const int exit = process.wait();
        return {exit, process.output(), process.errors()};
    }
    std::int64_t verified_rows() {
        const Said said = weft({"audit", "verify", "--json"});
        EXPECT_EQ(said.exit, 0) << said.errors;
        const auto report = parse_json(said.output);
        return report ? int_or(report->at("organizations").at(0), "rows") : -1;
    }

    testing::TemporaryDirectory directory_;
    int outputs_ = 0;
    std::unique_ptr<WeftProcess> server_;
    std::unique_ptr<TestClient> client_;
};

} // namespace

TEST_F(AuditCommand, verifies_what_the_server_and_the_commands_wrote) {
    start();
    const Reply flow = client_->post("/agentflow/", {{"name", "one"}});
    EXPECT_EQ(flow.status, 200);
    const std::string organization = flow.at("organization_id");
    kill();
    EXPECT_EQ(verified_rows(), 2); // the first start's and the flow's
    const Said made = weft({"apikey", "create", "--name", "second", "--json"});
    ASSERT_EQ(made.exit, 0) << made.errors;
    const json::value second = parse_json(made.output).value_or(nullptr);
    const std::string id(text_or(second, "_id"));
    EXPECT_EQ(weft({"apikey", "revoke", id}).exit, 0);
    const Said whole = weft({"audit", "verify"});
    EXPECT_EQ(whole.exit, 0);
    EXPECT_NE(whole.output.find("The audit log is whole: 4 rows of 1 organizations."),
              std::string::npos)
        << whole.output;
    start();
    const Reply told = client_->get("/audit?object=" + id);
    EXPECT_EQ(text_or(told.body.at("audit").at(0), "what"), "api_keys.revoke");
    EXPECT_EQ(text_or(told.body.at("audit").at(1).at("who"), "name"), "weft apikey");
    kill();

    run_sql(data(), "UPDATE audit SET what = 'projects.update' WHERE seq = 2");
    const Said changed = weft({"audit", "verify"});
    EXPECT_EQ(changed.exit, 1);
    EXPECT_TRUE(changed.errors.starts_with("weft audit: Organization " + organization +
                                           ": row 2 was changed.\n"))
        << changed.errors << organization;
    run_sql(data(), "DELETE FROM audit WHERE seq = 2");
    EXPECT_NE(weft({"audit", "verify"}).errors.find(": row 2 is missing.\n"), std::string::npos);
}

TEST_F(AuditCommand, says_why_it_cannot_look) {
    const Said none = weft({"audit", "verify"});
    EXPECT_EQ(none.exit, 3);
    EXPECT_TRUE(none.errors.starts_with("weft audit: ")) << none.errors;
}

// Acknowledged is in the chain, and whatever the moment, the chain is whole.
TEST_F(AuditCommand, kill_9_leaves_the_chain_whole) {
    std::atomic<std::int64_t> acknowledged{0};
    for (int round = 0; round < 8; ++round) {
        start();
        std::vector<std::thread> clients;
        for (int i = 0; i < 3; ++i)
            clients.emplace_back([&, url = server_->url()] {
                TestClient client(url, key, TestClient::Answers::unchecked);
                while (client.post("/agentflow/", {{"name", "killed"}}).status == 200)
                    ++acknowledged;
            });
        const std::int64_t before = acknowledged;
        while (acknowledged < before + 5 + round * 3) usleep(500);
        kill();
        for (std::thread& each : clients) each.join();
        EXPECT_GT(verified_rows(), acknowledged); // one more: the first start's
    }
}

} // namespace weft
