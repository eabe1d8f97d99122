// Answers against their documented schemas, and the small print of the contract: what clients send
// beside what is documented, identifiers that are nobody's, limits.
#include "api_schema.h"
#include "api_world.h"

#include <set>

namespace weft {

namespace {

json::value ids_in(const json::value& list, std::string_view name) {
    json::array ids;
    for (const json::value& each : list.as_array()) ids.push_back(each.at(name));
    return ids;
}

} // namespace

class ApiShapes : public Api {
protected:
    static void SetUpTestSuite() {
        Api::SetUpTestSuite();
        schemas_ = new testing::SchemaCheck(server_->owner().get("/openapi.json").body);
    }
    static void TearDownTestSuite() {
        delete std::exchange(schemas_, nullptr);
        Api::TearDownTestSuite();
    }

    /// Sends and compares the answer with the schema of the operation at the templated path.
    Reply call(http::Method method, std::string path_template, const json::value& body = nullptr,
               const std::string& query = {}) {
        std::string path = path_template;
        for (const auto& [name, id] : names_)
            if (const auto at = path.find("{" + name + "}"); at != path.npos)
                path.replace(at, name.size() + 2, id);
        Reply reply = owner().send(method, path + query, body.is_null() ? "" : to_text(body));
        const std::string verb = method == http::Method::get ? "get" : "post";
        EXPECT_EQ(schemas_->faults(path_template, verb, reply.status, reply.body), "")
            << path << "\n"
            << reply.text;
        return reply;
    }
    Reply get(std::string path_template, const std::string& query = {}) {
        return call(http::Method::get, std::move(path_template), nullptr, query);
    }
    Reply post(std::string path_template, const json::value& body = nullptr,
               const std::string& query = {}) {
        return call(http::Method::post, std::move(path_template), body, query);
    }
    /// An execution that was not started, so that nothing of it moves.
    Reply held(const std::string& flow, const json::value& parent = nullptr) {
        return owner().post(
            "/execute_flow",
            {{"agentflow_id", flow}, {"autostart", false}, {"parent_execution_id", parent}});
    }

