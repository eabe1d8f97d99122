#pragma once

#include "inbox_world.h"
#include "support/postgres_cluster.h"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <sqlite3.h>

namespace weft::testing {

struct Outcome {
    int exit = -1;
    std::string output;
    std::string errors;
};

/// A data directory with something of everything, whose server was killed: made once for all tests,
/// each of which has its own copy.
class MoveSource {
public:
    static constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";
    static constexpr const char* token = "token-of-the-connector";

    MoveSource() : service_([this](const SeenRequest& request) { return answer(request); }) {
        start();
        make_records();
        make_files();
        make_connector();
        make_runs();
        server_->kill(SIGKILL);
        server_->wait();
        client_.reset();
    }

    static MoveSource& shared() {
        static MoveSource source;
        return source;
    }

    std::filesystem::path path() const { return directory_.path() / "data"; }
    const FaultServer& service() const { return service_; }

    std::string project;
    std::map<std::string, std::string> answers; ///< of paths, as SQLite gave them
    std::string echo_skill;
    std::string finished, timed, event, asked, paused, half; ///< executions

private:
    Scripted answer(const SeenRequest& request) {
        Scripted taken = letter_taken();
        if (request.body.contains("half") && !hung_) {
            hung_ = true;
            taken.fault = Scripted::Fault::never_answers;
        }
        return taken;
    }
    void start() {
        server_ = std::make_unique<WeftProcess>(
            std::vector<std::string>{"serve", "--data", path().string(), "--listen", "127.0.0.1:0",
                                     "--allow-private-network", "--log-level", "error"},
            (directory_.path() / "out").string(),
            std::vector<std::string>{fmt::format("WEFT_BOOTSTRAP_API_KEY={}", key)});
        client_ = std::make_unique<TestClient>(server_->url(), key);
        project = client_->post("/agentflow/", {{"name", "x"}}).at("projectID");
    }
    void keep(const std::string& at) { answers[at] = client_->get(at).text; }

