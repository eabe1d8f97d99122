// A project as a file and back: what is in it, what is not, and that it stays the same.
#include "api_world.h"
#include "project_rows.h"
#include "weft_process.h"

#include <fstream>
#include <re2/re2.h>
#include <sodium.h>
#include <thread>

namespace weft {

using enum http::Method;
using testing::WeftProcess;

namespace {

constexpr const char* canaries[] = {"canary-bearer-7Qz/+=", "canary named one", "canary&pasted\"x"};

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool memory_is_ours = false; // a sanitizer keeps what was freed
#else
constexpr bool memory_is_ours = true;
#endif

std::int64_t memory_kb(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::atoll(line.c_str() + 6);
    return 0;
}

std::string base64(std::string_view text) {
    std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()),
                      text.size(), sodium_base64_VARIANT_ORIGINAL);
    return out.substr(0, out.find_first_of(std::string_view("=\0", 2)));
}

/// How a secret might show: as it is, and in the ways that texts carry it.
std::vector<std::string> forms_of(const std::string& secret) {
    std::vector<std::string> forms{secret, base64(secret), http::percent_encode(secret)};
    forms.push_back(to_hex({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()}));
    const std::string quoted = to_text(json::value(secret));
    forms.push_back(quoted.substr(1, quoted.size() - 2));
    return forms;
}

} // namespace

class ProjectExport : public Api {
protected:
    std::string make(const std::string& name) {
        const Reply all = owner().get("/v1/project/all");
        const std::string organization(text_or(all.body.at("projectList").at(0), "orgId"));
        const Reply made = owner().post("/v1/project", {{"orgId", organization},
                                                        {"projectName", name},
                                                        {"description", "d"},
                                                        {"coworker_role", "Digest \"writer\""}});
        EXPECT_EQ(made.status, 200) << made.text;
        return made.at("_id");
    }
    Reply post(const std::string& path, const json::value& body) {
        const Reply reply = owner().post(path, body);
        EXPECT_EQ(reply.status, 200) << path << reply.text;
        return reply;
    }
    std::string exported(const std::string& project, bool records = true) {
        const Reply reply =
            owner().get("/v1/project/" + project + (records ? "/export?records=true" : "/export"));
        EXPECT_EQ(reply.status, 200) << reply.text;
        return reply.text;
    }
    Reply import(const std::string& text, const std::string& name = {}) {
        return owner().send(http::Method::post,
                            "/v1/project/import" +
                                (name.empty() ? "" : "?name=" + http::percent_encode(name)),
                            text);
    }
    /// A project with something of each kind, and what is hard to carry over in each.
    std::string furnished(const std::string& name) {
        const std::string project = make(name);
        const std::string in = "?projectID=" + project;
        const Reply crm = post("/actions/restful/config" + in,
                               {{"name", "CRM"},
                                {"config",
                                 {{"base_url", "http://127.0.0.1:9/api"},
                                  {"headers", {{"x-key", "{{ secrets.named }}"}}},
                                  {"auth", {{"type", "bearer"}, {"token", canaries[0]}}},
                                  {"secrets", {{"named", canaries[1]}, {"other", canaries[2]}}}}}});
        const Reply action =
            post("/action" + in,
                 {{"name", "Send"},
                  {"connector_id", crm.at("_id")},
                  {"method", "POST"},
                  {"url", "/letters"},
                  {"headers", {{"x-pasted", std::string("Bearer ") + canaries[0]}}},
                  {"body", json::object{}},
                  {"input_schema",
                   {{"fields", json::array{{{"field_id", "to"}, {"required", true}}}}}}});
        furnish_tables(project);
        const Reply skill =
            post("/skills/" + in, {{"name", "Save leads"},
                                   {"connector_name", "tables"},
                                   {"actions", json::array{{{"category", "tables"},
                                                            {"sort", "insert_records"},
                                                            {"preset", {{"table", "Leads"}}}}}}});
        furnish_flows(project, {action.at("skill_id"), skill.at("_id")});
        return project;
    }
    void furnish_tables(const std::string& project) {
        const std::string in = "?projectID=" + project;
        post("/create/table" + in,
             {{"table_name", "Leads"},
              {"triggers", json::array{{{"event", "insert"}, {"goal", "look at " + project}}}},
              {"columns", json::array{{{"column_name", "Größe (cm)"}, {"column_type", "Number"}},
                                      {{"column_name", "State"},
                                       {"column_type", "Enum"},
                                       {"enum_options", json::array{"new", "old"}},
                                       {"default_value", "new"}},
                                      {{"column_name", "More"}, {"column_type", "Object"}}}}});
        post("/create/table" + in, {{"table_name", "Empty"}});
        post("/storage/" + project + "/Leads",
             json::array{{{"größe_cm", 1.5}, {"more", {{"a", json::array{1, nullptr}}}}},
                         {{"größe_cm", 1e300}, {"state", nullptr}},
                         {{"state", "old"}, {"more", {{"text", std::string(canaries[1])}}}},
                         json::object{}});
    }
    void furnish_flows(const std::string& project, const std::vector<std::string>& skills) {
        const std::string in = "?projectID=" + project;
        const std::string first = "65a000000000000000000001";
        const std::string twin = "65a000000000000000000002";
        const Reply flow =
            post("/agentflow/" + in,
                 {{"name", "Digest"},
                  {"cron_details",
                   {{"projectID", project},
                    {"frequency", "0 9 * * *"},
                    {"executed_by", "ada@example.org"}}},
                  {"is_cron_scheduled", true},
                  {"anomaly_detection", {{"is_enabled", true}}},
                  {"agents",
                   json::array{{{"_id", first},
                                {"title", "Read"},
                                {"prompt", {{"template", "Read {{ goal }} in " + project}}},
                                {"skills", json::array(skills.begin(), skills.end())},
                                {"retry", {{"attempts", 2}}},
                                {"triggers", json::array{{{"name", "t"}}}},
                                {"next_agent", twin}},
                               {{"_id", twin},
                                {"title", "Read"},
                                {"agent_type", "decision_agent"},
                                {"context", json::array{first}},
                                {"prompt", {{"template", "{{ agents[\"" + first + "\"].text }}"}}},
                                {"conditions",
                                 json::array{{{"decision", first}, {"condition", "{{ true }}"}},
                                             {{"decision", "end"}, {"condition", "else"}}}}}}}});
        post("/agentflow/" + in, {{"name", "Digest"},
                                  {"parent_agentflow_id", flow.at("_id")},
                                  {"failover_goal", "Say why"},
                                  {"isActive", false}});
        // Its parent is younger than it.
        const Reply child = post("/agentflow/" + in, {{"name", "Child"}});
        const Reply parent = post("/agentflow/" + in, {{"name", "Parent"}});
        EXPECT_EQ(owner()
                      .send(put, "/agentflow/" + child.at("_id"),
                            to_text(json::object{{"parent_agentflow_id", parent.at("_id")}}))
                      .status,
                  200);
    }
};

