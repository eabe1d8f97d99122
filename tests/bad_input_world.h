#pragma once

#include "api_world.h"
#include "samples.h"
#include "support/postgres_cluster.h"

#include "api/api.h"
#include "domain/members.h"
#include "store/postgres.h"

#include <sqlite3.h>

namespace weft {

/// Says whether anything was written to a database that another connection serves. On PostgreSQL
/// triggers tell it; what the store writes of itself (`node`, `batch`) does not count.
class StoreWatch {
public:
    explicit StoreWatch(const std::filesystem::path& data) : url_(store::store_url(data)) {
        if (!url_.empty()) {
            psql(watching);
            reach_ = std::make_unique<store::Reach>(url_);
            watcher_ = std::make_unique<store::PostgresConnection>(*reach_);
            return;
        }
        const std::string file = data / "weft.db";
        CHECK(sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READONLY, nullptr) ==
              SQLITE_OK);
    }
    ~StoreWatch() { sqlite3_close(database_); }
    StoreWatch(const StoreWatch&) = delete;

    /// Another one after each commit of another connection.
    std::int64_t version() const {
        if (watcher_) return changes_seen();
        return std::stoll(rows("PRAGMA data_version"));
    }

    /// Everything in it.
    std::size_t digest() const {
        if (!url_.empty()) return std::hash<std::string>()(store::everything_in(url_));
        std::size_t sum = 0;
        std::istringstream tables(rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"));
        for (std::string table; tables >> table;)
            sum = sum * 31 + std::hash<std::string>()(rows("SELECT * FROM \"" + table + "\""));
        return sum;
    }

private:
    static constexpr const char* watching = R"(
        CREATE SCHEMA watch;
        CREATE TABLE watch.change (at int);
        CREATE FUNCTION watch.note() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO watch.change VALUES (1); RETURN NULL; END';
        DO $do$ DECLARE t text; BEGIN
            FOR t IN SELECT tablename FROM pg_tables
                     WHERE schemaname = 'public' AND tablename NOT IN ('node', 'batch') LOOP
                EXECUTE format('CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON %I '
                               'FOR EACH ROW EXECUTE FUNCTION watch.note()', t);
            END LOOP; END $do$)";

    std::string psql(const std::string& sql) const {
        return testing::PostgresCluster::shared().psql(url_, sql);
    }
    std::string rows(const std::string& sql) const {
        sqlite3_stmt* statement = nullptr;
        CHECK(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
        std::string all;
        while (sqlite3_step(statement) == SQLITE_ROW) {
            for (int i = 0; i < sqlite3_column_count(statement); ++i) {
                const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
                all.append(bytes ? bytes : "",
                           static_cast<std::size_t>(sqlite3_column_bytes(statement, i)));
                all += ' ';
            }
            all += '\n';
        }
        sqlite3_finalize(statement);
        return all;
    }

    /// On a connection that stays: there are thousands of looks.
    std::int64_t changes_seen() const {
        const auto count = watcher_->ask("SELECT count(*)::text FROM watch.change");
        CHECK(count);
        return std::stoll(store::field(*count, 0, 0));
    }

    std::string url_; ///< empty: SQLite
    std::unique_ptr<store::Reach> reach_;
    std::unique_ptr<store::PostgresConnection> watcher_;
    sqlite3* database_ = nullptr;
};

/// A request as the tables write it: `path` is complete.
struct Probe {
    const api::Route* route;
    std::string path;
    std::string body;
    http::Headers headers = {};

    std::string name() const {
        return fmt::format("{} {} {}", to_text(route->method), path.substr(0, 300),
                           body.substr(0, 300));
    }
};

/// Two organizations with one thing of each kind, so that every id of the API has a real one to
/// stand for it and a foreign one to be refused. What this file does not know of a route, it takes
/// from /openapi.json: a new route is in every table without a change here.
class BadInput : public Api {
protected:
    using Names = std::map<std::string, std::string>;

    static void SetUpTestSuite() {
        Api::SetUpTestSuite();
        document_ = server_->owner().get("/openapi.json").body;
        watch_ = new StoreWatch(directory_->path() / "data");
        const Names own = renew();
        const std::string theirs =
            stranger_->post("/agentflow/", {{"name", foreign}}).at("projectID");
        const Names others = things(*stranger_, theirs, foreign);
        for (const auto& [name, id] : others) foreign_.insert(id);
        for (const auto& [name, id] : own) foreign_.erase(id);
    }
    static void TearDownTestSuite() {
        delete std::exchange(samples_, nullptr);
        delete std::exchange(watch_, nullptr);
        Api::TearDownTestSuite();
    }

    /// Takes new things of ours, so that what a table has piled up on the old ones does not slow
    /// down the next.
    static Names renew() {
        const Names own = things(server_->owner(), project_, fmt::format("own {}", ++renewed_));
        delete std::exchange(samples_, new testing::Samples(document_, own));
        return own;
    }

