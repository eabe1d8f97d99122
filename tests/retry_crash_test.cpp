#include "http/testing.h"
#include "weft_process.h"
#include "whole_server.h"

namespace weft {

namespace {

using testing::Reply;
using testing::TestClient;
using testing::WeftProcess;

constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";

/// A `weft serve` over one directory that is killed and started again.
class Crash : public ::testing::Test {
protected:
    void start() {
        process_ = std::make_unique<WeftProcess>(
            std::vector<std::string>{"serve", "--data", (directory_.path() / "data").string(),
                                     "--listen", "127.0.0.1:0", "--log-level", "error"},
            (directory_.path() / fmt::format("out{}", starts_++)).string(),
            std::vector<std::string>{fmt::format("WEFT_BOOTSTRAP_API_KEY={}", key)});
        url_ = process_->url();
        client_ = std::make_unique<TestClient>(url_, key);
    }
    void kill() {
        process_->kill(SIGKILL);
        process_->wait();
    }
    std::string address() const { return url_.substr(std::string_view("http://").size()); }

    std::string raw(const std::string& path, const std::string& body, const std::string& header) {
        return fmt::format("POST {} HTTP/1.1\r\nhost: weft\r\nx-api-key: {}\r\n"
                           "content-type: application/json\r\n{}\r\ncontent-length: {}\r\n\r\n{}",
                           path, key, header, body.size(), body);
    }
    Reply post(const std::string& path, const std::string& body, const std::string& name,
               const std::string& value) {
        http::Headers headers;
        headers.set(name, value);
        return client_->send(http::Method::post, path, body, headers);
    }
    std::string project_of_the_first_start() {
        const Reply flow = client_->post("/agentflow/", {{"name", "For its project"}});
        return flow.at("projectID");
    }
    std::int64_t runs(const std::string& flow) {
        return client_->get("/" + project_ + "/execution_flows?agentflow_id=" + flow)
            .body.at("total_count")
            .as_int64();
    }

    testing::TemporaryDirectory directory_;
    int starts_ = 0;
    std::unique_ptr<WeftProcess> process_;
    std::string url_;
    std::unique_ptr<TestClient> client_;
    std::string project_;
};

} // namespace

TEST_F(Crash, an_answer_that_was_lost_with_the_process_is_given_to_the_retry) {
    start();
    project_ = project_of_the_first_start();
    const std::string flow = client_->post("/agentflow/", {{"name", "Started"}}).at("_id");
    const std::string body = to_text(json::object{{"agentflow_id", flow}});
    for (const std::string name : {"x-client-request-id", "Idempotency-Key"}) {
        const std::int64_t before = runs(flow);
        http::RawClient unread(address());
        ASSERT_TRUE(unread.send(raw("/execute_flow", body, name + ": 1745295060584")));
        while (runs(flow) == before) usleep(1'000); // committed; its answer is never read
        kill();
        start();
        const Reply retry = post("/execute_flow", body, name, "1745295060584");
        EXPECT_EQ(retry.status, 200) << retry.text;
        EXPECT_NE(retry.headers.find("idempotent-replayed"), nullptr);
        EXPECT_EQ(runs(flow), before + 1);
        EXPECT_EQ(client_->get("/execute_flow/" + retry.at("_id")).status, 200);
    }
}

TEST_F(Crash, killed_at_any_moment_a_retried_start_makes_one_run) {
    start();
    project_ = project_of_the_first_start();
    const std::string flow = client_->post("/agentflow/", {{"name", "Started"}}).at("_id");
    const std::string body = to_text(json::object{{"agentflow_id", flow}});
    int replayed = 0;
    for (int i = 0; i < 30; ++i) {
        const std::string value = fmt::format("kill {}", i);
        http::RawClient unread(address());
        ASSERT_TRUE(unread.send(raw("/execute_flow", body, "Idempotency-Key: " + value)));
        usleep(static_cast<useconds_t>(i * 150));
        kill();
        start();
        const Reply retry = post("/execute_flow", body, "Idempotency-Key", value);
        ASSERT_EQ(retry.status, 200) << retry.text;
        if (retry.headers.find("idempotent-replayed")) ++replayed;
        ASSERT_EQ(runs(flow), i + 1) << "after a kill " << i * 150 << " us in";
    }
    ::testing::Test::RecordProperty("replayed", replayed);
}

} // namespace weft
