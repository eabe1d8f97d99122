// The main job as a person runs it: `weft run` on real documents, compared with counts made by
// another method.
#include "release_notes.h"
#include "support/fault_server.h"
#include "weft_process.h"
#include "whole_server.h"

namespace weft {

using testing::ReleaseNotes;
using testing::WeftProcess;

namespace {

const std::string package = WEFT_SOURCE_DIR "/marketplace/release-notes-digest";

std::string write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

/// The records of the package's only table.
const json::array& records_of(const json::value& result) {
    return result.at("records").as_object().begin()->value().as_array();
}

void expect_same(const json::value& result, const ReleaseNotes& notes) {
    const json::array& records = records_of(result);
    ASSERT_EQ(records.size(), notes.entries.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        EXPECT_EQ(text_or(records[i], "version"), notes.entries[i].version);
        std::set<std::string> ids;
        if (const json::value* given = find(records[i], "cve_ids"); given && given->is_array())
            for (const json::value& id : given->as_array()) ids.emplace(id.as_string());
        EXPECT_EQ(ids, notes.entries[i].cve_ids) << notes.entries[i].version;
        EXPECT_FALSE(text_or(records[i], "urgency").empty());
    }
}

} // namespace

TEST(MainJob, finds_every_version_and_id_of_real_documents) {
    const auto texts = testing::real_changelogs(8);
    ASSERT_FALSE(texts.empty());
    bool with_ids = false;
    bool without_ids = false;
    for (const std::string& text : texts) {
        const testing::TemporaryDirectory directory;
        const ReleaseNotes notes = testing::read_release_notes(text);
        WeftProcess run(
            {"run", package, "--file", write(directory.path() / "notes", text), "--json"},
            directory.path() / "out");
        ASSERT_EQ(run.wait(), 0) << run.errors();
        const auto lines = run.json_lines();
        ASSERT_EQ(lines.size(), 4U) << run.output(); // three agents and the result
        const json::value& result = lines.back();
        EXPECT_EQ(text_or(result, "status"), "completed");
        expect_same(result, notes);
        const bool security = notes.entries_with_ids() > 0;
        (security ? with_ids : without_ids) = true;
        EXPECT_EQ(text_or(lines[2], "title"), security ? "Write security digest" : "Write digest");
        const std::string conclusion(text_or(result, "conclusion"));
        EXPECT_NE(conclusion.find(std::to_string(notes.entries.size())), std::string::npos)
            << conclusion;
        EXPECT_NE(conclusion.find("rehearsal, not a language model"), std::string::npos);
    }
    EXPECT_TRUE(with_ids);
    if (texts.size() > 1) EXPECT_TRUE(without_ids); // both branches were taken
}

TEST(MainJob, wrong_usage_has_its_own_exit_code) {
    const testing::TemporaryDirectory directory;
    const std::string out = directory.path() / "out";
    struct Case {
        std::vector<std::string> arguments;
        int exit;
        std::string says;
    };
    const std::string file = write(directory.path() / "notes", "x (1) y; urgency=low\n");
    const Case cases[] = {
        {{"run", "/nowhere", "--file", file}, 2, "is not a package"},
        {{"run", package, "--file", "/nowhere"}, 2, "Cannot read /nowhere"},
        {{"run", package, "--file", file, "--server", "http://127.0.0.1:9"}, 3, "127.0.0.1"},
        {{"run", package, "--file", file, "--model", "openai/gpt-4o-mini"}, 1, "OPENAI_API_KEY"},
        {{"run", package, "--file", file, "--data", "/proc/nowhere"}, 3, "/proc/nowhere"},
        {{"run"}, 2, "package"},
        {{"fly"}, 2, ""},
    };
    for (const Case& each : cases) {
        WeftProcess run(each.arguments, out, {"OPENAI_API_KEY="});
        EXPECT_EQ(run.wait(), each.exit) << run.errors();
        EXPECT_NE(run.errors().find(each.says), std::string::npos) << run.errors();
    }
}

TEST(MainJob, ctrl_c_stops_the_task_and_a_second_one_leaves_at_once) {
    const testing::TemporaryDirectory directory;
    const std::string file = write(directory.path() / "notes", "x (1) y; urgency=low\n");
    testing::HangingServer model(testing::Phase::mid_stream);
    WeftProcess run({"run", package, "--file", file, "--json", "--model", "openai/gpt-4o-mini",
                     "--allow-private-network"},
                    directory.path() / "out",
                    {"OPENAI_API_KEY=sk-test-not-real", "OPENAI_BASE_URL=" + model.base_url()});
    ASSERT_TRUE(model.wait_reached());
    run.kill(SIGINT);
    EXPECT_EQ(run.wait(), 130) << run.errors();
    EXPECT_TRUE(model.wait_released());
    const auto lines = run.json_lines();
    ASSERT_FALSE(lines.empty()) << run.errors();
    EXPECT_EQ(text_or(lines.back(), "status"), "cancelled");
    EXPECT_EQ(run.output().find("sk-test-not-real"), std::string::npos);
    EXPECT_EQ(run.errors().find("sk-test-not-real"), std::string::npos);
}

TEST(MainJob, goes_on_after_kill_9_at_any_moment_with_the_same_result) {
    const testing::TemporaryDirectory directory;
    const std::string text = testing::real_changelogs(8).back();
    const ReleaseNotes notes = testing::read_release_notes(text);
    const std::string key = "6b111e9a-0000-4000-8000-000000000009";
    const std::vector<std::string> environment{"WEFT_BOOTSTRAP_API_KEY=" + key,
                                               "WEFT_API_KEY=" + key};
    const std::vector<std::string> serve{"serve",    "--data",      directory.path() / "data",
                                         "--listen", "127.0.0.1:0", "--log-level",
                                         "error"};
    const std::string out = directory.path() / "serve";
    std::string flow, file, project;
    std::vector<std::string> executions;
    {
        // The package and the file, by one whole run.
        WeftProcess server(serve, out, environment);
        WeftProcess run({"run", package, "--file", write(directory.path() / "notes", text),
                         "--server", server.url(), "--json"},
                        directory.path() / "out", environment);
        ASSERT_EQ(run.wait(), 0) << run.errors();
        testing::TestClient client(server.url(), key);
        const testing::Reply done = client.get(
            "/execute_flow/" + std::string(text_or(run.json_lines().back(), "execution_id")));
        flow = done.at("agentflow_id");
        project = done.at("projectID");
        file = done.body.at("files").at(0).as_string();
    }
    constexpr int kills = 30;
    for (int i = 0; i < kills; ++i) {
        WeftProcess server(serve, out, environment);
        testing::TestClient client(server.url(), key);
        const testing::Reply started =
            client.post("/execute_flow", {{"agentflow_id", flow}, {"files", json::array{file}}});
        ASSERT_EQ(started.status, 200) << started.text;
        executions.push_back(started.at("_id"));
        usleep(static_cast<useconds_t>(i) * 1'500); // from the first step to beyond the last one
        server.kill(SIGKILL);
        server.wait();
    }
    WeftProcess server(serve, out, environment);
    testing::TestClient client(server.url(), key);
    for (const std::string& execution : executions) {
        testing::Reply done;
        for (int i = 0; i < 6'000; ++i) {
            done = client.get("/execute_flow/" + execution);
            if (done.at("status") == "completed" || done.at("status") == "failed") break;
            usleep(10'000);
        }
        EXPECT_EQ(done.at("status"), "completed") << done.text;
        const json::array& outputs = done.body.at("agents_output").as_array();
        ASSERT_EQ(outputs.size(), 3U);
        const json::value& inserted = outputs[0].at("data").at("tables_insert_records");
        EXPECT_EQ(int_or(inserted, "inserted"), std::int64_t(notes.entries.size()));
    }
    // Nothing was lost and nothing was done twice: one record for each version and run.
    const testing::Reply tables = client.get("/storage/" + project + "/names");
    const std::string table(text_or(tables.body.at(0), "_id"));
    const testing::Reply records = client.get("/storage/" + project + "/" + table + "?page_size=1");
    EXPECT_EQ(int_or(records.body, "total_count"),
              std::int64_t(notes.entries.size() * (executions.size() + 1)));
}

} // namespace weft