TEST_F(ProjectExport, who_may_do_what) {
    const std::string project = make("guarded export");
    const std::string path = "/v1/project/" + project + "/export";
    const auto key_of = [&](const json::array& scopes) {
        return owner().post("/apikey", {{"name", "k"}, {"scopes", scopes}}).at("secret_key");
    };
    TestClient editor(server_->url(), key_of({"editor"}));
    TestClient confined(server_->url(), key_of({"owner", "project:" + project}));
    const std::string text = exported(project);
    const std::string organization = owner().get("/v1/project/" + project).at("orgId");
    const std::string import = "/v1/project/import?name=imported%20";
    int made = 0;
    const auto import_by = [&](TestClient& client, const std::string& more = {}) {
        return client.send(http::Method::post, import + std::to_string(++made) + more, text).status;
    };
    EXPECT_EQ(nobody_->get(path).status, 401);
    EXPECT_EQ(viewer_->get(path).status, 403);
    EXPECT_EQ(editor.get(path).status, 403);
    EXPECT_EQ(stranger_->get(path).status, 404);
    EXPECT_EQ(confined.get(path).status, 200);
    EXPECT_EQ(import_by(*nobody_), 401);
    EXPECT_EQ(import_by(*viewer_), 403);
    EXPECT_EQ(import_by(editor), 403);
    EXPECT_EQ(import_by(confined), 403);
    EXPECT_EQ(import_by(*stranger_, "&orgId=" + organization), 404);
    EXPECT_EQ(import_by(owner(), "&orgId=" + organization), 200);
    EXPECT_EQ(import_by(*stranger_), 200); // into their own organization
    EXPECT_FALSE(owner().get("/v1/project/all").text.contains("imported 7"));
}

TEST_F(ProjectExport, comes_back_byte_for_byte) {
    const std::string project = furnished("There and back");
    const std::string text = exported(project);
    ASSERT_TRUE(parse_json(text)) << text;
    const Reply made = import(text, "And back");
    ASSERT_EQ(made.status, 200) << made.text;
    std::string again = exported(made.at("_id"));
    const auto name = again.find("And back");
    ASSERT_NE(name, again.npos);
    EXPECT_EQ(again.replace(name, 8, "There and back"), text);
    // Nothing in it is an id of this server.
    EXPECT_FALSE(RE2::PartialMatch(text, "[0-9a-f]{24}")) << text;
    EXPECT_EQ(exported(project, false).substr(0, 500), text.substr(0, 500));
    EXPECT_FALSE(exported(project, false).contains("records\":"));
}

