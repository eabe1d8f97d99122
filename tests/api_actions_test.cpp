// Actions over the API and in runs: by hand, an action of one's own, a web service with secrets,
// an agent that calls it, a stop in the middle, and no secret in anything that comes back.
#include "api_world.h"
#include "support/fault_server.h"

#include <fstream>
#include <sstream>

namespace weft {

using testing::FaultServer;
using testing::Scripted;
using testing::SeenRequest;

class Actions : public Api {
protected:
    static void SetUpTestSuite() {
        server::Settings settings = prepare();
        settings.allow_private_network = true;
        data_ = settings.data;
        server_ = new WholeServer(settings);
        stranger_ = new TestClient(server_->url(), stranger_key);
        viewer_ = new TestClient(server_->url(), viewer_key);
        nobody_ = new TestClient(server_->url(), "");
    }

    Reply configure(const json::object& config, const std::string& name = "Service") {
        return owner().post(in_project("/actions/restful/config"),
                            {{"name", name}, {"config", config}});
    }
    Reply run(const std::string& path, const json::object& input) {
        return owner().post(in_project("/actions/" + path), input);
    }
    /// An execution of one agent with this skill, at its end (or in `status`).
    std::string start(const std::string& skill, const json::object& inputs) {
        const json::object agent{{"title", "Doer"},
                                 {"prompt", {{"template", "Do it."}}},
                                 {"skills", json::array{skill}}};
        const std::string flow =
            owner()
                .post(in_project("/agentflow/"), {{"name", "does"}, {"agents", json::array{agent}}})
                .at("_id");
        return owner()
            .post(in_project("/execute_flow"),
                  {{"agentflow_id", flow}, {"goal", "Do it."}, {"input_variables", inputs}})
            .at("_id");
    }
    static Scripted body(std::string text, int status = 200) {
        Scripted answer;
        answer.status = status;
        answer.raw_body = std::move(text);
        return answer;
    }

