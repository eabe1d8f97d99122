#pragma once

#include "answer_check.h"
#include "http/client.h"
#include "server/program.h"
#include "store/database_testing.h"
#include "support/spawned.h"
#include "json/json.h"

#include <filesystem>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace weft::testing {

/// A directory under the system's temporary one; goes with everything in it.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "weft-test-XXXXXX").string();
        CHECK(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~TemporaryDirectory() { store::remove_test_directory(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// An HTTP client with one key for tests; blocking, on an io thread of its own. Each answer is
/// compared with the server's /openapi.json, and the test fails where they differ (unless it is
/// told not to look: a server of which a thousand lives are tested is the same each time).
class TestClient {
public:
    enum class Answers { checked, unchecked };

    TestClient(std::string base_url, std::string key, Answers answers = Answers::checked)
        : base_url_(std::move(base_url)), key_(std::move(key)), answers_(answers), threads_(1),
          client_(threads_) {
        threads_.run();
    }
    ~TestClient() {
        client_.stop();
        threads_.stop();
    }

    Reply send(http::Method method, const std::string& path, std::string body = {},
               http::Headers headers = {}) {
        const std::string sent = body.substr(0, shown_bytes_max);
        Reply reply = fetch(method, path, std::move(body), std::move(headers));
        if (answers_ == Answers::checked) check(method, path, sent, reply);
        return reply;
    }
    Reply get(const std::string& path) { return send(http::Method::get, path); }
    Reply post(const std::string& path, const json::value& body = nullptr) {
        return send(http::Method::post, path, body.is_null() ? "" : weft::to_text(body));
    }
    const std::string& base_url() const { return base_url_; }

private:
    static constexpr std::size_t shown_bytes_max = 1'000;

    Reply fetch(http::Method method, const std::string& path, std::string body,
                http::Headers headers) {
        http::ClientRequest request;
        request.method = method;
        request.url = path.starts_with("http") ? path : base_url_ + path;
        request.body = std::move(body);
        request.headers = std::move(headers);
        request.reach = http::Reach::anywhere;
        if (!key_.empty()) request.headers.set("x-api-key", key_);
        if (!request.headers.find("content-type"))
            request.headers.set("content-type", "application/json");
        Spawned answer(threads_.at(0), client_.fetch(std::move(request)));
        const auto response = answer.get();
        if (!response) return {0, response.error().message, nullptr, {}};
        return {response->status, response->body, parse_json(response->body).value_or(nullptr),
                response->headers};
    }

    void check(http::Method method, std::string_view path, const std::string& sent,
               const Reply& reply) {
        if (reply.status == 0) return;
        const auto answers = answer_check_of(
            base_url_, [this] { return fetch(http::Method::get, "/openapi.json", "", {}); });
        if (!answers) {
            ADD_FAILURE() << base_url_ << " answered, but not with its /openapi.json";
            return;
        }
        if (path.starts_with(base_url_)) path.remove_prefix(base_url_.size());
        EXPECT_EQ(answers->faults(method, path, reply), "")
            << to_text(method) << " " << path << "\n"
            << sent << "\n"
            << reply.status << " " << reply.text.substr(0, shown_bytes_max);
    }

    std::string base_url_;
    std::string key_;
    Answers answers_;
    http::IoThreads threads_;
    http::Client client_;
};

/// A whole Weft in this process, on a free port and a directory of its own.
class WholeServer {
public:
    static constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";

    explicit WholeServer(server::Settings settings = {}) {
        if (settings.data.empty()) settings.data = directory_.path() / "data";
        settings.store = store::store_url(settings.data);
        // A machine that many tests share is slow: who tests that says so.
        if (settings.write_lag_max_ms == server::Settings{}.write_lag_max_ms)
            settings.write_lag_max_ms = 60'000;
        settings.listen = "127.0.0.1:0";
        settings.log_level = "error";
        settings.bootstrap_api_key = key;
        auto started = server::Program::start(settings);
        if (!started) ADD_FAILURE() << started.error().message;
        program_ = std::move(started.value());
        owner_ = std::make_unique<TestClient>(url(), key);
    }

    std::string url() const { return "http://" + program_->address(); }
    TestClient& owner() { return *owner_; }
    std::string project() const { return program_->first_start()->project.id.hex(); }
    server::Program& program() { return *program_; }

    /// Waits until the execution's status is one of the final ones (or `status`), at most a minute.
    Reply wait_for(const std::string& execution, const std::string& status = {}) {
        for (int i = 0; i < 6'000; ++i) {
            Reply reply = owner().get("/execute_flow/" + execution);
            const std::string now = reply.at("status");
            if (!status.empty() ? now == status && !bool_or(reply.body, "settling")
                                : (now == "completed" || now == "failed" || now == "cancelled") &&
                                      !bool_or(reply.body, "settling"))
                return reply;
            usleep(10'000);
        }
        ADD_FAILURE() << "the execution did not reach its status";
        return {};
    }

private:
    TemporaryDirectory directory_;
    std::unique_ptr<server::Program> program_;
    std::unique_ptr<TestClient> owner_;
};

} // namespace weft::testing