TEST_F(ProjectExport, names_what_it_refers_to_and_finds_it_again) {
    const std::string project = furnished("Refers");
    const std::string text = exported(project);
    for (const char* part :
         {R"("@{project}")", R"(@{agent:Digest/Read})", R"x("id": "Read (2)")x",
          R"x("id": "Digest (2)")x", R"("parent_agentflow_id": "Digest")",
          R"("parent_agentflow_id": "Parent")", R"("decision": "Read")", R"("context": ["Read"])",
          R"("preset": {"table": "Leads"})", R"({"größe_cm":1e+300,"state":null})"})
        EXPECT_TRUE(text.contains(part)) << part << text;
    const Reply made = import(text, "Refers to its own");
    ASSERT_EQ(made.status, 200) << made.text;
    const std::string in = "?projectID=" + made.at("_id");
    const Reply flows = owner().get("/agentflows" + in);
    EXPECT_FALSE(flows.text.contains(project)) << flows.text;
    const json::value& digest = flows.body.at("agentflows").at(0);
    EXPECT_EQ(text_or(digest.at("cron_details"), "projectID"), made.at("_id"));
    const json::array& agents = digest.at("agents").as_array();
    const std::string first(text_or(agents[0], "_id"));
    EXPECT_NE(first, "65a000000000000000000001");
    EXPECT_EQ(text_or(agents[1].at("prompt"), "template"), "{{ agents[\"" + first + "\"].text }}");
    EXPECT_EQ(agents[0].at("next_agent"), agents[1].at("_id"));
    EXPECT_EQ(int_or(owner().get("/storage/" + made.at("_id") + "/Leads").body, "total_count"), 4);
}

TEST_F(ProjectExport, what_is_imported_is_off_until_somebody_switches_it_on) {
    const Reply made = import(exported(furnished("Is off")), "Is off, too");
    ASSERT_EQ(made.status, 200) << made.text;
    const std::string in = "?projectID=" + made.at("_id");
    const Reply connectors = owner().get("/connectors/" + in);
    int pending = 0;
    for (const json::value& group : connectors.body.as_array())
        for (const json::value& each : group.at("accountDetails").as_array()) {
            const bool is_own = text_or(group, "category") == "restful";
            EXPECT_EQ(text_or(each, "status"), is_own ? "pending" : "ready");
            if (!is_own) continue;
            ++pending;
            const Reply one =
                owner().get("/connector/" + std::string(text_or(each, "connectorID")));
            EXPECT_TRUE(one.text.contains("give its auth.token, secrets.named")) << one.text;
        }
    EXPECT_EQ(pending, 1);
    const Reply flows = owner().get("/agentflows" + in);
    EXPECT_FALSE(flows.text.contains("\"is_cron_scheduled\":true")) << flows.text;
    EXPECT_FALSE(flows.text.contains("ada@example.org")) << flows.text;
    EXPECT_TRUE(flows.text.contains(R"("triggers":[{"name":"t","is_active":false}])"));
    EXPECT_TRUE(owner().get("/storage/" + made.at("_id")).text.contains(R"("is_active":false)"));
    EXPECT_EQ(int_or(owner().get("/tasks/" + made.at("_id")).body, "total_count"), 0);
}

TEST_F(ProjectExport, holds_no_secret_in_any_form) {
    const std::string project = furnished("Has secrets");
    const Reply key = post("/apikey", {{"name", "k"}, {"scopes", json::array{"owner"}}});
    std::ifstream master(directory_->path() / "data" / "master.key", std::ios::binary);
    const std::string master_key{std::istreambuf_iterator<char>(master), {}};
    ASSERT_EQ(master_key.size(), 32U);
    std::vector<std::string> secrets{key.at("secret_key"), WholeServer::key, master_key};
    for (const char* canary : canaries) secrets.emplace_back(canary);
    const std::string text = exported(project);
    EXPECT_TRUE(text.contains("x-pasted")) << text;
    for (const std::string& secret : secrets)
        for (const std::string& form : forms_of(secret)) EXPECT_FALSE(text.contains(form)) << form;
}

TEST_F(ProjectExport, the_audit_log_tells_of_it) {
    const std::string project = make("Audited");
    const std::string text = exported(project);
    const auto last = [&](const std::string& object) {
        return owner().get("/audit?limit=1&object=" + object).body.at("audit").at(0);
    };
    const json::value taken = last(project);
    EXPECT_EQ(text_or(taken, "what"), "projects.export");
    EXPECT_TRUE(bool_or(taken.at("details"), "records"));
    const Reply made = import(text, "Audited, too");
    const json::value row = last(made.at("_id"));
    EXPECT_EQ(text_or(row, "what"), "projects.import");
}