    static inline std::filesystem::path data_;
};

TEST_F(Actions, every_operation_knows_who_asks) {
    struct Case {
        std::string path;
        std::string body;
        int viewer;
        int owner;
    };
    const std::string in = "?projectID=" + project_;
    configure({{"base_url", "https://api.test"}}, "Guarded");
    const Case cases[] = {
        {"/actions/files/list" + in, "", 403, 200},
        {"/actions/content_creator/write" + in, R"({"instructions":"x"})", 403, 200},
        {"/action" + in, R"({"name":"Guarded one","url":"/x"})", 403, 200},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(nobody_->send(http::Method::post, each.path, each.body).status, 401);
        EXPECT_EQ(stranger_->send(http::Method::post, each.path, each.body).status, 404);
        EXPECT_EQ(viewer_->send(http::Method::post, each.path, each.body).status, each.viewer);
        EXPECT_EQ(owner().send(http::Method::post, each.path, each.body).status, each.owner)
            << each.path;
    }
    const Reply made = owner().post("/action" + in, {{"name", "Seen by few"}, {"url", "/x"}});
    const std::string path = "/action/" + made.at("_id");
    EXPECT_EQ(nobody_->get(path).status, 401);
    EXPECT_EQ(stranger_->get(path).status, 404);
    EXPECT_EQ(viewer_->get(path).status, 200);
    EXPECT_EQ(owner().get(path).at("sort"), "seen_by_few");
}

TEST_F(Actions, one_action_runs_now) {
    owner().post(in_project("/create/table"),
                 {{"table_name", "things"}, {"columns", json::array{{{"column_name", "n"}}}}});
    const Reply put = run("tables/insert_records", {{"table", "things"},
                                                    {"records", json::array{{{"n", "1"}}}},
                                                    {"projectID", project_},
                                                    {"executed_by", "me"}});
    EXPECT_EQ(int_or(put.body, "inserted"), 1) << put.text;
    const std::string id = [&] {
        const Reply groups = owner().get("/connectors/" + project_);
        for (const json::value& group : groups.body.as_array())
            if (text_or(group, "category") == "tables")
                return std::string(text_or(group.at("accountDetails").at(0), "connectorID"));
        return std::string();
    }();
    const Reply count = owner().post("/actions/tables/count_records/" + id, {{"table", "things"}});
    EXPECT_EQ(int_or(count.body, "count"), 1) << count.text;
    const Reply text = run("content_creator/write", {{"instructions", "A toast."}});
    EXPECT_TRUE(text.at("content").contains("not a language model")) << text.text;

    struct Case {
        std::string path;
        json::object input;
        std::string expected;
        std::string said;
    };
    const Case cases[] = {
        {"tables/count_records", {}, "422 invalid", "table"},
        {"tables/count_records", {{"table", 7}}, "422 invalid", "table"},
        {"tables/count_records", {{"table", "no"}}, "404 not_found", "table"},
        {"tables/drop", {}, "404 not_found", "no action drop of tables"},
        {"telepathy/send", {}, "404 not_found", "no action send of telepathy"},
        {"files/list/" + id, {}, "404 not_found", "connector"},
        {"tables/count_records/" + std::string(24, 'f'), {{"table", "x"}}, "404 not_found", ""},
    };
    for (const Case& each : cases) {
        const Reply reply = run(each.path, each.input);
        EXPECT_EQ(code_of(reply), each.expected) << each.path << reply.text;
        EXPECT_TRUE(reply.at("detail").contains(each.said)) << reply.text;
    }
}

TEST_F(Actions, a_connector_that_is_not_active_does_nothing) {
    FaultServer service({body("{}")});
    const Reply pending = configure({}, "Later");
    EXPECT_EQ(pending.at("status"), "pending");
    const std::string path = "restful/get/" + pending.at("_id");
    EXPECT_EQ(code_of(run(path, {{"path", "/x"}})), "409 conflict");
    EXPECT_EQ(code_of(owner().post(in_project("/connectors/change_status"),
                                   {{"connectorID", pending.at("_id")}, {"new_status", "active"}})),
              "409 conflict");
    EXPECT_EQ(configure({{"base_url", service.base_url()}}, "Later").at("status"), "active");
    EXPECT_EQ(run(path, {{"path", "/x"}}).status, 200);
    owner().post(in_project("/connectors/change_status"),
                 {{"connectorID", pending.at("_id")}, {"new_status", "inactive"}});
    const Reply off = run(path, {{"path", "/x"}});
    EXPECT_EQ(code_of(off), "409 conflict");
    EXPECT_EQ(off.at("detail"), "The connector Later is switched off: set its status to active.");
    EXPECT_EQ(service.requests().size(), 1U);
}

TEST_F(Actions, an_action_of_ones_own_is_checked_and_described) {
    const std::string id = configure({{"base_url", "https://api.test"}}, "Own").at("_id");
    const json::object whole{{"name", "Open an issue"},
                             {"connector_id", id},
                             {"description", "Opens an issue."},
                             {"method", "post"},
                             {"url", "/issues"},
                             {"body", {{"title", "{{title}}"}}},
                             {"input_schema", {{"fields", json::array{{{"field_id", "title"}}}}}}};
    const Reply made = owner().post(in_project("/action"), whole);
    ASSERT_EQ(made.status, 200) << made.text;
    EXPECT_EQ(made.at("endpoint"), "/restful/open_an_issue");
    EXPECT_EQ(made.at("effect"), "once");
    const Reply skill = owner().get("/skills/" + made.at("skill_id"));
    EXPECT_EQ(skill.at("name"), "Own - Open an issue");
    EXPECT_EQ(text_or(skill.body.at("actions").at(0), "_id"), made.at("_id"));
    const Reply all =
        owner().post(in_project("/skills"), {{"name", "Everything"}, {"connector_id", id}});
    EXPECT_EQ(all.body.at("actions").as_array().size(), 3U) << all.text;

    EXPECT_EQ(code_of(owner().post(in_project("/action"), whole)), "409 conflict");
    struct Case {
        std::string member;
        json::value value;
        std::string expected;
        std::string field;
    };
    const Case cases[] = {
        {"type", "code", "501 not_implemented", ""},
        {"name", "Get", "422 invalid", "sort"},
        {"url", "https://elsewhere.test", "422 invalid", "url"},
        {"connector_id", "ffffffffffffffffffffffff", "422 invalid", "connector_id"},
        {"body", "{{secrets.k}}", "422 invalid", "body"},
    };
    for (const Case& each : cases) {
        json::object action = whole;
        action["name"] = "Another";
        action[each.member] = each.value;
        const Reply refused = owner().post(in_project("/action"), action);
        EXPECT_EQ(code_of(refused), each.expected) << refused.text;
        if (!each.field.empty())
            EXPECT_EQ(text_or(refused.body.at("errors").at(0), "field"), each.field)
                << refused.text;
    }
}

TEST_F(Actions, by_hand_nothing_that_may_have_happened_is_offered_again) {
    FaultServer service({body("down", 500)});
    const std::string id = configure({{"base_url", service.base_url()}}, "Down").at("_id");
    const Reply once =
        run("restful/request/" + id, {{"method", "POST"}, {"path", "/x"}, {"body", {{"a", 1}}}});
    EXPECT_EQ(code_of(once), "409 conflict") << once.text;
    EXPECT_TRUE(once.at("detail").contains("It may have happened")) << once.text;
    EXPECT_EQ(code_of(run("restful/get/" + id, {{"path", "/x"}})), "503 unavailable");
}

TEST_F(Actions, an_agent_calls_a_web_service) {
    FaultServer service(
        [](const SeenRequest& seen) { return body(R"({"made":true,"got":)" + seen.body + "}"); });
    const std::string id = configure({{"base_url", service.base_url()}}, "Issues").at("_id");
    const Reply action =
        owner().post(in_project("/action"),
                     {{"name", "Open"},
                      {"connector_id", id},
                      {"method", "POST"},
                      {"url", "/projects/{{where}}/issues"},
                      {"body", {{"title", "{{title}}"}}},
                      {"input_schema",
                       {{"fields", json::array{{{"field_id", "where"}, {"required", true}},
                                               {{"field_id", "title"}, {"required", true}}}}}}});
    const std::string run =
        start(action.at("skill_id"), {{"where", "a/../b"}, {"title", R"(Say "hi", {{title}})"}});
    const Reply refused = server_->wait_for(run);
    EXPECT_EQ(service.requests().size(), 0U) << refused.text; // a way out of the path
    const Reply done = server_->wait_for(
        start(action.at("skill_id"), {{"where", "a/b"}, {"title", R"(Say "hi", {{title}})"}}));
    EXPECT_EQ(done.at("status"), "completed") << done.text;
    ASSERT_EQ(service.requests().size(), 1U) << done.text;
    EXPECT_EQ(service.requests()[0].target, "/v1/projects/a%2Fb/issues");
    EXPECT_EQ(service.requests()[0].body, R"({"title":"Say \"hi\", {{title}}"})");
    EXPECT_TRUE(done.text.contains(R"("made":true)")) << done.text;

