// Marked secrets go everywhere that secrets go, and nothing that leaves the process or lies on its
// disk may have one of them: every answer, log, file and table, in whatever form.
#include "canary_search.h"
#include "support/fault_server.h"
#include "support/postgres_cluster.h"
#include "weft_process.h"
#include "whole_server.h"

#include <gmock/gmock.h>

namespace weft {

namespace {

using testing::Canaries;
using testing::FaultServer;
using testing::Reply;
using testing::Scripted;
using testing::SeenRequest;
using testing::TestClient;
using testing::WeftProcess;
using enum http::Method;

// With characters that each encoding writes in its own way.
constexpr const char* api_key = "canary-key/+%\"0f0e0d0c0b0a4908";
constexpr const char* model_key = "sk-canary/model+%\"8f31c2d47a";
constexpr const char* other_model_key = "sk-ant-canary/model+%\"77b1";
constexpr const char* project_model_key = "sk-canary/project+%\"5d03b9e7";
constexpr const char* webhook_secret = "canary-hook/+%\"90ac12be77";
constexpr const char* connector_secret = "canary-conn/+%\"1c5e90aa72";
constexpr const char* basic_password = "canary-basic/+%\"b7720ee1";
constexpr const char* template_secret = "canary-tmpl/+%\"44d0aa19c3";
constexpr const char* password = "canary-pass/+%\"word 8842aa";
constexpr const char* wrong_password = "canary-wrong/+%\"word 99x1";
constexpr const char* foreign_key = "canary-foreign/+%\"555e21f0aa";
const std::string master_key = "c0ffee11deadbeef22334455667788990a1b2c3d4e5f60718293a4b5c6d7e8f9";

std::string hex_of(const std::string& text) {
    return to_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// Everything that a client sent, sent back to it: what a service in a fault does.
std::string echo(const SeenRequest& seen) {
    std::string all = seen.method + " " + seen.target + "\n";
    for (const auto& [name, value] : seen.headers)
        all += fmt::format("{}: {}\n{}\n{}\n{}\n", name, value, hex_of(value),
                           http::percent_encode(value), to_text(json::value(value)));
    return all + seen.body;
}

/// A web service that says back what it was told in a body, a header, a redirect and an error.
Scripted serve_echo(const SeenRequest& seen) {
    const std::string said = echo(seen);
    std::string line = said;
    std::ranges::replace(line, '\n', ' ');
    Scripted answer{.headers = {{"x-echo", line}}};
    answer.raw_body = to_text(json::object{{"said", said}});
    if (seen.target.contains("/refuse")) answer.status = 400;
    if (seen.target.contains("/unauthorized")) answer.status = 401;
    if (seen.target.contains("/fault")) answer.status = 500;
    if (seen.target.contains("/text")) answer.content_type = "text/plain";
    if (seen.target.contains("/redirect") && !seen.target.contains("back=")) {
        answer.status = 302;
        answer.headers.emplace_back("location", "/v1/redirect?back=" +
                                                    http::percent_encode(said.substr(0, 900)));
    }
    return answer;
}

/// A model that says back its key in its words, its errors and its arguments of a call.
Scripted serve_model(const SeenRequest& seen) {
    const std::string said = echo(seen);
    if (seen.body.contains("please refuse"))
        return {.status = 400,
                .raw_body = to_text(json::object{{"error", {{"message", said}, {"code", said}}}})};
    if (seen.body.contains("please deny"))
        return {.status = 401, .raw_body = to_text(json::object{{"error", {{"message", said}}}})};
    if (seen.body.contains("please break"))
        return {.status = 200, .raw_body = said, .content_type = "text/event-stream"};
    return {.headers = {{"x-request-id", seen.header("authorization")}},
            .text = "I was told: " + said,
            .chunks = 40};
}

class Canary : public ::testing::Test {
protected:
    Canary() {
        for (const auto& [name, secret] : {std::pair{"the first API key", api_key},
                                           {"the model's key", model_key},
                                           {"another model's key", other_model_key},
                                           {"a project's model key", project_model_key},
                                           {"a webhook's secret", webhook_secret},
                                           {"a connector's bearer token", connector_secret},
                                           {"a connector's password", basic_password},
                                           {"a connector's secret", template_secret},
                                           {"a password", password},
                                           {"a wrong password", wrong_password},
                                           {"a key that opens nothing", foreign_key}})
            canaries_.add(name, secret);
        canaries_.add_hex("the master key", master_key);
        start();
    }

    void start() {
        server_ = std::make_unique<WeftProcess>(
            std::vector<std::string>{"serve", "--data", data(), "--listen", "127.0.0.1:0",
                                     "--allow-private-network", "--log-level", "debug"},
            out("serve"), environment());
        url_ = server_->url();
        owner_ = std::make_unique<TestClient>(url_, api_key, TestClient::Answers::unchecked);
        nobody_ = std::make_unique<TestClient>(url_, "", TestClient::Answers::unchecked);
    }
    std::vector<std::string> environment() const {
        return {std::string("WEFT_BOOTSTRAP_API_KEY=") + api_key,
                "WEFT_MASTER_KEY=" + master_key,
                std::string("OPENAI_API_KEY=") + model_key,
                "OPENAI_BASE_URL=" + model_.base_url(),
                std::string("ANTHROPIC_API_KEY=") + other_model_key,
                "ANTHROPIC_BASE_URL=" + model_.base_url(),
                std::string("GEMINI_API_KEY=") + other_model_key,
                "GEMINI_BASE_URL=" + model_.base_url()};
    }
    std::string data() const { return (directory_.path() / "data").string(); }
    std::string out(const std::string& name) const { return (directory_.path() / name).string(); }

    /// Looks through an answer with its headers. `shown`: what it is to show.
    Reply seen(const std::string& place, Reply reply, const std::set<std::string>& shown = {}) {
        std::string all = reply.text;
        for (const auto& [name, value] : reply.headers.fields) all += "\n" + name + ": " + value;
        canaries_.look(place, all, shown);
        ++answers_;
        return reply;
    }
    Reply call(TestClient& client, http::Method method, const std::string& path,
               const json::value& body = nullptr, http::Headers headers = {},
               const std::set<std::string>& shown = {}) {
        return seen(
            fmt::format("{} {}", to_text(method), path),
            client.send(method, path, body.is_null() ? "" : to_text(body), std::move(headers)),
            shown);
    }
    Reply get_as_owner(const std::string& path) { return call(*owner_, get, path); }
    Reply post_as_owner(const std::string& path, const json::value& body = nullptr) {
        return call(*owner_, post, path, body);
    }
    /// A secret that the server makes and shows once, in this very answer.
    Reply showing(const std::string& name, TestClient& client, const std::string& path,
                  const json::value& body, const char* member) {
        const Reply reply = client.post(path, body);
        EXPECT_EQ(reply.status, 200) << reply.text;
        canaries_.add(name, reply.at(member));
        return seen(path, reply, {name});
    }

    void people();
    void connectors();
    void settings();
    void models();
    void bad_requests();
    void every_get();
    void commands();

    std::string run_of(const json::object& agent) {
        const Reply flow =
            post_as_owner("/agentflow", {{"name", fmt::format("flow {}", answers_)},
                                         {"agents", json::array{json::value(agent)}}});
        EXPECT_EQ(flow.status, 200) << flow.text;
        const Reply run = post_as_owner("/execute_flow", {{"agentflow_id", flow.at("_id")}});
        EXPECT_EQ(run.status, 200) << run.text;
        get_as_owner("/execute_flow/" + run.at("_id") + "/events"); // until its end
        flow_ = flow.at("_id");
        execution_ = run.at("_id");
        return execution_;
    }

    testing::TemporaryDirectory directory_;
    FaultServer model_{serve_model};
    FaultServer service_{serve_echo};
    Canaries canaries_;
    std::unique_ptr<WeftProcess> server_;
    std::unique_ptr<TestClient> owner_;
    std::unique_ptr<TestClient> nobody_;
    std::string url_;
    std::string flow_;
    std::string execution_;
    int answers_ = 0;
};

void Canary::people() {
    post_as_owner("/organization/users",
                  {{"email", "ada@example.org"}, {"password", password}, {"role", "admin"}});
    const json::value in{{"email", "ada@example.org"}, {"password", password}};
    const Reply login = nobody_->post("/auth/login", in);
    ASSERT_EQ(login.status, 200) << login.text;
    canaries_.add("a session's token", login.at("token"));
    canaries_.add("a CSRF token", login.at("csrf_token"));
    seen("POST /auth/login", login, {"a session's token", "a CSRF token"});
    http::Headers session;
    session.set("cookie", "weft_session=" + login.at("token"));
    const Reply me = call(*nobody_, get, "/auth/me", nullptr, session, {"a CSRF token"});
    EXPECT_EQ(me.at("csrf_token"), login.at("csrf_token"));
    call(*nobody_, post, "/agentflow", {{"name", "x"}}, session); // without the CSRF token
    call(*nobody_, get, "/auth/sessions", nullptr, session);
    for (int i = 0; i < 12; ++i) // until he is locked out
        call(*nobody_, post, "/auth/login",
             {{"email", "ada@example.org"}, {"password", wrong_password}});
    call(*nobody_, post, "/auth/password",
         {{"current_password", wrong_password}, {"new_password", password}}, session);
    const Reply invited = showing("an invitation", *owner_, "/organization/invitations",
                                  {{"email", "bo@example.org"}}, "token");
    get_as_owner("/organization/invitations");
    call(*nobody_, post, "/auth/signup",
         {{"email", "eve@example.org"},
          {"password", password},
          {"name", "Eve"},
          {"invitation", invited.at("token")}});
    showing("another API key", *owner_, "/apikey",
            {{"name", "k"}, {"scopes", json::array{"viewer"}}}, "secret_key");
    call(*nobody_, post, "/auth/logout", nullptr, session);
}

void Canary::connectors() {
    const auto ran = [](const Reply& reply) {
        const bool refused_by_service = reply.text.contains("answered");
        EXPECT_TRUE(reply.status == 200 || refused_by_service) << reply.status << reply.text;
    };
    const auto configure = [&](const json::object& auth) {
        const Reply made = post_as_owner("/actions/restful/config",
                                         {{"name", fmt::format("service {}", answers_)},
                                          {"config",
                                           {{"base_url", service_.base_url()},
                                            {"auth", auth},
                                            {"secrets", {{"extra", template_secret}}},
                                            {"headers", {{"x-extra", "{{secrets.extra}}"}}}}}});
        EXPECT_EQ(made.status, 200) << made.text;
        get_as_owner("/actions/restful/config/" + made.at("_id"));
        for (const char* path : {"ok", "text", "redirect", "refuse", "fault", "unauthorized"})
            ran(post_as_owner("/actions/restful/get/" + made.at("_id"),
                              {{"path", std::string("/") + path}}));
        ran(post_as_owner("/actions/restful/request/" + made.at("_id"),
                          {{"method", "POST"}, {"path", "/ok"}, {"body", {{"a", 1}}}}));
    };
    configure({{"type", "bearer"}, {"token", connector_secret}});
    configure({{"type", "api_key"}, {"in", "query"}, {"name", "k"}, {"value", connector_secret}});
    configure({{"type", "basic"}, {"username", "ada"}, {"password", basic_password}});
    EXPECT_GT(service_.requests().size(), 15U);
    // A secret where none belongs is refused, and not repeated.
    post_as_owner("/actions/restful/config",
                  {{"name", "bad"},
                   {"config",
                    {{"base_url", "http://ada:canary-basic@127.0.0.1/"},
                     {"auth", {{"type", connector_secret}, {"token", connector_secret}}}}}});
}

/// From here on the project's runs ask Mistral and Groq with keys of its own.
void Canary::settings() {
    const Reply projects = owner_->get("/v1/project/all");
    const std::string project(text_or(projects.body.at("projectList").at(0), "_id"));
    const json::object own{{"api_key", project_model_key}, {"base_url", model_.base_url()}};
    const Reply set =
        call(*owner_, patch, "/settings/" + project,
             {{"models", {{"mistral", own}, {"groq", own}}},
              {"notifications",
               {{"webhook", {{"url", service_.base_url()}, {"secret", webhook_secret}}}}}});
    EXPECT_EQ(set.status, 200) << set.text;
    call(*owner_, patch, "/settings/" + project, // refused, and not repeated
         {{"models", {{"openai", project_model_key}}}, {"default_model", project_model_key}});
    call(*owner_, patch, "/settings/" + project,
         {{"models", {{"mistral", {{"base_url", "http://127.0.0.1:1"}}}}}});
}

void Canary::models() {
    for (const char* model :
         {"openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5", "google/gemini-2.5-pro",
          "mistral/mistral-small-latest", "groq/llama-3.1-8b-instant"})
        for (const char* words : {"please talk", "please refuse", "please deny", "please break"}) {
            run_of({{"title", "Ask"},
                    {"llm", {{"model", model}}},
                    {"retry_config", {{"max_attempts", 1}}},
                    {"prompt", {{"template", words}}}});
            post_as_owner(
                "/llm/execute/calls",
                {{"model", model},
                 {"messages", json::array{json::object{{"role", "user"}, {"content", words}}}}});
        }
    EXPECT_GT(model_.requests().size(), 20U);
}

/// Secrets in requests that are refused, before and after they are read.
void Canary::bad_requests() {
    const auto with = [](const char* name, const std::string& value) {
        http::Headers headers;
        headers.set(name, value);
        return headers;
    };
    call(*nobody_, get, "/apikey", nullptr, with("x-api-key", foreign_key));
    call(*nobody_, get, "/apikey", nullptr,
         with("authorization", std::string("Bearer ") + foreign_key));
    call(*nobody_, get, "/apikey", nullptr,
         with("cookie", std::string("weft_session=") + foreign_key));
    call(*nobody_, get, "/apikey?api_key=" + http::percent_encode(foreign_key));
    call(*nobody_, get, "/apikey?x-api-key=" + http::percent_encode(foreign_key));
    for (const std::string& body :
         {fmt::format(R"({{"email":"ada@example.org","password":{})",
                      to_text(json::value(password))),
          fmt::format(R"({{"email":{0},"password":{0}}})", to_text(json::value(password))),
          fmt::format(R"({{"email":"ada@example.org","password":[{}]}})",
                      to_text(json::value(password)))})
        for (const char* path : {"/auth/login", "/auth/signup", "/organization/users"}) {
            seen(path, nobody_->send(post, path, body));
            seen(path, owner_->send(post, path, body));
        }
}

void Canary::every_get() {
    const json::value document = owner_->get("/openapi.json").body;
    const Reply projects = owner_->get("/v1/project/all");
    const std::string project(text_or(projects.body.at("projectList").at(0), "_id"));
    ASSERT_FALSE(project.empty()) << projects.text;
    int paths = 0;
    for (const auto& [path, methods] : document.at("paths").as_object()) {
        if (!methods.as_object().contains("get")) continue;
        if (path == "/project/{P}/events") continue; // has no end
        std::string filled(path);
        for (std::size_t from = 0; (from = filled.find('{')) != filled.npos;) {
            const std::size_t end = filled.find('}');
            const std::string name = filled.substr(from + 1, end - from - 1);
            filled.replace(from, end - from + 1,
                           name == "P"   ? project
                           : name == "E" ? execution_
                                         : flow_);
        }
        get_as_owner(filled);
        get_as_owner(filled + "?projectID=" + project);
        ++paths;
    }
    EXPECT_GT(paths, 40);
}

void Canary::commands() {
    std::vector<std::string> environment = this->environment();
    environment.push_back(std::string("WEFT_API_KEY=") + api_key);
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"settings"},
                                               {"settings", "--json"},
                                               {"doctor"},
                                               {"doctor", "--json", "--deep"},
                                               {"apikey", "list"},
                                               {"apikey", "list", "--json"},
                                               {"secrets", "status"},
                                               {"secrets", "rotate-data-keys"},
                                               {"--version"},
                                               {"audit", "verify", "--json"}}) {
        std::vector<std::string> arguments = words;
        if (words[0] != "--version") arguments.insert(arguments.end(), {"--data", data()});
        WeftProcess command(arguments, out("command"), environment);
        command.wait();
        std::string typed;
        for (const std::string& word : words) typed += word + " ";
        canaries_.look("`weft " + typed + "`", command.output() + command.errors());
    }
    WeftProcess refused({"serve", "--data", out("other")}, out("command"),
                        {std::string("WEFT_MASTER_KEY=") + password,
                         "WEFT_STORE=", std::string("WEFT_BOOTSTRAP_API_KEY=") + "a b " + api_key});
    EXPECT_EQ(refused.wait(), 2);
    canaries_.look("a refused start", refused.output() + refused.errors());
}

