// Deleting a project for ever: with runs in flight, with many records, with a kill in the middle.
#include "project_rows.h"
#include "support/fault_server.h"
#include "weft_process.h"
#include "whole_server.h"

namespace weft {

using testing::ProjectRows;
using testing::Reply;
using testing::TestClient;
using testing::WeftProcess;
using testing::WholeServer;

namespace {

constexpr const char* key = WholeServer::key;

std::string new_project(TestClient& client, const std::string& name) {
    const Reply all = client.get("/v1/project/all");
    const std::string organization(text_or(all.body.at("projectList").at(0), "orgId"));
    const Reply made = client.post("/v1/project", {{"orgId", organization}, {"projectName", name}});
    EXPECT_EQ(made.status, 200) << made.text;
    return made.at("_id");
}

/// One thing of each kind, `thousands` of records among them.
void furnish(TestClient& client, const std::string& project, int thousands) {
    const std::string in = "?projectID=" + project;
    const json::value agent{{"title", "Work"}, {"prompt", {{"template", "Do {{ goal }}."}}}};
    const Reply flow =
        client.post("/agentflow" + in, {{"name", "flow"}, {"agents", json::array{agent}}});
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(client.post("/execute_flow" + in, {{"agentflow_id", flow.at("_id")}}).status,
                  200);
    client.post("/create/table" + in,
                {{"table_name", "t"}, {"columns", json::array{{{"column_name", "text"}}}}});
    const json::array records(1'000, json::object{{"text", std::string(500, 'x')}});
    for (int i = 0; i < thousands; ++i)
        EXPECT_EQ(client.post("/storage/" + project + "/t", records).status, 200);
    http::Headers form;
    form.set("content-type", "multipart/form-data; boundary=xx");
    const Reply file = client.send(
        http::Method::post, "/files/upload" + in,
        "--xx\r\ncontent-disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\nbytes"
        "\r\n--xx--\r\n",
        form);
    EXPECT_EQ(file.status, 200) << file.text;
}

Reply remove(TestClient& client, const std::string& project) {
    return client.send(http::Method::delete_, "/v1/project/" + project);
}

server::Settings with_model(const std::string& base_url, const std::filesystem::path& data) {
    server::Settings settings;
    settings.data = data;
    settings.openai_base_url = base_url;
    settings.openai_api_key = "sk-test-not-a-real-key";
    settings.allow_private_network = true;
    return settings;
}

} // namespace

TEST(ProjectRemoval, stops_a_running_flow_first_and_leaves_nothing) {
    testing::HangingServer model(testing::Phase::mid_stream);
    const testing::TemporaryDirectory directory;
    WholeServer server(with_model(model.base_url(), directory.path() / "data"));
    const ProjectRows rows(directory.path() / "data");
    const std::string project = new_project(server.owner(), "doomed");
    const std::string kept = new_project(server.owner(), "kept");
    furnish(server.owner(), kept, 1);
    furnish(server.owner(), project, 1);
    const std::string in = "?projectID=" + project;
    const json::value agent{{"title", "Ask"},
                            {"llm", {{"model", "openai/gpt-4o-mini"}}},
                            {"prompt", {{"template", "Say something long."}}}};
    const Reply flow =
        server.owner().post("/agentflow" + in, {{"name", "hangs"}, {"agents", json::array{agent}}});
    const Reply run = server.owner().post("/execute_flow" + in, {{"agentflow_id", flow.at("_id")}});
    ASSERT_TRUE(model.wait_reached());
    for (const char* table : {"record", "execution", "journal", "file", "files", "skill", "task"})
        EXPECT_GT(rows.of(project)[table], 0) << table;

    const Reply deleted = remove(server.owner(), project);
    ASSERT_EQ(deleted.status, 200) << deleted.text;
    EXPECT_EQ(deleted.at("projectName"), "doomed");
    EXPECT_TRUE(model.wait_released()); // its call was aborted
    const std::int64_t bytes = model.bytes();
    for (const std::string& path :
         {"/v1/project/" + project, "/agentflow/" + flow.at("_id"),
          "/execute_flow/" + run.at("_id"), "/execute_flow/" + run.at("execution_id"),
          "/task/" + run.at("task_id"), "/storage/" + project,
          std::string("/project/projectName/doomed"), "/agentflows?projectID=" + project})
        EXPECT_EQ(server.owner().get(path).status, 404) << path;
    EXPECT_EQ(remove(server.owner(), project).status, 404);
    EXPECT_EQ(server.owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")}}).status, 404);

    EXPECT_TRUE(rows.wait_until_gone(project)) << fmt::format("{}", rows.of(project).size());
    EXPECT_EQ(model.bytes(), bytes);
    EXPECT_EQ(rows.of(kept)["record"], 1'000);
    EXPECT_EQ(rows.of(kept)["files"], 1);
    EXPECT_GT(rows.of(kept)["execution"], 0);
    new_project(server.owner(), "doomed"); // the name is free
}

TEST(ProjectRemoval, the_last_project_may_go_and_its_keys_with_it) {
    const testing::TemporaryDirectory directory;
    server::Settings settings;
    settings.data = directory.path() / "data";
    WholeServer server(settings);
    const Reply all = server.owner().get("/v1/project/all");
    const std::string first = server.project();
    EXPECT_EQ(remove(server.owner(), first).status, 200);
    EXPECT_EQ(int_or(server.owner().get("/v1/project").body, "totalCount"), 0);
    EXPECT_EQ(server.owner().get("/agentflows").status, 422); // names what is missing
    EXPECT_TRUE(ProjectRows(settings.data).wait_until_gone(first));
    const std::string organization(text_or(all.body.at("projectList").at(0), "orgId"));
    const Reply made =
        server.owner().post("/v1/project", {{"orgId", organization}, {"projectName", "a new one"}});
    EXPECT_EQ(made.status, 200) << made.text;
    EXPECT_EQ(server.owner().get("/agentflows").status, 200);
}

TEST(ProjectRemoval, goes_on_after_kill_9) {
    const testing::TemporaryDirectory directory;
    const std::vector<std::string> serve{"serve",    "--data",      directory.path() / "data",
                                         "--listen", "127.0.0.1:0", "--log-level",
                                         "error"};
    const std::vector<std::string> environment{std::string("WEFT_BOOTSTRAP_API_KEY=") + key};
    std::string project;
    {
        WeftProcess server(serve, directory.path() / "out", environment);
        TestClient client(server.url(), key);
        project = new_project(client, "doomed");
        furnish(client, project, 30);
        EXPECT_EQ(remove(client, project).status, 200);
        server.kill(SIGKILL);
        server.wait();
    }
    {
        const auto left = ProjectRows(directory.path() / "data").of(project);
        EXPECT_TRUE(left.contains("project") && left.contains("record"))
            << "the kill came too late to interrupt anything";
    }
    WeftProcess server(serve, directory.path() / "out", environment);
    TestClient client(server.url(), key);
    EXPECT_EQ(client.get("/v1/project/" + project).status, 404);
    EXPECT_TRUE(ProjectRows(directory.path() / "data").wait_until_gone(project));
    EXPECT_EQ(int_or(client.get("/v1/project").body, "totalCount"), 1);
}

} // namespace weft