    // Gone is gone, also for flows that were saved before.
    owner().send(http::Method::delete_, "/connector/" + id, "");
    const std::string skill = action.at("skill_id");
    EXPECT_EQ(code_of(owner().get("/skills/" + skill)), "404 not_found");
    const Reply again = owner().post(in_project("/execute_flow"),
                                     {{"agentflow_id", done.body.at("agentflow_id")},
                                      {"input_variables", {{"where", "a"}, {"title", "b"}}}});
    const Reply failed = server_->wait_for(again.at("_id"));
    EXPECT_EQ(failed.at("status"), "failed") << failed.text;
    EXPECT_TRUE(failed.text.contains("There is no such connector")) << failed.text;
    EXPECT_EQ(service.requests().size(), 1U);
}

TEST_F(Actions, a_run_repeats_only_what_did_not_happen) {
    int calls = 0;
    FaultServer service([&calls](const SeenRequest& seen) {
        Scripted busy = body("busy", seen.method == "GET" ? 503 : 500);
        if (seen.method == "GET") busy.headers.emplace_back("retry-after", "1");
        return seen.method == "GET" && ++calls > 1 ? body(R"({"fine":true})") : busy;
    });
    const std::string id = configure({{"base_url", service.base_url()}}, "Busy").at("_id");
    auto skill_of = [&](const std::string& name, const std::string& method) {
        return owner()
            .post(in_project("/action"),
                  {{"name", name}, {"connector_id", id}, {"method", method}, {"url", "/x"}})
            .at("skill_id");
    };
    const Reply read = server_->wait_for(start(skill_of("Look", "GET"), {}));
    EXPECT_EQ(read.at("status"), "completed") << read.text;
    EXPECT_EQ(service.requests().size(), 2U);
    const Reply sent = server_->wait_for(start(skill_of("Send", "POST"), {}));
    EXPECT_EQ(sent.at("status"), "failed") << sent.text;
    EXPECT_EQ(service.requests().size(), 3U);
}

TEST_F(Actions, a_stop_in_the_middle_of_a_call_closes_its_socket) {
    Scripted silent;
    silent.fault = Scripted::Fault::never_answers;
    FaultServer service({silent});
    const std::string id = configure({{"base_url", service.base_url()}}, "Silent").at("_id");
    const Reply action = owner().post(in_project("/action"),
                                      {{"name", "Wait"}, {"connector_id", id}, {"url", "/x"}});
    const std::string run = start(action.at("skill_id"), {});
    ASSERT_TRUE(service.wait_hanging());
    EXPECT_EQ(owner().post("/execute_flow/" + run + "/cancel").at("status"), "cancelled");
    EXPECT_TRUE(service.wait_all_closed());
    EXPECT_EQ(server_->wait_for(run).at("status"), "cancelled");
    EXPECT_EQ(service.requests().size(), 1U);
}