    std::map<std::string, std::string> names_{{"P", project_}};
    static inline testing::SchemaCheck* schemas_ = nullptr;
};

TEST_F(ApiShapes, answers_are_as_their_schemas_say) {
    get("/health");
    const Reply skills = get("/skills", "?limit=500");
    ASSERT_FALSE(skills.body.as_array().empty());
    const Reply made = post("/agentflow", {{"name", "documented"}, {"agents", json::array()}},
                            "?projectID=" + project_);
    names_["AF"] = made.at("_id");
    post("/agentflow/{AF}/skilled", {{"title", "Insert"},
                                     {"prompt", {{"template", "Work."}}},
                                     {"skills", json::array{skills.body.at(0).at("_id")}}});
    const Reply flow =
        post("/agentflow/{AF}/skilled", {{"title", "Tell"}, {"prompt", {{"template", "Say."}}}});
    names_["agent"] = text_or(flow.body.at("agents").at(1), "_id");
    post("/agentflow/{AF}/update/skilled/{agent}", {{"role", "Writer"}});
    get("/agentflow/{AF}");
    get("/agentflows");

    const Reply started = post("/execute_flow", {{"agentflow_id", names_["AF"]}, {"goal", "try"}});
    names_["E"] = started.at("execution_id");
    names_["id"] = started.at("task_id");
    server_->wait_for(names_["E"]);
    const Reply done = get("/execute_flow/{E}");
    EXPECT_EQ(done.body.at("agents_output").as_array().size(), 2U) << done.text;
    get("/{P}/execution_flows", "?limit=3");
    post("/execute_flow/{E}/execute");
    post("/execute_flow/{E}/cancel");
    post("/execute_flow/{E}");
    EXPECT_EQ(post("/execute_flow/{E}/pause").status, 409);
    get("/tasks/{P}");
    get("/tasks");
    get("/task/{id}");
    post("/task/{id}/stop");
    EXPECT_EQ(post("/task/{id}/resume").status, 409);
}

TEST_F(ApiShapes, tables_records_and_files_are_as_their_schemas_say) {
    const json::array columns{
        {{"column_name", "Kind Of"}, {"column_type", "enum"}, {"enum_options", json::array{"a"}}},
        {{"column_name", "More"}, {"column_type", "Object"}, {"column_id", "more"}}};
    const Reply table = post("/create/table", {{"table_name", "a / b"}, {"columns", columns}});
    names_["T"] = "a%20%2F%20b";
    EXPECT_EQ(post("/storage/{P}/{T}", {{"kind_of", "a"}, {"more", {{"k", 1}}}}).status, 200);
    EXPECT_EQ(post("/storage/{P}/{T}", json::array{{{"kind_of", "a"}}}, "/").status, 200);
    EXPECT_EQ(get("/storage/{P}/{T}").text,
              owner().get("/storage/" + project_ + "/" + table.at("_id")).text);
    get("/storage/{P}");
    get("/storage/{P}/names");
    EXPECT_EQ(code_of(post("/create/table", {{"table_name", "a / b"}})), "409 conflict");

    const Reply uploaded =
        post("/files/upload", {{"filenames", json::array{"n.txt"}}, {"org_id", "x"}},
             "?container_name=c&projectID=" + project_);
    names_["F"] = text_or(uploaded.body.at("files").at(0), "_id");
    EXPECT_EQ(get("/file/{F}", "/?projectID=" + project_).at("projectID"), project_);
    EXPECT_EQ(get("/triggers/connector/{C}").status, 501);
}

TEST_F(ApiShapes, a_call_that_told_its_agent_off_says_so) {
    const Reply skills = owner().get("/skills/?name=Tables%20-%20Insert%20records");
    const Reply flow =
        owner().post(in_project("/agentflow/"),
                     {{"name", "no table"},
                      {"agents", json::array{{{"title", "Insert"},
                                              {"prompt", {{"template", "Insert them."}}},
                                              {"skills", ids_in(skills.body, "_id")}}}}});
    const Reply started = owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")}});
    const Reply done = server_->wait_for(started.at("_id"));
    const json::value& call = done.body.at("agents_output").at(0).at("skill_calls").at(0);
    EXPECT_EQ(text_or(call, "error"), "There is no such table.") << done.text;
}

TEST_F(ApiShapes, a_task_shows_its_executions_as_a_tree) {
    const std::string flow = new_flow("family");
    const Reply top = held(flow);
    json::array expected;
    for (int i = 0; i < 3; ++i)
        expected.push_back(held(flow, top.body.at("execution_id")).body.at("_id"));
    const Reply grandchild = held(flow, expected[1]);
    names_["id"] = top.at("task_id");
    const Reply task = get("/task/{id}");
    EXPECT_EQ(task.body.at("execution_ids").as_array().size(), 5U);
    EXPECT_EQ(task.body.at("executions").as_array().size(), 5U);
    ASSERT_EQ(task.body.at("execution_nodes").as_array().size(), 1U) << task.text;
    const json::value& root = task.body.at("execution_nodes").at(0);
    EXPECT_EQ(text_or(root, "_id"), top.at("_id"));
    EXPECT_EQ(ids_in(root.at("children"), "_id"), json::value(expected));
    EXPECT_EQ(ids_in(root.at("children").at(1).at("children"), "_id"),
              json::value(json::array{grandchild.body.at("_id")}));
    const Reply stopped = post("/task/{id}/stop");
    EXPECT_EQ(stopped.at("status"), "cancelled");
    EXPECT_EQ(stopped.body.at("execution_nodes"), task.body.at("execution_nodes"));
}

TEST_F(ApiShapes, what_clients_send_besides_is_accepted) {
    http::Headers odd;
    odd.set("content-type", "Application/JSON ; charset=UTF-8");
    const Reply flow = owner().send(http::Method::post, in_project("/agentflow/") + "&zz=1",
                                    R"({"name":"odd","zz":{"y":[1]},"executed_by":7})", odd);
    ASSERT_EQ(flow.status, 200) << flow.text;
    const std::string path = "/agentflow/" + flow.at("_id");
    const std::string display = R"([{"type":"paragraph","children":[{"text":"hi"}]}])";
    const Reply agent = owner().post(
        path + "/skilled/?zz=1", {{"_id", "AABBCCDDEEFF001122334455"},
                                  {"title", "A"},
                                  {"agent_type", "skilled"},
                                  {"prompt", {{"template", "hi"}, {"display_template", display}}},
                                  {"zz", nullptr}});
    ASSERT_EQ(agent.status, 200) << agent.text;
    EXPECT_EQ(agent.at("initialAgent"), "aabbccddeeff001122334455");
    const json::value& shown = agent.body.at("agents").at(0);
    EXPECT_EQ(text_or(shown, "agent_type"), "skilled_agent");
    EXPECT_EQ(text_or(shown.at("prompt"), "display_template"), display);

    EXPECT_EQ(owner().send(http::Method::get, path + "/", R"({"projectID":"x"})").status, 200);
    const json::value started{{"agentflow_id", flow.at("_id")},
                              {"executed_by", "anyone at all"},
                              {"zz", 1},
                              {"goal", nullptr},
                              {"files", nullptr},
                              {"start_from_agent_id", ""},
                              {"parent_execution_id", ""},
                              {"input_variables", nullptr},
                              {"autostart", false}};
    const Reply run = owner().post("/execute_flow/", started);
    ASSERT_EQ(run.status, 200) << run.text;
    EXPECT_EQ(text_or(run.body.at("executed_by"), "name"), "anyone at all");
    EXPECT_TRUE(run.body.at("parent_execution_id").is_null());
    EXPECT_EQ(
        owner()
            .send(http::Method::delete_, "/storage/" + project_ + "/x", R"({"storage_ids":[]})")
            .status,
        404); // there is no such table
}

TEST_F(ApiShapes, an_id_of_zeros_is_nobodys_and_foreign_ids_look_like_absent_ones) {
    const std::string zeros(24, '0');
    EXPECT_EQ(code_of(owner().get("/storage/" + zeros)), "404 not_found");
    EXPECT_EQ(code_of(owner().get("/tasks/" + zeros)), "404 not_found");
    EXPECT_EQ(code_of(owner().get("/agentflows?projectID=" + zeros)), "422 invalid");
    const std::string flow = new_flow("hidden");
    const std::string absent(24, 'f');
    for (const char* path : {"/agentflow/", "/execute_flow/", "/task/", "/file/"})
        EXPECT_EQ(stranger_->get(path + flow).at("detail"),
                  stranger_->get(path + absent).at("detail"))
            << path;
    EXPECT_EQ(stranger_->get("/storage/" + project_).at("detail"),
              stranger_->get("/storage/" + absent).at("detail"));
}

TEST_F(ApiShapes, wrong_fields_are_named_as_they_were_sent) {
    struct Case {
        std::string path;
        std::string body;
        std::string field;
        std::string message;
    };
    const std::string flow = new_flow("fields");
    const std::string absent(24, 'f');
    const Case cases[] = {
        {"/execute_flow", R"({"agentflow_id":""})", "agentflow_id", "Must not be empty."},
        {"/execute_flow", R"({"agentflow_id":"x"})", "agentflow_id",
         "Must be an id of 24 hex digits."},
        {"/execute_flow", R"({"agentflow_id":")" + flow + R"(","files":[")" + absent + R"(","x"]})",
         "files.1", "Must be an id of 24 hex digits."},
        {"/execute_flow", R"({"agentflow_id":")" + flow + R"(","files":[")" + absent + R"("]})",
         "files.0", "There is no such file in this project."},
        {"/execute_flow", R"({"agentflow_id":")" + flow + R"(","parent_execution_id":"x"})",
         "parent_execution_id", "Must be an execution's _id or execution_id."},
        {"/files/upload", R"({"filenames":["a","b\u0007"]})", "filenames.1",
         "must not contain control characters"},
        {"/files/upload", R"({"filenames":["a",1]})", "filenames.1", "Must be text."},
        {"/agentflow/", "null", "body", "Is required."},
        {"/agentflow/", "7", "body", "Must be an object, not number."},
    };
    for (const Case& each : cases) {
        const Reply reply = owner().send(http::Method::post, each.path, each.body);
        EXPECT_EQ(code_of(reply), "422 invalid") << each.body << reply.text;
        const json::value* errors = find(reply.body, "errors");
        ASSERT_TRUE(errors && !errors->as_array().empty()) << reply.text;
        EXPECT_EQ(text_or(errors->at(0), "field"), each.field) << each.body;
        EXPECT_EQ(text_or(errors->at(0), "message"), each.message) << each.body;
    }
    json::array many(10'000, json::value(absent));
    const Reply refused =
        owner().post("/execute_flow", {{"agentflow_id", flow}, {"files", std::move(many)}});
    EXPECT_EQ(text_or(refused.body.at("errors").at(0), "message"), "At most 1000 files.")
        << refused.text;
}

TEST_F(ApiShapes, page_parameters_are_limited_and_selections_are_not_ignored) {
    owner().post(in_project("/create/table"),
                 {{"table_name", "pages"}, {"columns", json::array{{{"column_name", "n"}}}}});
    const std::string path = "/storage/" + project_ + "/pages";
    owner().post(path, json::array{{{"n", "1"}}, {{"n", "2"}}, {{"n", "3"}}});
    auto sizes = [&](const std::string& query) {
        const Reply page = owner().get(path + query);
        return fmt::format("{} {}", page.status, page.body.at("records").as_array().size());
    };
    EXPECT_EQ(sizes("?limit=99999999999999999999999&page=0"), "200 3");
    EXPECT_EQ(sizes("?page=99999999999999999999999&page_size=500"), "200 0");
    EXPECT_EQ(sizes("?page=-99999999999999999999999&page_size=-1&limit=-5"), "200 1");
    EXPECT_EQ(sizes("?page=&page_size=&sort=&sort_key="), "200 3");
    EXPECT_EQ(sizes("?query=&filters={}&search_filters=[]"), "200 3");
    EXPECT_EQ(sizes("?filters=%7B%22n%22%3A%221%22%7D"), "200 1");
    EXPECT_EQ(sizes("?query=one"), "200 0");
    EXPECT_EQ(owner().get("/agentflows?limit=99999&skip=-3").status, 200);
}

TEST_F(ApiShapes, events_resume_after_any_id) {
    const Reply started = owner().post("/execute_flow", {{"agentflow_id", new_flow("far")}});
    server_->wait_for(started.at("_id"));
    http::Headers far;
    far.set("last-event-id", "9223372036854775807");
    const Reply events =
        owner().send(http::Method::get, "/execute_flow/" + started.at("_id") + "/events", "", far);
    EXPECT_EQ(events.status, 200);
    EXPECT_NE(events.text.find("event: status"), std::string::npos) << events.text;
    far.set("last-event-id", "none");
    EXPECT_NE(
        owner()
            .send(http::Method::get, "/execute_flow/" + started.at("_id") + "/events", "", far)
            .text.find("execution.finished"),
        std::string::npos);
}

TEST_F(ApiShapes, refusals_before_any_route_look_the_same) {
    http::Headers long_header;
    long_header.set("x-long", std::string(100'000, 'a'));
    const Reply refused = owner().send(http::Method::get, "/health", "", long_header);
    EXPECT_EQ(refused.status, 431);
    EXPECT_EQ(schemas_->faults_of("Error", refused.body), "") << refused.text;
    EXPECT_EQ(refused.at("request_id"), *refused.headers.find("x-request-id"));
}

TEST_F(ApiShapes, no_two_documented_paths_differ_only_by_names) {
    std::set<std::string> seen;
    const Reply document = owner().get("/openapi.json");
    for (const auto& [path, methods] : document.body.at("paths").as_object()) {
        std::string bare(path);
        for (auto at = bare.find('{'); at != bare.npos; at = bare.find('{', at + 1))
            bare.erase(at + 1, bare.find('}', at) - at - 1);
        EXPECT_TRUE(seen.insert(bare).second) << path;
    }
}

} // namespace weft