TEST_F(ProjectExport, goes_from_the_trash_and_refuses_what_is_taken) {
    const std::string project = make("Trashed");
    ASSERT_EQ(owner().send(delete_, "/v1/project/" + project + "?soft=true").status, 200);
    const std::string text = exported(project);
    EXPECT_EQ(code_of(import(text)), "409 conflict");
    EXPECT_EQ(code_of(import(text, " ")), "422 invalid");
    EXPECT_EQ(import(text, "Out of the trash").status, 200);
}

// A repeat of the request makes no second project.
TEST_F(ProjectExport, an_import_that_is_sent_again_is_answered_again) {
    const std::string text = exported(make("Sent twice"));
    http::Headers headers;
    headers.set("Idempotency-Key", "import once");
    const std::string path = "/v1/project/import?name=Made%20once";
    const Reply first = owner().send(http::Method::post, path, text, headers);
    ASSERT_EQ(first.status, 200) << first.text;
    EXPECT_EQ(owner().send(http::Method::post, path, text, headers).text, first.text);
}

namespace {

struct Served {
    testing::TemporaryDirectory directory;
    WeftProcess server;
    TestClient client;

    Served()
        : server({"serve", "--data", data(), "--listen", "127.0.0.1:0", "--log-level", "error"},
                 directory.path() / "out", {std::string("WEFT_BOOTSTRAP_API_KEY=") + key}),
          client(server.url(), key) {}
    std::string data() const { return directory.path() / "data"; }
    static constexpr const char* key = WholeServer::key;
};

/// An export with so many records, of which nobody ever made the project.
std::string large_export(int records, const std::string& name) {
    std::string text = R"({"weft_project":1,"project":{"projectName":")" + name + R"("},"tables":[
        {"table_name":"T","columns":[{"column_name":"N","column_type":"Number"},
        {"column_name":"Text"}]}],"records":{"T":[)";
    const std::string filling(200, 'x');
    for (int i = 0; i < records; ++i)
        text += fmt::format("{}\n{{\"n\":{},\"text\":\"{}\"}}", i == 0 ? "" : ",", i, filling);
    return text + "]}}";
}

} // namespace

TEST(LargeProject, needs_no_more_memory_the_more_records_there_are) {
    Served served;
    const Reply made = served.client.send(http::Method::post, "/v1/project/import",
                                          large_export(100'000, "Large"));
    ASSERT_EQ(made.status, 200) << made.text;
    const std::int64_t before = memory_kb(served.server.pid());
    const Reply text = served.client.get("/v1/project/" + made.at("_id") + "/export?records=true");
    ASSERT_EQ(text.status, 200);
    EXPECT_GT(text.text.size(), 20'000'000U);
    EXPECT_TRUE(text.text.ends_with("\n  }\n}\n"));
    if (memory_is_ours) EXPECT_LT(memory_kb(served.server.pid()) - before, 8'000);
    EXPECT_EQ(int_or(served.client.get("/storage/" + made.at("_id") + "/T").body, "total_count"),
              100'000);
    const Reply again =
        served.client.send(http::Method::post, "/v1/project/import?name=Larger", text.text);
    EXPECT_EQ(again.status, 200) << again.text;
}

TEST(LargeProject, of_which_half_was_there_at_kill_9_goes_away) {
    const testing::TemporaryDirectory directory;
    const std::string data = directory.path() / "data";
    const std::vector<std::string> serve{"serve",       "--data",      data,   "--listen",
                                         "127.0.0.1:0", "--log-level", "error"};
    const std::vector<std::string> environment{std::string("WEFT_BOOTSTRAP_API_KEY=") +
                                               WholeServer::key};
    {
        WeftProcess server(serve, directory.path() / "out", environment);
        TestClient client(server.url(), WholeServer::key);
        const testing::ProjectRows rows(data);
        std::thread importing([&client] {
            const Reply reply = client.send(http::Method::post, "/v1/project/import",
                                            large_export(200'000, "Half"));
            EXPECT_EQ(reply.status, 0) << "it was done before the kill";
        });
        while (rows.in("record") < 2'000) usleep(1'000);
        server.kill(SIGKILL);
        server.wait();
        importing.join();
    }
    const testing::ProjectRows rows(data);
    EXPECT_EQ(rows.in("project"), 2);
    WeftProcess server(serve, directory.path() / "out", environment);
    TestClient client(server.url(), WholeServer::key);
    EXPECT_EQ(int_or(client.get("/v1/project/all").body, "totalCount"), 1);
    for (int i = 0; i < 6'000 && rows.in("project") > 1; ++i) usleep(10'000);
    EXPECT_EQ(rows.in("project"), 1);
    EXPECT_EQ(rows.in("record"), 0);
    EXPECT_EQ(rows.in("data_table"), 0);
}

} // namespace weft