/// Where the tests' PostgreSQL keeps everything, its log among it. A checkpoint before: in the
/// write-ahead log alone the head of a page may stand in the middle of a text.
std::filesystem::path postgres_folder() {
    testing::PostgresCluster::shared().psql("postgres", "CHECKPOINT");
    const std::filesystem::path data =
        testing::PostgresCluster::shared().psql("postgres", "SHOW data_directory");
    return data.parent_path(); // its log lies beside it
}

/// The server goes on and takes away what it needs no more: then it is looked at again.
void look_at_postgres(Canaries& canaries) {
    for (int again = 0;; ++again) {
        try {
            canaries.look_at_files(postgres_folder());
            return;
        } catch (const std::filesystem::filesystem_error&) {
            if (again == 9) throw;
        }
    }
}

} // namespace

// What is shown by design is excepted where it is shown: see `showing` and people().
TEST_F(Canary, no_secret_is_in_anything_that_leaves_the_process_or_lies_on_its_disk) {
    people();
    connectors();
    settings();
    models();
    bad_requests();
    every_get();
    commands();
    server_->kill(SIGTERM);
    EXPECT_EQ(server_->wait_a_minute(), 0);
    // The first start prints the key; a preset one is no news to who set it.
    canaries_.look("the server's output", server_->output(), {"the first API key"});
    canaries_.look("the server's log", server_->errors());
    canaries_.look_at_files(data());
    if (store::on_postgres()) look_at_postgres(canaries_);
    EXPECT_GT(answers_, 200);
    EXPECT_GT(canaries_.files(), 1U);
    EXPECT_GT(canaries_.bytes(), 1'000'000U);
    EXPECT_THAT(canaries_.found(), ::testing::IsEmpty());
}