TEST_F(Actions, what_a_writing_action_used_is_counted_in_the_run) {
    const Reply skills =
        owner().get("/skills/category?category=content_creator&projectId=" + project_);
    const Reply done = server_->wait_for(
        start(std::string(text_or(skills.body.at(0), "_id")), {{"instructions", "A toast."}}));
    EXPECT_EQ(done.at("status"), "completed") << done.text;
    EXPECT_TRUE(done.text.contains("content_creator_write")) << done.text;
    // Two turns of the agent's model, and the text between them, which says what it used itself.
    const json::value* output = find(done.body.at("agents_output").at(0), "data");
    output = output ? find(*output, "content_creator_write") : nullptr;
    ASSERT_TRUE(output) << done.text;
    const Reply alone = server_->wait_for(
        start(owner().post(in_project("/skills"), {{"name", "Nothing"}}).at("_id"), {}));
    EXPECT_GT(int_or(done.body.at("usage"), "output_tokens"),
              int_or(alone.body.at("usage"), "output_tokens") + int_or(*output, "output_tokens"));
}

/// A service that repeats all it was sent, well and badly.
Scripted echo(const SeenRequest& seen, int status) {
    std::string headers;
    for (const auto& [name, value] : seen.headers) headers += name + ": " + value + "; ";
    Scripted answer;
    answer.status = status;
    answer.raw_body = to_text(json::object{{"target", seen.target}, {"headers", headers}});
    answer.headers.emplace_back("x-request-id", seen.header("authorization"));
    return answer;
}

TEST_F(Actions, no_secret_comes_back_by_any_way) {
    const std::string canaries[] = {"canary-4b1d-token", "canary-77aa-named"};
    ::testing::internal::CaptureStderr();
    std::string seen_by_clients;
    auto note = [&](const Reply& reply) {
        seen_by_clients += reply.text + "\n";
        return reply;
    };
    {
        FaultServer service([](const SeenRequest& seen) {
            return echo(seen, seen.target.contains("/fine")  ? 200
                              : seen.target.contains("/401") ? 401
                                                             : 404);
        });
        const json::object config{{"base_url", service.base_url()},
                                  {"auth", {{"type", "bearer"}, {"token", canaries[0]}}},
                                  {"query", {{"k", "{{secrets.named}}"}}},
                                  {"secrets", {{"named", canaries[1]}}}};
        const std::string id = note(configure(config, "Canary")).at("_id");
        json::object wrong = config;
        wrong["secrets"] = json::object{{"named", canaries[1] + "\n"}};
        EXPECT_EQ(note(configure(wrong, "Canary")).status, 422);
        note(owner().get("/connector/" + id));
        note(owner().get("/actions/restful/config/" + id));
        note(owner().get("/connectors/" + project_));
        const Reply action = note(owner().post(
            in_project("/action"),
            {{"name", "Echo"},
             {"connector_id", id},
             {"url", "/{{where}}"},
             {"headers", {{"X-Named", "{{secrets.named}}"}}},
             {"input_schema",
              {{"fields", json::array{{{"field_id", "where"}, {"required", true}}}}}}}));
        for (const char* where : {"fine", "404", "401"}) {
            const std::string run = start(action.at("skill_id"), {{"where", where}});
            const Reply done = note(server_->wait_for(run));
            note(owner().get("/task/" + done.at("task_id")));
            note(owner().get("/execute_flow/" + run + "/events"));
            EXPECT_EQ(done.at("status"), where == std::string("401") ? "failed" : "completed");
            note(owner().post("/actions/restful/echo/" + id, {{"where", where}}));
            note(owner().post("/connectors/change_status",
                              {{"connectorID", id}, {"new_status", "active"}}));
            note(owner().post("/actions/restful/get/" + id, {{"path", "/" + std::string(where)}}));
            note(owner().get("/connector/" + id));
            note(configure(config, "Canary"));
        }
        ASSERT_EQ(service.requests().size(), 8U); // not the call after the run that met 401
        for (const SeenRequest& seen : service.requests()) {
            EXPECT_EQ(seen.header("authorization"), "Bearer " + canaries[0]);
            EXPECT_TRUE(seen.target.ends_with("k=" + canaries[1])) << seen.target;
        }
    }
    const std::string logged = ::testing::internal::GetCapturedStderr();
    EXPECT_TRUE(seen_by_clients.contains("********"));
    for (const std::string& canary : canaries) {
        EXPECT_FALSE(seen_by_clients.contains(canary)) << seen_by_clients;
        EXPECT_FALSE(logged.contains(canary)) << logged;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(data_)) {
            if (!entry.is_regular_file()) continue;
            std::stringstream bytes;
            bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
            EXPECT_FALSE(bytes.str().contains(canary)) << entry.path();
        }
    }
}

} // namespace weft
