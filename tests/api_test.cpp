// The public API against a whole server: who may call what, what is refused and how, and the
// documented shapes.
#include "api_world.h"

#include "api/api.h"

namespace weft {

TEST_F(Api, every_route_refuses_nobody_the_stranger_and_the_wrong_role) {
    const std::string flow = new_flow("mine");
    const Reply started = owner().post("/execute_flow", {{"agentflow_id", flow}});
    const std::string table = owner()
                                  .post(in_project("/create/table"),
                                        {{"table_name", "guarded"}, {"columns", json::array()}})
                                  .at("_id");
    const std::string record =
        owner().post("/storage/" + project_ + "/guarded", json::object()).at("_id");
    const Reply uploaded =
        owner().post(in_project("/files/upload"), {{"filenames", json::array{"a.txt"}}});
    const std::string file(text_or(uploaded.body.at("files").at(0), "_id"));
    const Reply connectors = owner().get("/connectors/" + project_);
    const std::string connector(
        text_or(connectors.body.at(0).at("accountDetails").at(0), "connectorID"));
    const std::map<std::string, std::string> ids{
        {"AF", flow},
        {"C", connector},
        {"category", "tables"},
        {"action", "count_records"},
        {"E", started.at("_id")},
        {"id", started.at("task_id")},
        {"P", project_},
        {"T", table},
        {"F", file},
        {"agent", flow},
        {"R", record},
        {"member", flow},
        {"n", "1"},
    };
    for (const auto& routes : api::route_tables())
        for (const api::Route& route : routes) {
            if (route.access.kind == api::Access::Kind::everybody) continue;
            std::string path = route.path;
            if (path == "/edit/columns/{id}")
                path = "/edit/columns/" + (route.method == http::Method::put ? project_ : table);
            for (const auto& [name, id] : ids)
                if (const auto at = path.find("{" + name + "}"); at != path.npos)
                    path.replace(at, name.size() + 2, id);
            const std::string body =
                route.method == http::Method::get ? "" : R"({"projectID":")" + project_ + R"("})";
            const std::string what = std::string(to_text(route.method)) + " " + path;
            EXPECT_EQ(code_of(nobody_->send(route.method, path, body)), "401 unauthenticated")
                << what;
            if (route.access.kind != api::Access::Kind::project) {
                if (route.access.role > Role::viewer)
                    EXPECT_EQ(code_of(viewer_->send(route.method, path, body)), "403 forbidden")
                        << what;
                continue;
            }
            const std::string named = in_project(path) + "&projectId=" + project_;
            for (const std::string& sent : {body, std::string("{"), std::string(R"({"_id":7})")}) {
                const Reply foreign = stranger_->send(route.method, named, sent);
                EXPECT_EQ(code_of(foreign), "404 not_found") << what << sent << foreign.text;
                EXPECT_EQ(foreign.text.find("guarded"), std::string::npos) << what;
                if (route.access.role == Role::viewer) continue;
                const Reply weak = viewer_->send(route.method, named, sent);
                EXPECT_EQ(code_of(weak), "403 forbidden") << what << sent << weak.text;
            }
        }
}

TEST_F(Api, answers_501_for_what_is_not_built_yet) {
    int count = 0;
    for (const auto& routes : api::route_tables())
        for (const api::Route& route : routes) {
            if (!route.operation.schema_name ||
                std::string_view(route.operation.schema_name) != "NotYet")
                continue;
            ++count;
            std::string path = route.path;
            for (auto at = path.find('{'); at != path.npos; at = path.find('{'))
                path.replace(at, path.find('}', at) - at + 1, "x");
            const Reply reply = owner().send(route.method, path, "");
            EXPECT_EQ(code_of(reply), "501 not_implemented") << path;
            EXPECT_FALSE(reply.at("detail").empty());
        }
    EXPECT_GT(count, 30);
}

/// One of the lines of GET /metrics, or nothing.
std::optional<double> measured(const std::string& text, const std::string& name) {
    const auto at = text.find("\n" + name + " ");
    if (at == text.npos) return std::nullopt;
    return std::stod(text.substr(at + name.size() + 2));
}

TEST_F(Api, metrics_count_what_the_store_does_for_owners_alone) {
    EXPECT_EQ(code_of(viewer_->get("/metrics")), "403 forbidden");
    const Reply before = owner().get("/metrics");
    ASSERT_EQ(before.status, 200);
    new_flow("counted");
    const Reply after = owner().get("/metrics");
    for (const char* name : {"weft_store_writes_total", "weft_store_commits_total"})
        EXPECT_EQ(measured(after.text, name).value(), measured(before.text, name).value() + 1)
            << name;
    EXPECT_GT(measured(after.text, "weft_store_statements_total").value(),
              measured(before.text, "weft_store_statements_total").value() + 3);
    EXPECT_GT(measured(after.text, "weft_store_longest_hold_seconds").value(), 0);
    std::istringstream lines(after.text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_TRUE(line.starts_with("# ") || line.starts_with("weft_")) << line;
    }
}

TEST_F(Api, refusals_are_plain_and_carry_the_request_id) {
    struct Case {
        http::Method method;
        std::string path, body;
        std::string expected;
        std::string field;
    };
    using enum http::Method;
    const std::string unknown = "6553f1000000010000000000";
    const Case cases[] = {
        {post, "/agentflow/", "{", "400 malformed", ""},
        {post, "/agentflow/", "[]", "422 invalid", "body"},
        {post, "/agentflow/", "{}", "422 invalid", "name"},
        {post, "/agentflow/", R"({"name":7})", "422 invalid", "name"},
        {post, "/agentflow/",
         R"({"name":"x","agents":[{"title":"a","next_agent":")" + unknown + R"("}]})",
         "422 invalid", "agents.0.next_agent"},
        {post, "/agentflow/",
         R"({"name":"x","agents":[{"title":"a","skills":[")" + unknown + R"("]}]})", "422 invalid",
         "agents.0.skills.0"},
        {get, "/agentflow/" + unknown, "", "404 not_found", ""},
        {get, "/agentflow/nonsense", "", "404 not_found", ""},
        {get, "/execute_flow/00000000-0000-4000-8000-000000000000", "", "404 not_found", ""},
        {post, "/execute_flow", R"({"agentflow_id":")" + unknown + R"("})", "404 not_found", ""},
        {post, "/execute_flow", R"({})", "422 invalid", "agentflow_id"},
        {post, "/execute_flow", R"({"agentflow_id":"x"})", "422 invalid", "agentflow_id"},
        {get, "/agentflows?limit=many", "", "422 invalid", "limit"},
        {post, "/create/table",
         R"({"table_name":"t","columns":[{"column_name":"a","column_type":"Blob"}]})",
         "422 invalid", "columns.0.column_type"},
        {get, "/agentflows?skip=%zz", "", "400 malformed", ""},
        {put, "/agentflows", "", "405 method_not_allowed", ""},
        {get, "/no/such/path", "", "404 not_found", ""},
    };
    for (const Case& each : cases) {
        const Reply reply = owner().send(each.method, each.path, each.body);
        EXPECT_EQ(code_of(reply), each.expected) << each.path << " " << each.body << "\n"
                                                 << reply.text;
        EXPECT_FALSE(reply.at("detail").empty()) << each.path;
        ASSERT_TRUE(reply.headers.find("x-request-id")) << each.path;
        EXPECT_EQ(reply.at("request_id"), *reply.headers.find("x-request-id"));
        if (each.field.empty()) continue;
        const json::value* errors = find(reply.body, "errors");
        ASSERT_TRUE(errors && errors->is_array() && !errors->as_array().empty()) << reply.text;
        EXPECT_EQ(text_or(errors->as_array()[0], "field"), each.field) << reply.text;
    }
    http::Headers form;
    form.set("content-type", "text/plain");
    EXPECT_EQ(code_of(owner().send(post, "/agentflow/", "{}", form)), "415 media_type");
    const std::string large(api::json_body_bytes_max + 1, ' ');
    EXPECT_EQ(code_of(owner().send(post, "/agentflow/", large)), "413 too_large");
}

TEST_F(Api, flows_are_made_listed_and_extended_like_a_chain) {
    const std::string flow = new_flow("chain");
    auto add = [&](json::value agent) {
        return owner().post("/agentflow/" + flow + "/skilled", std::move(agent));
    };
    const Reply one = add({{"title", "One"}, {"prompt", {{"template", "first"}}}});
    ASSERT_EQ(one.status, 200) << one.text;
    const std::string first(text_or(one.body.at("agents").at(0), "_id"));
    EXPECT_EQ(one.at("initialAgent"), first);

    const std::string chosen = "0123456789abcdef01234567";
    const Reply two = add({{"_id", chosen}, {"title", "Two"}});
    ASSERT_EQ(two.status, 200) << two.text;
    EXPECT_EQ(text_or(two.body.at("agents").at(0), "next_agent"), chosen);
    EXPECT_EQ(code_of(add({{"_id", chosen}, {"title", "Again"}})), "422 invalid");

    const Reply changed =
        owner().post("/agentflow/" + flow + "/update/skilled/" + chosen, {{"role", "Writer"}});
    ASSERT_EQ(changed.status, 200) << changed.text;
    EXPECT_EQ(text_or(changed.body.at("agents").at(1), "role"), "Writer");
    EXPECT_EQ(text_or(changed.body.at("agents").at(1), "title"), "Two");
    EXPECT_EQ(owner().get("/agentflow/" + flow).text, changed.text);

    const Reply list = owner().get("/agentflows?limit=1");
    EXPECT_EQ(list.body.at("agentflows").as_array().size(), 1U);
    EXPECT_GT(int_or(list.body, "total_count"), 0);
}

TEST_F(Api, a_flow_without_agents_completes_and_both_ids_find_it) {
    const Reply started =
        owner().post("/execute_flow", {{"agentflow_id", new_flow("empty")}, {"goal", "none"}});
    ASSERT_EQ(started.status, 200) << started.text;
    EXPECT_EQ(started.at("status"), "ready");
    for (const char* name : {"agentflow_id",
                             "files",
                             "goal",
                             "schedule",
                             "start_from_agent_id",
                             "input_variables",
                             "task_id",
                             "parent_execution_id",
                             "agentflow",
                             "agents_output",
                             "anomaly_detected",
                             "conclusion",
                             "created_at",
                             "end_time",
                             "executed_by",
                             "execution_context",
                             "execution_id",
                             "goal_template",
                             "_id",
                             "previews",
                             "projectID",
                             "runtime_inputs"})
        EXPECT_TRUE(find(started.body, name)) << name;
    const Reply done = server_->wait_for(started.at("execution_id"));
    EXPECT_EQ(done.at("status"), "completed");
    EXPECT_EQ(owner().get("/execute_flow/" + started.at("_id")).text, done.text);
    const Reply list = owner().get("/" + project_ + "/execution_flows?limit=5&status=completed");
    EXPECT_GT(int_or(list.body, "total_count"), 0);
}

TEST_F(Api, lists_of_runs_and_tasks_hold_what_their_filters_choose) {
    const std::string flow = new_flow("listed");
    const std::string other = new_flow("not listed");
    const auto start = [&](const std::string& of, bool autostart) {
        return owner()
            .post("/execute_flow", {{"agentflow_id", of}, {"autostart", autostart}})
            .at("_id");
    };
    std::vector<std::string> runs;
    for (int i = 0; i < 3; ++i) runs.push_back(start(flow, true));
    for (const std::string& run : runs) server_->wait_for(run, "completed");
    const std::string held = start(flow, false);
    start(other, false);
    const std::string list = "/" + project_ + "/execution_flows?agentflow_id=" + flow;
    const auto shown = [&](const std::string& query) {
        const Reply page = owner().get(list + query);
        std::vector<std::string> ids{std::to_string(int_or(page.body, "total_count"))};
        for (const json::value& run : page.body.at("data").as_array())
            ids.emplace_back(text_or(run, "_id"));
        return ids;
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(shown(""), (Ids{"4", held, runs[2], runs[1], runs[0]}));
    EXPECT_EQ(shown("&status=completed"), (Ids{"3", runs[2], runs[1], runs[0]}));
    EXPECT_EQ(shown("&status=ready"), (Ids{"1", held}));
    EXPECT_EQ(shown("&status=completed&limit=1&skip=1"), (Ids{"3", runs[1]}));
    EXPECT_EQ(shown("&skip=9"), (Ids{"4"}));
    EXPECT_EQ(owner().get(list + "&status=done").status, 422);
    const std::string tasks = "/tasks/" + project_ + "?limit=1&created_by=";
    const Reply mine = owner().get("/tasks/" + project_ + "?limit=1");
    const std::string by(text_or(mine.body.at("tasks").at(0), "created_by"));
    EXPECT_EQ(int_or(owner().get(tasks + by).body, "total_count"),
              int_or(mine.body, "total_count"));
    EXPECT_EQ(int_or(owner().get(tasks + "nobody").body, "total_count", -1), 0);
    const std::string live = owner().get("/tasks/" + project_ + "?status=live").text;
    EXPECT_NE(live.find(held), live.npos);
    EXPECT_EQ(live.find(runs[0]), live.npos);
    EXPECT_EQ(code_of(owner().get("/tasks/" + project_ + "?status=busy")), "422 invalid");
}

TEST_F(Api, pause_resume_and_stop_of_a_run_that_was_not_started) {
    const json::value body{{"agentflow_id", new_flow("held")}, {"autostart", false}};
    const Reply made = owner().post("/execute_flow", body);
    const std::string run = "/execute_flow/" + made.at("execution_id");
    EXPECT_EQ(owner().post(run + "/pause").at("status"), "paused");
    EXPECT_EQ(owner().post(run + "/pause").at("status"), "paused");
    EXPECT_EQ(owner().post(run + "/resume").at("status"), "ready");
    EXPECT_EQ(owner().post("/task/" + made.at("task_id") + "/stop").at("status"), "cancelled");
    EXPECT_EQ(owner().post(run + "/cancel").at("status"), "cancelled"); // unchanged, 200
    EXPECT_EQ(owner().post(run).at("status"), "cancelled");
    EXPECT_EQ(code_of(owner().post(run + "/resume")), "409 conflict");
    EXPECT_EQ(code_of(owner().post("/task/" + made.at("task_id") + "/resume")), "409 conflict");

    const Reply second = owner().post("/execute_flow", body);
    EXPECT_EQ(owner().post("/execute_flow/" + second.at("_id") + "/execute").status, 200);
    EXPECT_EQ(server_->wait_for(second.at("_id")).at("status"), "completed");
}

TEST_F(Api, stop_answers_the_documented_shape) {
    const Reply made = owner().post("/execute_flow",
                                    {{"agentflow_id", new_flow("stopped")}, {"autostart", false}});
    const Reply stopped = owner().post("/task/" + made.at("task_id") + "/stop");
    ASSERT_EQ(stopped.status, 200);
    std::vector<std::string> names;
    for (const auto& [name, value] : stopped.body.as_object()) names.emplace_back(name);
    EXPECT_EQ(names, (std::vector<std::string>{"_id", "projectID", "created_at", "updated_at",
                                               "status", "created_by", "execution_ids",
                                               "execution_nodes", "name", "stop"}));
    const json::value& node = stopped.body.at("execution_nodes").at(0);
    EXPECT_EQ(text_or(node, "execution_id"), made.at("execution_id"));
    EXPECT_EQ(text_or(node, "_id"), made.at("_id"));
    EXPECT_EQ(text_or(node, "execution_type"), "execution");
    EXPECT_TRUE(node.at("children").as_array().empty());
}

TEST_F(Api, records_are_inserted_paged_and_sorted) {
    const json::array columns{{{"column_name", "Name"}, {"column_type", "String"}},
                              {{"column_name", "Size"}, {"column_type", "number"}}};
    const Reply table =
        owner().post(in_project("/create/table"), {{"table_name", "things"}, {"columns", columns}});
    ASSERT_EQ(table.status, 200) << table.text;
    const std::string base = "/storage/" + project_ + "/things";
    EXPECT_EQ(owner().post(base, {{"name", "one"}, {"size", 1}}).at("name"), "one");
    json::array many;
    for (int i = 2; i <= 120; ++i) many.push_back({{"name", "n" + std::to_string(i)}, {"size", i}});
    const Reply inserted = owner().post(base, many);
    ASSERT_EQ(inserted.body.as_array().size(), 119U);

    const Reply page = owner().get(base + "?page=2&page_size=50&sort=-1&sort_key=size");
    EXPECT_EQ(int_or(page.body, "total_count"), 120);
    EXPECT_EQ(int_or(page.body.at("records").at(0), "size"), 70);
    EXPECT_EQ(page.body.at("records").as_array().size(), 50U);
    EXPECT_EQ(owner().get(base + "?page_size=9999").body.at("records").as_array().size(), 120U);
    EXPECT_EQ(code_of(owner().post(base, {{"name", 5}})), "422 invalid");
    EXPECT_EQ(code_of(owner().get(base + "?sort_key=nothing")), "422 invalid");
    EXPECT_EQ(owner().get("/storage/" + project_ + "/names").body.as_array().size(),
              owner().get("/storage/" + project_).body.as_array().size());
}

TEST_F(Api, one_record_is_read_by_its_id) {
    const json::array columns{{{"column_name", "Name"}, {"column_type", "String"}}};
    const Reply table = owner().post(in_project("/create/table"),
                                     {{"table_name", "singles"}, {"columns", columns}});
    const Reply other =
        owner().post(in_project("/create/table"), {{"table_name", "others"}, {"columns", columns}});
    const std::string base = "/storage/" + project_ + "/";
    const Reply made = owner().post(base + "singles", {{"name", "only"}});
    const std::string record = "/" + made.at("_id");
    const std::string path = base + table.at("_id") + record;

    EXPECT_EQ(code_of(nobody_->get(path)), "401 unauthenticated");
    EXPECT_EQ(code_of(stranger_->get(path)), "404 not_found");
    EXPECT_EQ(owner().get(path).text, made.text);
    EXPECT_EQ(viewer_->get(base + "singles" + record).text, made.text);
    EXPECT_EQ(code_of(owner().get(base + other.at("_id") + record)), "404 not_found");
    EXPECT_EQ(code_of(owner().get(base + "others" + record)), "404 not_found");
    EXPECT_EQ(code_of(owner().get(base + "absent" + record)), "404 not_found");
    EXPECT_EQ(code_of(owner().get(base + "singles/000000000000000000000000")), "404 not_found");
    EXPECT_EQ(code_of(owner().get(base + "singles/no-id")), "404 not_found");
}

TEST_F(Api, files_by_link_and_by_form) {
    const Reply announced =
        owner().post(in_project("/files/upload"), {{"filenames", json::array{"a b.txt"}},
                                                   {"tags", json::array{"notes"}},
                                                   {"source_type", "STORAGE"}});
    ASSERT_EQ(announced.status, 200) << announced.text;
    const json::value& file = announced.body.at("files").at(0);
    const std::string id(text_or(file, "_id"));
    const std::string url(text_or(file, "upload_url"));
    EXPECT_EQ(text_or(file, "status"), "pending");
    http::Headers text;
    text.set("content-type", "text/plain");
    EXPECT_EQ(code_of(nobody_->send(http::Method::put, url + "0", "x", text)), "403 forbidden");
    EXPECT_EQ(nobody_->send(http::Method::put, url, "hello", text).status, 200);
    EXPECT_EQ(code_of(nobody_->send(http::Method::put, url, "again", text)), "409 conflict");
    const Reply known = owner().get(in_project("/file/" + id + "/"));
    EXPECT_EQ(known.at("status"), "ready");
    EXPECT_EQ(int_or(known.body, "size"), 5);
    EXPECT_EQ(owner().get("/file/" + id + "/content").text, "hello");
    EXPECT_EQ(stranger_->get("/file/" + id + "/content").status, 404);

    http::Headers form;
    form.set("content-type", "multipart/form-data; boundary=xx");
    const std::string body =
        "--xx\r\ncontent-disposition: form-data; name=\"tags\"\r\n\r\na,b\r\n"
        "--xx\r\ncontent-disposition: form-data; name=\"files\"; filename=\"c.bin\"\r\n\r\n" +
        std::string("\0\r\n\xff", 4) + "\r\n--xx--\r\n";
    const Reply uploaded =
        owner().send(http::Method::post, in_project("/files/upload"), body, form);
    ASSERT_EQ(uploaded.status, 200) << uploaded.text;
    const std::string second(text_or(uploaded.body.at("files").at(0), "_id"));
    EXPECT_EQ(owner().get("/file/" + second + "/content").text, std::string("\0\r\n\xff", 4));
    EXPECT_EQ(owner().get("/file/" + second).body.at("tags").as_array().size(), 2U);
}

TEST_F(Api, a_form_names_its_project_in_a_field) {
    const auto send = [](TestClient& client, const std::string& project, const std::string& query) {
        http::Headers form;
        form.set("content-type", "multipart/form-data; boundary=xx");
        const std::string field = "--xx\r\ncontent-disposition: form-data; name=";
        return client.send(http::Method::post, "/files/upload" + query,
                           field + "\"projectID\"\r\n\r\n" + project + "\r\n" + field +
                               "\"files\"; filename=\"a\"\r\n\r\nx\r\n--xx--\r\n",
                           form);
    };
    EXPECT_EQ(send(owner(), project_, "").status, 200);
    EXPECT_EQ(code_of(send(*stranger_, project_, "")), "404 not_found");
    EXPECT_EQ(code_of(send(*viewer_, project_, "")), "403 forbidden");
    EXPECT_EQ(code_of(send(owner(), "x", "")), "422 invalid");
    EXPECT_EQ(send(owner(), "x", "?projectID=" + project_).status, 200); // the query wins
}

TEST_F(Api, events_end_with_the_run_and_resume_after_an_id) {
    const Reply started = owner().post("/execute_flow", {{"agentflow_id", new_flow("watched")}});
    server_->wait_for(started.at("_id"));
    const std::string path = "/execute_flow/" + started.at("execution_id") + "/events";
    const Reply all = owner().get(path);
    EXPECT_EQ(all.status, 200);
    EXPECT_NE(all.text.find("event: status"), std::string::npos);
    EXPECT_NE(all.text.find("id: 1\nevent: execution.finished"), std::string::npos) << all.text;
    http::Headers resume;
    resume.set("last-event-id", "1");
    EXPECT_EQ(owner().send(http::Method::get, path, "", resume).text.find("execution.finished"),
              std::string::npos);
    EXPECT_EQ(stranger_->get(path).status, 404);
}

TEST_F(Api, openapi_names_only_schemas_that_exist) {
    const Reply document = nobody_->get("/openapi.json");
    ASSERT_EQ(document.status, 200);
    EXPECT_EQ(document.at("openapi"), "3.1.0");
    const json::object& schemas = document.body.at("components").at("schemas").as_object();
    const std::string prefix = "#/components/schemas/";
    for (auto at = document.text.find(prefix); at != std::string::npos;
         at = document.text.find(prefix, at + 1)) {
        const auto from = at + prefix.size();
        const std::string name = document.text.substr(from, document.text.find('"', from) - from);
        EXPECT_TRUE(schemas.contains(name)) << name;
    }
    std::size_t operations = 0;
    for (const auto& [path, methods] : document.body.at("paths").as_object())
        operations += methods.as_object().size();
    std::size_t routes = 0;
    for (const auto& table : api::route_tables()) routes += table.size();
    EXPECT_EQ(operations, routes);
}

} // namespace weft