TEST_F(Canary, the_same_search_finds_what_was_planted) {
    post_as_owner("/agentflow", {{"name", std::string("planted ") + connector_secret}});
    server_->kill(SIGTERM);
    EXPECT_EQ(server_->wait_a_minute(), 0);
    EXPECT_THAT(canaries_.found(),
                ::testing::Contains("a connector's bearer token in POST /agentflow"));
    if (store::on_postgres())
        look_at_postgres(canaries_);
    else
        canaries_.look_at_files(data());
    EXPECT_GT(canaries_.found().size(), 1U) << "not found on the disk";
}

TEST(Canaries, are_found_in_every_form) {
    const std::string secret = "se/cr+et\"%value";
    for (const std::string& text :
         {secret, std::string("se/cr+et\\\"%value"), hex_of(secret), http::percent_encode(secret),
          std::string("eHNlL2NyK2V0IiV2YWx1ZQ=="),   // of "x" and the secret
          std::string("eHhzZS9jcitldCIldmFsdWV4"),   // of "xx", the secret and "x"
          std::string("c2UvY3IrZXQiJXZhbHVleHg")}) { // of the secret and "xx"
        Canaries canaries;
        canaries.add("it", secret);
        canaries.look("there", "before " + text + " after");
        EXPECT_THAT(canaries.found(), ::testing::ElementsAre("it in there")) << text;
        canaries.look("here", text, {"it"});
        EXPECT_EQ(canaries.found().size(), 1U);
    }
    Canaries canaries;
    canaries.add_hex("key", master_key);
    canaries.look("bytes",
                  std::string("\xc0\xff\xee\x11\xde\xad\xbe\xef\x22\x33\x44\x55\x66\x77\x88"
                              "\x99\x0a\x1b\x2c\x3d\x4e\x5f\x60\x71\x82\x93\xa4\xb5\xc6\xd7"
                              "\xe8\xf9"));
    EXPECT_FALSE(canaries.found().empty());
}

} // namespace weft
