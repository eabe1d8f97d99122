// Projects in the trash: nothing runs in them and nobody finds them, and nothing of them is lost.
#include "api_world.h"
#include "inbox_world.h"
#include "project_rows.h"

namespace weft {

using enum http::Method;

namespace {

Reply trash(TestClient& client, const std::string& project) {
    return client.send(delete_, "/v1/project/" + project + "?soft=true");
}
Reply restore(TestClient& client, const std::string& project) {
    return client.post("/v1/project/" + project + "/restore");
}

} // namespace

class ProjectTrash : public Api {
protected:
    std::string organization() {
        const Reply all = owner().get("/v1/project/all");
        return std::string(text_or(all.body.at("projectList").at(0), "orgId"));
    }
    std::string make(const std::string& name) {
        const Reply made =
            owner().post("/v1/project", {{"orgId", organization()}, {"projectName", name}});
        EXPECT_EQ(made.status, 200) << made.text;
        return made.at("_id");
    }
    /// The names that a list has.
    std::vector<std::string> names(const std::string& query) {
        std::vector<std::string> all;
        const Reply list = owner().get("/v1/project" + query);
        for (const json::value& each : list.body.at("projectList").as_array())
            all.emplace_back(text_or(each, "projectName"));
        EXPECT_EQ(int_or(list.body, "totalCount"), std::ssize(all));
        return all;
    }
    /// What the audit log says last of a project.
    json::value last_row(const std::string& project) {
        return owner().get("/audit?limit=1&object=" + project).body.at("audit").at(0);
    }
};

TEST_F(ProjectTrash, who_may_do_what) {
    const std::string id = make("guarded");
    const std::string soft = "/v1/project/" + id + "?soft=true";
    const std::string back = "/v1/project/" + id + "/restore";
    const Reply key =
        owner().post("/apikey", {{"name", "editor"}, {"scopes", json::array{"editor"}}});
    TestClient editor(server_->url(), key.at("secret_key"));
    struct Case {
        http::Method method;
        std::string path;
        int nobody, viewer, editor, stranger, owner;
    };
    for (const Case& each :
         {Case{delete_, soft, 401, 403, 403, 404, 200},
          Case{delete_, soft, 401, 403, 403, 404, 200},
          Case{get, "/v1/project/" + id, 401, 200, 200, 404, 200},
          Case{post, back, 401, 403, 403, 404, 200}, Case{post, back, 401, 403, 403, 404, 409}}) {
        const std::string what = std::string(to_text(each.method)) + " " + each.path;
        EXPECT_EQ(nobody_->send(each.method, each.path).status, each.nobody) << what;
        EXPECT_EQ(viewer_->send(each.method, each.path).status, each.viewer) << what;
        EXPECT_EQ(editor.send(each.method, each.path).status, each.editor) << what;
        const Reply foreign = stranger_->send(each.method, each.path);
        EXPECT_EQ(foreign.status, each.stranger) << what;
        EXPECT_EQ(foreign.text.find("trash"), std::string::npos) << foreign.text;
        const Reply done = owner().send(each.method, each.path);
        EXPECT_EQ(done.status, each.owner) << what << done.text;
    }
}

TEST_F(ProjectTrash, hides_a_project_and_refuses_all_that_is_asked_of_it) {
    const std::string id = make("put away");
    const Reply announced =
        owner().post("/files/upload?projectID=" + id, {{"filenames", json::array{"a.txt"}}});
    const std::string link(text_or(announced.body.at("files").at(0), "upload_url"));
    const Reply flow = owner().post("/agentflow/?projectID=" + id, {{"name", "flow"}});
    const Reply trashed = trash(owner(), id);
    ASSERT_EQ(trashed.status, 200) << trashed.text;
    EXPECT_EQ(trashed.at("projectName"), "put away");
    EXPECT_FALSE(trashed.at("trashedAt").empty());
    EXPECT_EQ(names("?trash=true"), std::vector<std::string>{"put away"});
    for (const std::string query : {"", "?limit=200", "/all"})
        EXPECT_FALSE(std::ranges::count(names(query), "put away")) << query;
    json::object shown = trashed.body.as_object();
    shown["my_role"] = "owner";
    EXPECT_EQ(owner().get("/v1/project/" + id).body, shown);
    EXPECT_EQ(trash(owner(), id).text, trashed.text) << "again is the same";

    const auto refused = [&](const Reply& reply) {
        EXPECT_EQ(code_of(reply), "409 conflict") << reply.text;
        EXPECT_TRUE(reply.at("detail").contains("in the trash")) << reply.text;
        EXPECT_TRUE(reply.at("detail").contains("/restore")) << reply.text;
    };
    const std::string in = "?projectID=" + id;
    refused(owner().get("/agentflows" + in));
    refused(owner().get("/agentflow/" + flow.at("_id")));
    refused(owner().get("/project/projectName/put%20away"));
    refused(owner().get("/storage/" + id));
    refused(owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")}}));
    refused(owner().post("/create/table" + in, {{"table_name", "t"}}));
    refused(owner().post("/actions/restful/config" + in, {{"name", "x"}}));
    refused(owner().send(put, "/v1/project?projectId=" + id, R"({"description":"d"})"));
    refused(owner().get("/project-member/" + id));
    refused(nobody_->send(put, link, "bytes"));

    const Reply twice =
        owner().post("/v1/project", {{"orgId", organization()}, {"projectName", "put away"}});
    EXPECT_EQ(code_of(twice), "409 conflict") << "so that it can always come back";
    EXPECT_TRUE(twice.at("detail").contains("in the trash")) << twice.text;

    const Reply back = restore(owner(), id);
    ASSERT_EQ(back.status, 200) << back.text;
    EXPECT_FALSE(find(back.body, "trashedAt"));
    EXPECT_EQ(owner().get("/agentflow/" + flow.at("_id")).status, 200);
    EXPECT_EQ(names("?trash=true"), std::vector<std::string>{});
}

TEST_F(ProjectTrash, what_was_kept_comes_back_and_the_audit_log_tells_of_both) {
    const std::string id = make("kept");
    const std::string in = "?projectID=" + id;
    const json::value config{{"base_url", "http://127.0.0.1:1"},
                             {"auth", {{"type", "bearer"}, {"token", "a-secret-of-mine"}}}};
    EXPECT_EQ(
        owner().post("/actions/restful/config" + in, {{"name", "CRM"}, {"config", config}}).status,
        200);
    owner().post("/create/table" + in,
                 {{"table_name", "t"}, {"columns", json::array{{{"column_name", "n"}}}}});
    const json::array some(100, json::object{{"n", "x"}});
    owner().post("/storage/" + id + "/t", some);
    const auto rows_before = testing::ProjectRows(directory_->path() / "data").of(id);
    ASSERT_EQ(trash(owner(), id).status, 200);
    EXPECT_EQ(testing::ProjectRows(directory_->path() / "data").of(id), rows_before);
    const json::value put_away = last_row(id);
    EXPECT_EQ(text_or(put_away, "what"), "projects.delete");
    EXPECT_TRUE(bool_or(put_away.at("details"), "soft"));
    ASSERT_EQ(restore(owner(), id).status, 200);
    const json::value back = last_row(id);
    EXPECT_EQ(text_or(back, "what"), "projects.restore");
    EXPECT_EQ(int_or(owner().get("/storage/" + id + "/t").body, "total_count"), 100);
    EXPECT_EQ(testing::ProjectRows(directory_->path() / "data").of(id), rows_before);
}

TEST_F(ProjectTrash, may_be_deleted_for_ever_from_there) {
    const std::string id = make("gone for good");
    ASSERT_EQ(trash(owner(), id).status, 200);
    EXPECT_EQ(owner().send(delete_, "/v1/project/" + id).status, 200);
    EXPECT_EQ(owner().get("/v1/project/" + id).status, 404);
    EXPECT_EQ(restore(owner(), id).status, 404);
    EXPECT_TRUE(testing::ProjectRows(directory_->path() / "data").wait_until_gone(id));
    make("gone for good");
}

TEST_F(ProjectTrash, an_invitation_into_a_deleted_project_names_none_any_more) {
    const std::string id = make("invites");
    const std::string away = make("invites too");
    const auto invite = [&](const std::string& email, const std::string& into) {
        return owner().post("/organization/invitations",
                            {{"email", email}, {"projectID", into}, {"project_role", "editor"}});
    };
    const auto join = [&](const Reply& invited) {
        return nobody_->post("/auth/signup", {{"email", invited.at("email")},
                                              {"password", "correct horse battery"},
                                              {"name", "Ada"},
                                              {"invitation", invited.at("token")}});
    };
    const Reply invited = invite("ada@example.org", id);
    const Reply waits = invite("bert@example.org", away);
    ASSERT_EQ(trash(owner(), away).status, 200);
    ASSERT_EQ(owner().send(delete_, "/v1/project/" + id).status, 200);
    ASSERT_TRUE(testing::ProjectRows(directory_->path() / "data").wait_until_gone(id));
    EXPECT_FALSE(owner().get("/organization/invitations").text.contains(id));
    EXPECT_EQ(join(invited).status, 200);

    EXPECT_EQ(join(waits).status, 200);
    ASSERT_EQ(restore(owner(), away).status, 200);
    EXPECT_TRUE(owner().get("/project-member/" + away).text.contains("bert@example.org"));
}

TEST(ProjectTrashRuns, stop_at_once_and_stay_stopped) {
    testing::HangingServer model(testing::Phase::mid_stream);
    testing::FaultServer service{std::vector{testing::letter_taken()}};
    server::Settings settings;
    settings.openai_base_url = model.base_url();
    settings.openai_api_key = "sk-test-not-a-real-key";
    settings.allow_private_network = true;
    WholeServer server(settings);
    const std::string project = server.project();
    testing::Letters letters(server.owner(), service.base_url());
    const Reply asks = letters.start("ada", "hello");
    const Reply item = letters.item(asks);
    const json::value agent{{"title", "Ask"},
                            {"llm", {{"model", "openai/gpt-4o-mini"}}},
                            {"prompt", {{"template", "Say something long."}}}};
    const Reply flow =
        server.owner().post("/agentflow/", {{"name", "hangs"}, {"agents", json::array{agent}}});
    const Reply run = server.owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")}});
    ASSERT_TRUE(model.wait_reached());

    ASSERT_EQ(trash(server.owner(), project).status, 200);
    EXPECT_TRUE(model.wait_released()); // its call was aborted
    EXPECT_EQ(
        letters.answer(asks, {{"agent_id", item.at("agent_id")}, {"is_approved", true}}).status,
        409);
    Reply back;
    for (int i = 0; i < 1'000 && back.status != 200; ++i, usleep(10'000))
        back = restore(server.owner(), project);
    ASSERT_EQ(back.status, 200) << back.text;
    for (const Reply& each : {asks, run})
        EXPECT_EQ(server.wait_for(each.at("_id")).at("status"), "cancelled");
    EXPECT_EQ(server.owner().get("/inbox/" + item.at("_id")).at("status"), "expired");
    EXPECT_TRUE(service.requests().empty());

    const Reply empty = server.owner().post("/agentflow/", {{"name", "empty"}});
    const Reply after = server.owner().post("/execute_flow", {{"agentflow_id", empty.at("_id")}});
    EXPECT_EQ(server.wait_for(after.at("_id")).at("status"), "completed");
}

// As when the server was killed between the commit and its stops.
TEST(ProjectTrashRuns, are_stopped_by_the_next_start) {
    const testing::TemporaryDirectory directory;
    server::Settings settings;
    settings.data = directory.path() / "data";
    settings.allow_private_network = true;
    testing::FaultServer service{std::vector{testing::letter_taken()}};
    std::string run;
    ProjectId project;
    {
        WholeServer server(settings);
        testing::Letters letters(server.owner(), service.base_url());
        const Reply started = letters.start("ada", "hello");
        letters.item(started);
        run = started.at("_id");
        project = server.program().first_start()->project.id;
    }
    {
        SystemClock clock;
        IdMinter ids(clock);
        auto store =
            store::Store::open({settings.data, store::store_url(settings.data)}, clock, ids)
                .value();
        http::IoThreads threads(1);
        threads.run();
        const auto marked =
            asio::co_spawn(threads.at(0), store->write([&](store::Tx& tx) -> Result<> {
                const Project found = TRY(store::projects::find_by_ordinal(tx, project.ordinal()));
                TRY(store::projects::put_in_trash(tx, {found.organization, {}, {}}, project));
                return {};
            }),
                           asio::use_future)
                .get();
        EXPECT_TRUE(marked);
        store->drain();
        threads.stop();
    }
    WholeServer server(settings);
    Reply back;
    for (int i = 0; i < 1'000 && back.status != 200; ++i, usleep(10'000))
        back = restore(server.owner(), project.hex());
    ASSERT_EQ(back.status, 200) << back.text;
    EXPECT_EQ(server.wait_for(run).at("status"), "cancelled");
}

} // namespace weft