    /// One thing of each kind, by the names that paths and bodies give their ids.
    static Names things(TestClient& client, const std::string& project, const std::string& name) {
        const std::string in = "?projectID=" + project;
        Names ids{{"P", project}, {"projectID", project}, {"projectId", project}};
        const auto take = [&](std::initializer_list<const char*> names, const std::string& id) {
            if (!id.empty())
                for (const char* each : names) ids[each] = id;
        };
        const Reply skills = client.get("/skills/" + in + "&limit=500");
        // Of another connector than asking_run() needs: routes delete the one that stands for all.
        const json::value& inserting = inserting_skill(skills.body);
        const json::value& skill =
            *std::ranges::find_if(skills.body.as_array(), [&](const json::value& each) {
                return text_or(each, "connector_id") != text_or(inserting, "connector_id");
            });
        take({"S", "skill_id", "skills"}, std::string(text_or(skill, "_id")));
        take({"C", "connector_id", "connectorID"}, std::string(text_or(skill, "connector_id")));
        const Reply flow = client.post(
            "/agentflow/" + in,
            {{"name", name},
             {"agents", json::array{{{"title", name}, {"prompt", {{"template", "Work."}}}}}}});
        take({"AF", "agentflow_id", "", "coworker_id"}, flow.at("_id"));
        take({"n"}, "1");
        take({"agent", "start_from_agent_id"}, flow.at("initialAgent"));
        const Reply run = client.post("/execute_flow" + in,
                                      {{"agentflow_id", flow.at("_id")}, {"autostart", false}});
        take({"E", "execution_id", "parent_execution_id"}, run.at("_id"));
        take({"task_id", "id"}, run.at("task_id"));
        take({"E2"}, run.at("execution_id"));
        const Reply table =
            client.post("/create/table" + in,
                        {{"table_name", name}, {"columns", json::array{{{"column_name", "own"}}}}});
        take({"T", "table_id", "tableId"}, table.at("_id"));
        const Reply record =
            client.post("/storage/" + project + "/" + table.at("_id"), {{"own", name}});
        take({"R", "storage_ids"}, record.at("_id"));
        take({"column_id", "columnId", "field"}, "own");
        const Reply file =
            client.post("/files/upload" + in, {{"filenames", json::array{name + ".txt"}}});
        take({"F", "files"}, std::string(text_or(file.body.at("files").at(0), "_id")));
        take({"orgId"}, flow.at("organization_id"));
        const auto [waiting, item] = asking_run(client, in, inserting, table.at("_id"));
        take({"waiting E"}, waiting);
        const Reply invited = client.post(
            "/organization/invitations", {{"email", fmt::format("own{}@example.org", ++invited_)}});
        take({"invitation"}, invited.at("_id"));
        take({"inbox_id", "after_id"}, item);
        return ids;
    }

    static const json::value& inserting_skill(const json::value& skills) {
        for (const json::value& skill : skills.as_array())
            for (const json::value& action : skill.at("actions").as_array())
                if (text_or(action, "sort") == "insert_records") return skill;
        throw std::runtime_error("no skill inserts records");
    }

    /// An execution that waits for a person, and its item of the inbox.
    static std::pair<std::string, std::string> asking_run(TestClient& client, const std::string& in,
                                                          const json::value& skill,
                                                          const std::string& table) {
        json::object agent{{"title", "asks"},
                           {"prompt", {{"template", "Insert."}}},
                           {"is_preview_mode_enabled", true},
                           {"skills", json::array{skill.at("_id")}}};
        const Reply flow =
            client.post("/agentflow/" + in, {{"name", "asks"}, {"agents", json::array{agent}}});
        const json::object inputs{{"table", table}, {"records", json::array{{{"own", "x"}}}}};
        const Reply run = client.post(
            "/execute_flow" + in, {{"agentflow_id", flow.at("_id")}, {"input_variables", inputs}});
        for (int i = 0; i < 6'000; ++i, usleep(2'000)) {
            const Reply open = client.get("/inbox" + in + "&limit=1&status=pending");
            for (const json::value& each : open.body.at("inbox_requests").as_array())
                if (text_or(each, "execution_id") == run.at("execution_id"))
                    return {run.at("_id"), std::string(text_or(each, "_id"))};
        }
        ADD_FAILURE() << "nobody is asked " << client.get("/execute_flow/" + run.at("_id")).text;
        return {};
    }

    /// Every operation that this version has.
    static std::vector<const api::Route*> routes() {
        std::vector<const api::Route*> all;
        for (const auto& table : api::route_tables())
            for (const api::Route& route : table)
                if (!route.operation.schema_name ||
                    std::string_view(route.operation.schema_name) != "NotYet")
                    all.push_back(&route);
        return all;
    }

    /// Whether what it answers goes on until the client leaves.
    static bool is_endless(const api::Route& route) {
        return std::string_view(route.operation_id) == "projects.events";
    }

    /// Parameters of the path that mean one thing, in order.
    static std::vector<std::string> path_names(const api::Route& route) {
        std::vector<std::string> names;
        const std::string_view path = route.path;
        if (path.ends_with("...}")) return names; // any text is a place in the app
        for (auto at = path.find('{'); at != path.npos; at = path.find('{', at + 1))
            names.emplace_back(path.substr(at + 1, path.find('}', at) - at - 1));
        return names;
    }

