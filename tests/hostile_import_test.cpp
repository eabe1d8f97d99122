// Exports that somebody wrote to do harm: each is refused with the member that is wrong, or is
// nothing but data. No import starts a process or opens a socket, which the kernel watches over,
// and what was refused leaves nothing behind.
#include "http/testing.h"
#include "no_way_out.h"
#include "whole_server.h"

#include <sys/socket.h>
#include <sys/wait.h>

#if __has_feature(address_sanitizer)
// Whoever looks for leaks at the end starts a process for it.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

namespace weft {

using testing::WholeServer;

namespace {

constexpr const char* harmless =
    R"({"weft_project":1,"project":{"projectName":"P"},)"
    R"("connectors":[{"id":"Web","category":"restful","name":"Web",)"
    R"("config":{"base_url":"https://api.example.org"},)"
    R"("actions":[{"name":"Send","sort":"send","method":"POST","url":"/x"}]},)"
    R"({"id":"Tables","category":"tables","name":"Tables"}],)"
    R"("tables":[{"table_name":"T","columns":[{"column_name":"N","column_type":"Number"},)"
    R"({"column_name":"S"}]}],)"
    R"("skills":[{"id":"Web - Send","connector":"Web","name":"Web - Send",)"
    R"("actions":[{"sort":"send"}]},{"id":"Rows","connector":"Tables","name":"Rows",)"
    R"("actions":[{"sort":"list_records","preset":{"table":"T"}}]}],)"
    R"("agentflows":[{"id":"F","name":"F","description":"d","agents":[{"id":"A","title":"A",)"
    R"("skills":["Web - Send","Rows"],"prompt":{"template":"Hi"},"next_agent":"B"},)"
    R"({"id":"B","title":"B"}]},{"id":"G","name":"G"}],)"
    R"("records":{"T":[{"n":1,"s":"x"}]}})";

/// The harmless one with something else in one place.
std::string with(const std::string& what, const std::string& instead, std::string text = harmless) {
    const auto at = text.find(what);
    CHECK(at != text.npos);
    return text.replace(at, what.size(), instead);
}

struct Case {
    std::string text;
    int status;
    std::string says; ///< what the answer's detail has: mostly the member that is wrong
};

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

std::vector<Case> bytes_that_are_no_export() {
    std::vector<Case> cases{
        {"", 400, "not an object"},
        {"null", 400, "not an object"},
        {"[]", 400, "not an object"},
        {"\"text\"", 400, "not an object"},
        {std::string("\x1f\x8b\x08\0\0\0\0\0", 8), 400, "not an object"}, // gzip
        {std::string("PK\x03\x04\x14\0\0\0", 8), 400, "not an object"},   // zip
        {std::string("\xEF\xBB\xBF") + harmless, 400, "not an object"},
        {std::string(harmless) + "{}", 400, "something follows"},
        {std::string(harmless) + std::string(1, '\0'), 400, "something follows"},
        {"{}", 422, "weft_project"},
        {with(":1,\"project\"", ":2,\"project\""), 422, "weft_project: must be 1"},
        {with(":1,\"project\"", ":\"1\",\"project\""), 422, "weft_project"},
        {with(":1,\"project\"", ":1e999,\"project\""), 400, "weft_project"},
        {with(":1,\"project\"", ":null,\"project\""), 422, "weft_project"},
    };
    const std::string whole = harmless;
    for (std::size_t cut = 1; cut < whole.size(); cut += 29)
        cases.push_back({whole.substr(0, cut), 400, ""});
    return cases;
}

std::vector<Case> texts_that_break_readers() {
    return {
        {with("\"Hi\"", repeated("[", 100'000)), 400, ""},
        {with("\"Hi\"", repeated("[", 1'000) + repeated("]", 1'000)), 400, "agentflows"},
        {with("\"Hi\"", repeated("{\"a\":", 500) + "1" + repeated("}", 500)), 400, "agentflows"},
        {with("\"n\":1", "\"n\":" + repeated("[", 200) + repeated("]", 200)), 400, "records.T.0"},
        {with("\"n\":1", "\"n\":1e999"), 400, "records.T.0"},
        {with("\"n\":1", "\"n\":1" + repeated("0", 400)), 400, "records.T.0"},
        {with("\"Hi\"", "1e999"), 400, "agentflows"},
        {with("\"n\":1", "\"n\":-"), 400, "records.T.0"},
        {with("\"projectName\":\"P\"", "\"projectName\":\"P\xff\""), 400, "project"},
        {with("\"projectName\":\"P\"", "\"projectName\":\"\\ud800\""), 400, "project"},
        {with("\"s\":\"x\"", "\"s\":\"\xc0\xaf\""), 400, "records.T.0"},
        {with("\"project\":", "\"pr\xfeject\":"), 400, ""},
        {with("\"project\":", "\"project\":{\"projectName\":\"Q\"},\"project\":"), 400,
         "two members"},
        {with("\"project\":", "\"\\u0070roject\":{},\"project\":"), 400, "two members"},
        {with("\"name\":\"F\"", "\"name\":\"E\",\"name\":\"F\""), 400,
         "agentflows: An object has two members \"name\""},
        {with("\"n\":1", "\"n\":1,\"n\":2"), 400, "records.T.0: An object has two members"},
        {with("\"T\":[", "\"T\":[],\"T\":["), 400, "records: An object has two members"},
    };
}

std::vector<Case> members_that_are_the_servers() {
    std::vector<Case> cases;
    for (const std::string name :
         {"organization_id", "orgId",      "_id",       "projectID",
          "created_by",      "created_at", "is_admin",  "is_deleted",
          "members",         "api_keys",   "secrets",   "__proto__",
          "constructor",     "prototype",  "command",   "type",
          "version_id",      "status",     "user_id",   "is_cron_scheduled",
          "trashedAt",       "owner",      "role_of_me"}) {
        const std::string member = "\"" + name + "\":\"65a000000000000000000001\",";
        for (const auto& [before, at] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"\"weft_project\":1", ""},
                 {"\"id\":\"Web\",\"cat", "connectors.0."},
                 {"\"name\":\"Send\"", "connectors.0.actions.0."},
                 {"\"table_name\":\"T\"", "tables.0."},
                 {"\"column_name\":\"N\"", "tables.0.columns.0."},
                 {"\"id\":\"Rows\"", "skills.1."},
                 {"\"sort\":\"send\"}", "skills.0.actions.0."},
                 {"\"id\":\"F\"", "agentflows.0."},
                 {"\"id\":\"A\"", "agentflows.0.agents.0."},
                 {"\"n\":1", "records.T.0."}})
            cases.push_back({with(before, member + before), 422, at + name});
        if (name != "status")
            cases.push_back({with("\"projectName\":\"P\"", member + "\"projectName\":\"P\""), 422,
                             "project." + name});
    }
    return cases;
}

std::vector<Case> names_that_mean_nothing_or_two_things() {
    return {
        {with("\"id\":\"Tables\"", "\"id\":\"Web\""), 422, "connectors.1.id: is there twice"},
        {with("\"id\":\"Rows\"", "\"id\":\"Web - Send\""), 422, "skills.1.id: is there twice"},
        {with("\"id\":\"G\"", "\"id\":\"F\""), 422, "agentflows.1.id: is there twice"},
        {with("\"id\":\"B\"", "\"id\":\"A\""), 422, "agentflows.0.agents.1.id: is there twice"},
        {with("\"id\":\"B\"", "\"id\":\"end\""), 422, "must not be \"end\""},
        {with("\"id\":\"B\",", ""), 422, "agentflows.0.agents.1.id: is missing"},
        {with("\"id\":\"G\"", "\"id\":7"), 422, "agentflows.1.id"},
        {with("\"id\":\"G\"", "\"id\":\"@{project}\""), 422, "agentflows.1.id"},
        {with("\"tables\":[", "\"tables\":[{\"table_name\":\"T\"},"), 422, "tables.1.table_name"},
        {with("\"tables\":[", "\"tables\":[{\"table_name\":\" T\"},"), 422, "tables.1.table_name"},
        {with("\"column_name\":\"S\"", "\"column_name\":\"N\""), 422, "columns.1.column_name"},
        {with("\"next_agent\":\"B\"", "\"next_agent\":\"C\""), 422, "agents.0.next_agent"},
        {with("\"next_agent\":\"B\"", "\"next_agent\":\"65a000000000000000000001\""), 422,
         "agents.0.next_agent: names no agent"},
        {with("[\"Web - Send\",", "[\"65a000000000000000000001\","), 422, "agents.0.skills.0"},
        {with("[\"Web - Send\",", "[null,"), 422, "agents.0.skills.0"},
        {with("\"connector\":\"Tables\"", "\"connector\":\"65a000000000000000000001\""), 422,
         "skills.1.connector"},
        {with("\"connector\":\"Tables\",", ""), 422, "skills.1.connector"},
        {with("\"records\":{\"T\"", "\"records\":{\"U\""), 422, "records.U"},
        {with("\"records\":{\"T\"", "\"records\":{\"../../etc/passwd\""), 422, "records."},
        {with("\"title\":\"B\"", "\"title\":\"B\",\"next_agent\":\"A\""), 422, "agentflows.0"},
        {with("\"name\":\"F\"", "\"name\":\"F\",\"parent_agentflow_id\":\"F\""), 422,
         "agentflows.0.parent_agentflow_id"},
        {with("\"name\":\"F\"", "\"name\":\"F\",\"parent_agentflow_id\":\"G\"",
              with("\"name\":\"G\"", "\"name\":\"G\",\"parent_agentflow_id\":\"F\"")),
         422, "parent_agentflow_id: leads in a circle"},
    };
}

std::vector<Case> things_that_are_not_what_they_should_be() {
    std::string columns;
    for (int i = 0; i < 300; ++i) columns += fmt::format("{{\"column_name\":\"c{}\"}},", i);
    std::string connectors;
    for (int i = 0; i < 501; ++i)
        connectors += fmt::format("{{\"id\":\"c{}\",\"category\":\"restful\"}},", i);
    return {
        {with("\"restful\"", "\"mcp\""), 422, "connectors.0.category"},
        {with("\"restful\"", "\"code\""), 422, "connectors.0.category"},
        {with("\"restful\"", "\"stdio\""), 422, "connectors.0.category"},
        {with("\"restful\"", "\"../../bin/sh\""), 422, "connectors.0.category"},
        {with("\"restful\"", "{}"), 422, "connectors.0.category"},
        {with("\"restful\"", "\"tables\""), 422, "connectors.0"},
        {with("https://api", "file:///etc"), 422, "connectors.0.config.base_url"},
        {with("https://api", "gopher://api"), 422, "connectors.0.config.base_url"},
        {with("https://api", "https://user:pw@api"), 422, "connectors.0.config.base_url"},
        {with("https://api", "https://{{ secrets.x }}api"), 422, "connectors.0.config.base_url"},
        {with("\"base_url\":",
              "\"auth\":{\"type\":\"bearer\",\"token\":\"planted\"},\"base_url\":"),
         422, "connectors.0.config.auth.token: is a secret"},
        {with("\"base_url\":", "\"secrets\":{\"x\":\"planted\"},\"base_url\":"), 422,
         "connectors.0.config.secrets.x: is a secret"},
        {with("\"base_url\":", "\"headers\":{\"x\":\"{{ inputs.city }}\"},\"base_url\":"), 422,
         "connectors.0.config.headers.x"},
        {with("\"base_url\":", "\"headers\":{\"host\":\"other\"},\"base_url\":"), 422,
         "connectors.0.config.headers.host"},
        {with("\"url\":\"/x\"", "\"url\":\"http://169.254.169.254/\""), 422, "actions.0.url"},
        {with("\"url\":\"/x\"", "\"url\":\"/{{ run('id') }}\""), 422, "actions.0.url"},
        {with("\"method\":\"POST\"", "\"method\":\"EXEC\""), 422, "actions.0.method"},
        {with("\"sort\":\"send\",\"m", "\"sort\":\"../x\",\"m"), 422, "actions.0.sort"},
        {with("\"sort\":\"send\"}", "\"sort\":\"run_shell\"}"), 422, "skills.0.actions.0"},
        {with("{\"table\":\"T\"}", "{\"__proto__\":{}}"), 422, "skills.1.actions.0.preset"},
        {with("\"category\":\"tables\",",
              "\"category\":\"tables\",\"config\":{\"command\":\"id\"},"),
         422, "connectors.1.config"},
        {with("\"connectors\":[", "\"connectors\":[" + connectors), 422, "connectors: has more"},
        {with("{\"column_name\":\"S\"}", columns + "{\"column_name\":\"S\"}"), 422,
         "tables.0.columns"},
        {with("\"Number\"", "\"Code\""), 422, "tables.0.columns.0.column_type"},
        {with("\"n\":1", "\"n\":\"1\""), 422, "records.T.0.n"},
        {with("\"n\":1,", "\"n\":1,\"of_nobody\":1,"), 422, "records.T.0.of_nobody"},
        {with("{\"n\":1,\"s\":\"x\"}", "7"), 422, "records.T.0"},
        {with("\"s\":\"x\"", "\"s\":\"" + std::string(300'000, 'x') + "\""), 422, "records.T.0"},
        {with("\"T\":[{", "\"T\":{\"a\":{"), 400, "records.T"},
        {with("\"records\":{", "\"records\":[{"), 400, ""},
        {with("{\"T\":[{\"n\":1,\"s\":\"x\"}]}", "[]"), 400, "records: This is not an object"},
        {with("\"Hi\"", "\"" + std::string(1 << 20, 'x') + "\""), 422,
         "agentflows.0.agents.0.prompt.template"},
        {with("\"name\":\"F\"", "\"name\":\"" + std::string(10'000, 'x') + "\""), 422,
         "agentflows.0.name"},
        {with("\"name\":\"F\"", "\"name\":\"F\\nG\""), 422, "agentflows.0.name"},
        {with("\"projectName\":\"P\"", "\"projectName\":\"\\u0000\""), 422, "project.projectName"},
        {with("\"Hi\"", "\"" + std::string(17 << 20, 'x') + "\""), 413, "at most"},
        {with("\"agentflows\":[", "\"agentflows\":[7,"), 422, "agentflows.0"},
        {with("\"skills\":[{\"id\":\"Web", "\"skills\":{\"a\":{\"id\":\"Web"), 400, ""},
    };
}

/// Nothing but words, wherever they stand.
std::vector<std::string> words_that_do_nothing() {
    const std::string command =
        "$(touch /tmp/weft-hostile); `id` | sh -c 'curl http://127.0.0.1:1'";
    const std::string reach =
        "{{ env.HOME }} {{ agents[\\\"__class__\\\"].mro }} ${HOME} {{ secrets.x }}";
    return {
        harmless,
        with("\"Hi\"", "\"" + command + "\""),
        with("\"Hi\"", "\"" + reach + "\""),
        with("\"name\":\"F\"", "\"name\":\"../../../etc/passwd\""),
        with("\"table_name\":\"T\"", "\"table_name\":\"../T\"", with("{\"T\":[{", "{\"../T\":[{")),
        with("\"s\":\"x\"", "\"s\":\"" + command + reach + "\""),
        with("\"description\":\"d\"", "\"image\":\"http://169.254.169.254/x.png\""),
        with("\"description\":\"d\"", "\"image\":\"file:///etc/passwd\""),
        with("https://api.example.org", "http://169.254.169.254/latest"),
        with("https://api.example.org", "http://[::1]:8470/v1"),
        with("\"description\":\"d\"",
             "\"cron_details\":{\"frequency\":\"* * * * *\",\"goal\":\"@{agent:nobody/x} @{\","
             "\"projectID\":\"65a000000000000000000001\",\"__proto__\":{\"is_admin\":true}}"),
        with("\"columns\":", "\"triggers\":[{\"event\":\"insert\",\"agentflow_id\":"
                             "\"@{agentflow:F}\",\"is_active\":true}],\"columns\":"),
    };
}

} // namespace

TEST(NoWayOut, a_process_that_tries_is_ended) {
    const auto ended_by = [](void (*attempt)()) {
        const pid_t child = fork();
        if (child == 0) {
            if (!testing::close_all_ways_out()) _exit(1);
            attempt();
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
    };
    EXPECT_EQ(ended_by([] {}), 0);
    EXPECT_EQ(ended_by([] { (void)::socket(AF_INET, SOCK_STREAM, 0); }), SIGSYS);
    EXPECT_EQ(ended_by([] {
                  sockaddr to{};
                  (void)::connect(0, &to, sizeof to);
              }),
              SIGSYS);
    EXPECT_EQ(ended_by([] { (void)::execl("/bin/true", "true", nullptr); }), SIGSYS);
    EXPECT_EQ(ended_by([] { (void)::fork(); }), SIGSYS);
}

/// A server, and a connection for each request, since none can be opened later.
class HostileImport : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        server_ = new WholeServer;
        for (int i = 0; i < connections; ++i)
            clients_.push_back(std::make_unique<http::RawClient>(server_->url()));
        ask("GET", "/v1/project/all"); // whatever opens something the first time has done so
        // A database may be connected to again at any time; there only the answers count.
        if (!store::on_postgres()) CHECK(testing::close_all_ways_out());
    }
    static void TearDownTestSuite() {
        clients_.clear();
        delete std::exchange(server_, nullptr);
    }

    struct Told {
        int status = 0;
        json::value body;
    };
    static Told ask(const std::string& method, const std::string& path,
                    const std::string& body = {}) {
        for (; !clients_.empty(); clients_.pop_back()) {
            http::RawClient& client = *clients_.back();
            const bool sent =
                client.send(fmt::format("{} {} HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n"
                                        "content-length: {}\r\n\r\n",
                                        method, path, WholeServer::key, body.size())) &&
                client.send(body);
            const http::Answer answer = client.read_answer();
            if (sent || answer.status != 0)
                return {answer.status, parse_json(answer.body).value_or(nullptr)};
        }
        ADD_FAILURE() << "all connections are used up";
        return {};
    }
    static Told import(const std::string& text, const std::string& name = {}) {
        return ask("POST", "/v1/project/import" + (name.empty() ? "" : "?name=" + name), text);
    }
    static std::int64_t projects() {
        return int_or(ask("GET", "/v1/project/all").body, "totalCount");
    }
    static std::int64_t changes() {
        return int_or(ask("GET", "/audit?limit=1").body, "total_count");
    }
    static void expect_refused(const std::vector<Case>& cases) {
        const std::int64_t before = projects();
        const std::int64_t rows = changes();
        for (const Case& each : cases) {
            const Told told = import(each.text);
            const std::string shown = each.text.substr(0, 1'500);
            EXPECT_EQ(told.status, each.status) << shown << "\n" << to_text(told.body);
            EXPECT_TRUE(text_or(told.body, "detail").contains(each.says)) << shown << "\n"
                                                                          << each.says << "\n"
                                                                          << to_text(told.body);
            if (told.status == 422) {
                const json::value* fields = find(told.body, "errors");
                EXPECT_TRUE(fields && !fields->as_array().empty()) << to_text(told.body);
            }
        }
        EXPECT_EQ(projects(), before);
        EXPECT_EQ(changes(), rows);
    }

    static constexpr int connections = 200;
    static inline WholeServer* server_ = nullptr;
    static inline std::vector<std::unique_ptr<http::RawClient>> clients_;
};

TEST_F(HostileImport, bytes_that_are_no_export) { expect_refused(bytes_that_are_no_export()); }
TEST_F(HostileImport, texts_that_break_readers) { expect_refused(texts_that_break_readers()); }
TEST_F(HostileImport, members_that_are_the_servers) {
    expect_refused(members_that_are_the_servers());
}
TEST_F(HostileImport, names_that_mean_nothing_or_two_things) {
    expect_refused(names_that_mean_nothing_or_two_things());
}
TEST_F(HostileImport, things_that_are_not_what_they_should_be) {
    expect_refused(things_that_are_not_what_they_should_be());
}

TEST_F(HostileImport, words_are_nothing_but_words) {
    ::unlink("/tmp/weft-hostile");
    int count = 0;
    for (const std::string& text : words_that_do_nothing()) {
        const Told told = import(text, fmt::format("words{}", ++count));
        ASSERT_EQ(told.status, 200) << text << "\n" << to_text(told.body);
        const std::string project(text_or(told.body, "_id"));
        EXPECT_EQ(int_or(ask("GET", "/tasks/" + project).body, "total_count"), 0);
        EXPECT_EQ(ask("GET", "/v1/project/" + project + "/export").status, 200);
    }
    EXPECT_NE(::access("/tmp/weft-hostile", F_OK), 0);
}

// What only shows when the store is asked: a flow that grows too large with its skills.
TEST_F(HostileImport, one_that_fails_half_way_leaves_nothing) {
    std::string fields;
    for (int i = 0; i < 100; ++i)
        fields += fmt::format("{}{{\"field_id\":\"f{}\",\"description\":\"{}\"}}", i ? "," : "", i,
                              std::string(4'000, 'x'));
    std::string agents;
    for (int i = 0; i < 5; ++i)
        agents += fmt::format("{{\"id\":\"x{}\",\"title\":\"x\",\"skills\":[\"Web - Send\"]}},", i);
    std::string text =
        with("\"url\":\"/x\"", "\"url\":\"/x\",\"input_schema\":{\"fields\":[" + fields + "]}");
    text.replace(text.find("\"agents\":["), 10, "\"agents\":[" + agents);
    const std::int64_t before = projects();
    const Told told = import(text, "half");
    EXPECT_EQ(told.status, 422) << to_text(told.body);
    EXPECT_TRUE(text_or(told.body, "detail").contains("agentflows.0")) << to_text(told.body);
    EXPECT_EQ(projects(), before);
    EXPECT_EQ(import(harmless, "half").status, 200) << "its name is free";
}

} // namespace weft