    void make_records() {
        const json::array columns{{{"column_name", "name"}},
                                  {{"column_name", "size"}, {"column_type", "Number"}}};
        const std::string table = client_
                                      ->post("/create/table?projectID=" + project,
                                             {{"table_name", "Größen 寸法"}, {"columns", columns}})
                                      .at("_id");
        const std::string at = "/storage/" + project + "/" + table;
        for (int part = 0; part < 12; ++part) {
            json::array records;
            for (int i = 0; i < 500; ++i)
                records.push_back({{"name", fmt::format("№ {} {} \\u0000 '\" {}", part, i,
                                                        std::string(900, 'x'))},
                                   {"size", i * 0.1}});
            const Reply made = client_->post("/bulk" + at, {{"records", std::move(records)}});
            EXPECT_EQ(made.status, 200) << made.text.substr(0, 300);
        }
        const Reply large = client_->post(at, {{"name", std::string(200'000, 'y') + "🦊"}});
        EXPECT_EQ(large.status, 200) << large.text.substr(0, 300);
        keep(at + "/" + large.at("_id"));
        keep(at + "?limit=50");
        keep("/table_data/storage/" + table + "/export");
    }
    void make_files() {
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{5}, std::size_t{700'000}, std::size_t{9'000'000}}) {
            std::string bytes(size, '\0');
            for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * i >> 7);
            http::Headers form;
            form.set("content-type", "multipart/form-data; boundary=xyxyxy");
            const Reply made = client_->send(
                http::Method::post, "/files/upload?projectID=" + project,
                "--xyxyxy\r\ncontent-disposition: form-data; name=\"files\"; filename=\"b.bin\""
                "\r\n\r\n" +
                    bytes + "\r\n--xyxyxy--\r\n",
                form);
            EXPECT_EQ(made.status, 200) << made.text;
            const std::string id(text_or(made.body.at("files").at(0), "_id"));
            keep("/file/" + id + "/content");
            keep("/file/" + id);
        }
    }
    void make_connector() {
        const Reply made = client_->post("/actions/restful/config",
                                         {{"name", "Secretive"},
                                          {"config",
                                           {{"base_url", service_.base_url()},
                                            {"auth", {{"type", "bearer"}, {"token", token}}}}}});
        EXPECT_EQ(made.status, 200) << made.text;
        keep("/actions/restful/config/" + made.at("_id"));
        echo_skill = client_
                         ->post("/action", {{"name", "Echo"},
                                            {"connector_id", made.at("_id")},
                                            {"method", "GET"},
                                            {"url", "/echo"}})
                         .at("skill_id");
        EXPECT_FALSE(echo_skill.empty());
    }
    std::string flow_skill(const std::string& sort) {
        const Reply all =
            client_->get("/skills/category?projectId=" + project + "&category=flow&limit=50");
        for (const json::value& each : all.body.as_array())
            if (text_or(each.at("actions").at(0), "sort") == sort)
                return std::string(text_or(each, "_id"));
        return {};
    }
    std::string begin(json::array skills, const json::object& inputs) {
        const json::object agent{
            {"title", "Doer"}, {"prompt", {{"template", "Do it."}}}, {"skills", std::move(skills)}};
        const std::string flow =
            client_->post("/agentflow/", {{"name", "moved"}, {"agents", json::array{agent}}})
                .at("_id");
        flows_.push_back(flow);
        const Reply run = client_->post(
            "/execute_flow",
            {{"agentflow_id", flow}, {"goal", "Do it."}, {"input_variables", inputs}});
        EXPECT_EQ(run.status, 200) << run.text;
        return run.at("_id");
    }
    void until_it_waits(const std::string& run) {
        for (int i = 0; i < 6'000; ++i, usleep(5'000))
            if (client_->post("/execute_flow/" + run + "/event", {{"name", "none"}})
                    .at("detail")
                    .contains("but for "))
                return;
        ADD_FAILURE() << run << " does not wait";
    }
    void until(const std::string& run, const std::string& status) {
        for (int i = 0; i < 6'000; ++i, usleep(5'000))
            if (client_->get("/execute_flow/" + run).at("status") == status) return;
        ADD_FAILURE() << run << " is not " << status;
    }
    void make_runs() {
        for (int i = 0; i < 20; ++i) {
            finished = begin({}, {{"n", i}});
            until(finished, "completed");
        }
        keep("/execute_flow/" + finished);
        timed = begin({json::value(flow_skill("wait"))}, {{"seconds", 4}});
        event = begin({json::value(flow_skill("wait_for_event"))}, {{"name", "paid"}});
        paused = begin({json::value(flow_skill("wait_for_event"))}, {{"name", "later"}});
        for (const std::string& each : {timed, event, paused}) until_it_waits(each);
        EXPECT_EQ(client_->post("/execute_flow/" + paused + "/pause").at("status"), "paused");
        Letters asking(*client_, service_.base_url());
        const Reply asks = asking.start("ada", "asked");
        asked = asks.at("_id");
        asking.item(asks);
        Letters sending(*client_, service_.base_url(), false);
        half = sending.start("bob", "half").at("_id");
        EXPECT_TRUE(service_.wait_hanging());
        for (const std::string& flow : flows_) keep("/agentflow/" + flow);
    }

    TemporaryDirectory directory_;
    std::vector<std::string> flows_;
    std::atomic<bool> hung_{false};
    FaultServer service_;
    std::unique_ptr<WeftProcess> server_;
    std::unique_ptr<TestClient> client_;
};

inline bool run_sql(const std::filesystem::path& data, const std::string& sql) {
    sqlite3* database = nullptr;
    const bool done = sqlite3_open((data / "weft.db").c_str(), &database) == SQLITE_OK &&
                      sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    sqlite3_close(database);
    return done;
}

using Lines = std::multiset<std::string>;

inline Lines sqlite_lines(const std::filesystem::path& data, const std::string& sql) {
    sqlite3* database = nullptr;
    Lines lines;
    const auto add = [](void* into, int count, char** cells, char**) {
        std::string line;
        for (int i = 0; i < count; ++i)
            line += (i > 0 ? "|" : "") + std::string(cells[i] ? cells[i] : "");
        static_cast<Lines*>(into)->insert(line);
        return 0;
    };
    EXPECT_EQ(sqlite3_open_v2((data / "weft.db").c_str(), &database, SQLITE_OPEN_READONLY, nullptr),
              SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), add, &lines, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
    return lines;
}

/// All tables of the directory, cell by cell in hex, on both sides; how many rows there are.
inline std::size_t compare_rows(const std::filesystem::path& data, const std::string& url) {
    PostgresCluster& cluster = PostgresCluster::shared();
    std::size_t rows = 0;
    for (const std::string& table :
         sqlite_lines(data, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
                            "('store_info', 'schema_version')")) {
        std::string here = "SELECT ";
        std::string there = "SELECT ";
        for (const std::string& column : sqlite_lines(
                 data, "SELECT type || ' ' || name FROM pragma_table_info('" + table + "')")) {
            const std::string name = '"' + column.substr(column.find(' ') + 1) + '"';
            const std::string bytes =
                column.starts_with("BLOB") ? name : "convert_to(" + name + "::text, 'UTF8')";
            here += "iif(" + name + " IS NULL, '-', hex(" + name + ")) || ' ' || ";
            there += "coalesce(upper(encode(" + bytes + ", 'hex')), '-') || ' ' || ";
        }
        const Lines mine = sqlite_lines(data, here + "'' FROM \"" + table + "\"");
        std::istringstream in(cluster.psql(url, there + "'' FROM \"" + table + "\""));
        Lines moved;
        for (std::string line; std::getline(in, line);) {
            if (mine.empty() && line == "SELECT 0") continue;
            moved.insert(line);
        }
        EXPECT_TRUE(mine == moved) << table << ": " << mine.size() << " rows, " << moved.size();
        rows += mine.size();
    }
    return rows;
}

} // namespace weft::testing