    /// The route's path with real ids, and `text` in place of the parameter `name`.
    static std::string path_of(const api::Route& route, const std::string& name = "",
                               const std::string& text = "") {
        std::string path = route.path;
        for (const std::string& each : path_names(route))
            path.replace(path.find("{" + each + "}"), each.size() + 2,
                         each == name ? text : own_id(route, each));
        return path + "?projectID=" + project_ + required_query(route, name);
    }

    static std::string own_id(const api::Route& route, const std::string& name) {
        const std::string_view path = route.path;
        if (name == "id" && path.starts_with("/skills")) return samples_->id("S");
        if (name == "id" && path.starts_with("/inbox")) return samples_->id("inbox_id");
        if (name == "id" && path.starts_with("/organization/invitations"))
            return samples_->id("invitation");
        if (name == "E" && (path.starts_with("/inbox") || path.ends_with("/approve_preview")))
            return samples_->id("waiting E");
        if (path == "/edit/columns/{id}")
            return samples_->id(route.method == http::Method::put ? "P" : "T");
        if (name == "category") return "tables";
        // The project that all the others are in must outlive the tables.
        if (std::string_view(route.operation_id) == "projects.delete") return new_project();
        return samples_->id(name);
    }

    static std::string new_project() {
        const json::value body{{"orgId", samples_->id("orgId")},
                               {"projectName", fmt::format("doomed {}", ++projects_)}};
        return server_->owner().post("/v1/project", body).at("_id");
    }

    /// "&name=1" for each required parameter of the query but `except`, and for small pages.
    static std::string required_query(const api::Route& route, const std::string& except) {
        std::string text;
        for (const api::ParamDoc& param : route.operation.params)
            if (param.where == api::Where::query && param.name != except &&
                (param.required || std::string_view(param.name) == "limit"))
                text += fmt::format("&{}={}", param.name,
                                    std::string_view(param.schema).contains("{24}")
                                        ? samples_->id(param.name)
                                        : "1");
        return text;
    }

    static std::string method_word(const api::Route& route) {
        return lower_ascii(to_text(route.method));
    }
    static const json::value* schema_of(const api::Route& route) {
        return samples_->body_schema(route.path, method_word(route));
    }
    static std::string sample_body(const api::Route& route) {
        const json::value* schema = schema_of(route);
        return schema ? samples_->body(*schema) : "";
    }

    /// Sends it as the owner: no fault of the server, nothing of the other organization in the
    /// answer, and a refusal leaves the store as it was.
    static Reply send(const Probe& probe) {
        Reply reply;
        // With such a header the refusal itself is kept for retries.
        const bool keeps =
            probe.headers.find("x-client-request-id") || probe.headers.find("idempotency-key");
        for (int attempt = 0; attempt < attempts_max; ++attempt) {
            const std::int64_t before = watch_->version();
            reply =
                server_->owner().send(probe.route->method, probe.path, probe.body, probe.headers);
            if (reply.status < 400 || keeps || watch_->version() == before) break;
            // Perhaps a run that an earlier request started: then a later attempt is quiet.
            if (attempt + 1 == attempts_max)
                ADD_FAILURE() << "refused, and yet written: " << probe.name();
            wait_until_quiet();
        }
        EXPECT_TRUE(reply.status >= 200 && (reply.status < 500 || reply.status == 501))
            << probe.name() << "\n"
            << reply.status << " " << reply.text.substr(0, 500);
        EXPECT_EQ(reply.text.find(foreign), std::string::npos) << probe.name() << reply.text;
        return reply;
    }

    static constexpr int attempts_max = 5;

    /// Nothing has been written for a fifth of a second.
    static void wait_until_quiet() {
        std::int64_t last = -1;
        for (int quiet = 0; quiet < 10; usleep(20'000)) {
            const std::int64_t now = watch_->version();
            quiet = now == last ? quiet + 1 : 0;
            last = now;
        }
    }

    static bool is_built(const Reply& reply) { return reply.status != 501; }

    /// Is one of the reply's field errors at `path`, inside it, or at something that holds it?
    static bool names(const Reply& reply, const std::string& path) {
        const json::value* errors = find(reply.body, "errors");
        if (!errors || !errors->is_array()) return false;
        for (const json::value& each : errors->as_array()) {
            std::string field(text_or(each, "field"));
            // An item of a body that is an array.
            if (path.starts_with("0") && field.starts_with("records.")) field.erase(0, 8);
            if (field == path || field.starts_with(path + ".") || path.starts_with(field + "."))
                return true;
        }
        return false;
    }

    static constexpr const char* foreign = "belongs-to-others";
    static inline json::value document_;
    static inline StoreWatch* watch_ = nullptr;
    static inline testing::Samples* samples_ = nullptr;
    static inline int projects_ = 0;
    static inline int renewed_ = 0;
    static inline int invited_ = 0;
    static inline std::set<std::string> foreign_; ///< ids of the other organization
};

} // namespace weft
