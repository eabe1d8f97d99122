// The built `weft serve` against clients that send too much, hold too many connections or lie
// about where their requests end.
#include "http/testing.h"
#include "weft_process.h"
#include "whole_server.h"

#include <charconv>
#include <thread>

#include <sys/resource.h>

namespace weft {

using namespace std::string_literals;
using http::Answer;
using http::RawClient;

namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WEFT_SANITIZED 1
#endif
#endif
#ifdef WEFT_SANITIZED
constexpr bool memory_is_ours = false; // a sanitizer keeps what was freed
#else
constexpr bool memory_is_ours = true;
#endif

constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";
constexpr int descriptors_of_server = 64; ///< some thirty of them are its own

/// Lets this process, and what it starts, open so many files.
class FileLimit {
public:
    explicit FileLimit(rlim_t wanted) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit now{wanted, std::max(wanted, before_.rlim_max)};
        raised_ = ::setrlimit(RLIMIT_NOFILE, &now) == 0;
    }
    ~FileLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    FileLimit(const FileLimit&) = delete;
    bool raised() const { return raised_; }

private:
    rlimit before_{};
    bool raised_ = false;
};

class Wire : public ::testing::Test {
protected:
    void serve() {
        process_.emplace(std::vector<std::string>{"serve", "--data",
                                                  (home_.path() / "data").string(), "--listen",
                                                  "127.0.0.1:0"},
                         (home_.path() / "out").string(),
                         std::vector<std::string>{std::string("WEFT_BOOTSTRAP_API_KEY=") + key});
        url_ = process_->url();
        while (url_.ends_with('\n') || url_.ends_with('\r')) url_.pop_back();
        address_ = url_.substr(7);
    }
    RawClient client() const { return RawClient(address_); }

    /// A number of kilobytes out of /proc/PID/status.
    std::int64_t memory_kb(const char* name) const {
        std::ifstream status("/proc/" + std::to_string(process_->pid()) + "/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with(name)) return std::stoll(line.substr(std::strlen(name) + 1));
        return 0;
    }

    static std::string head(std::string_view method, std::string_view path,
                            std::string_view fields) {
        return fmt::format("{} {} HTTP/1.1\r\nHost: h\r\n{}\r\n", method, path, fields);
    }
    static std::string with_key() { return std::string("X-Api-Key: ") + key + "\r\n"; }

    /// The status of a fresh connection's GET /health.
    int health() const {
        RawClient fresh(address_);
        fresh.send(head("GET", "/health", ""));
        return fresh.read_answer().status;
    }

    testing::TemporaryDirectory home_;
    std::optional<testing::WeftProcess> process_;
    std::string url_;
    std::string address_;
};

} // namespace

TEST_F(Wire, bodies_of_a_hundred_megabytes_are_refused_before_they_are_read) {
    serve();
    struct Case {
        const char* method;
        const char* path;
        std::string fields;
        int status;
    };
    const std::string length = "Content-Length: 104857600\r\n";
    const std::string waiting = length + "Expect: 100-continue\r\n";
    const Case cases[] = {
        {"POST", "/agentflow", length, 401},
        {"POST", "/agentflow", "X-Api-Key: wrong\r\n" + waiting, 401},
        {"POST", "/agentflow", with_key() + length, 413},
        {"POST", "/agentflow", with_key() + waiting, 413},
        {"POST", "/files/upload", with_key() + length, 413},
        {"PUT", "/upload/ffffffffffffffffffffffff?expires=1&signature=x", length, 413},
        {"GET", "/health", length, 413},
        {"DELETE", "/no/such/path", with_key() + length, 413},
    };
    for (const Case& each : cases) {
        RawClient one = client();
        one.send(head(each.method, each.path, each.fields));
        const Answer answer = one.read_answer();
        EXPECT_EQ(answer.status, each.status) << each.method << each.path << answer.body;
        EXPECT_EQ(answer.header("connection"), "close") << each.path;
        EXPECT_NE(answer.body.find("\"detail\""), std::string::npos);
    }
    EXPECT_EQ(health(), 200);
}

TEST_F(Wire, chunks_without_end_are_refused_at_the_limit_and_cost_no_more_than_it) {
    serve();
    struct Case {
        const char* method;
        const char* path;
        std::string fields;
        int status;
        std::int64_t kilobytes_max; ///< that the server's memory may grow by
    };
    const Case cases[] = {
        {"POST", "/agentflow", "", 401, 4'000},
        {"POST", "/agentflow", with_key(), 413, 56'000},
        {"PUT", "/upload/ffffffffffffffffffffffff?expires=1&signature=x", "", 413, 220'000},
    };
    const std::string chunk = "100000\r\n" + std::string(0x100000, '[') + "\r\n";
    ASSERT_EQ(health(), 200);
    for (const Case& each : cases) {
        const std::int64_t before = memory_kb("VmHWM");
        RawClient one = client();
        one.send(head(each.method, each.path, each.fields + "Transfer-Encoding: chunked\r\n"));
        std::thread sender([&one, &chunk] {
            for (int i = 0; i < 100 && one.send(chunk); ++i) {}
        });
        EXPECT_EQ(one.read_answer().status, each.status) << each.path;
        sender.join();
        if (memory_is_ours) EXPECT_LT(memory_kb("VmHWM") - before, each.kilobytes_max) << each.path;
    }
    EXPECT_EQ(health(), 200);
}

TEST_F(Wire, what_is_smuggled_behind_a_request_changes_nothing) {
    serve();
    const std::string body = R"({"name":"smuggled"})";
    const std::string inner =
        head("POST", "/agentflow",
             with_key() + "Content-Length: " + std::to_string(body.size()) + "\r\n") +
        body;
    const std::string length = "Content-Length: " + std::to_string(inner.size()) + "\r\n";
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    const std::string cases[] = {
        // A body that the operation does not read, in either framing, is a body all the same.
        head("GET", "/health", length) + inner,
        head("POST", "/agentflow", length) + inner,
        head("GET", "/health", chunked) +
            fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", inner.size(), inner),
        // Both framings, one twice, or one that another reader may understand differently.
        head("GET", "/health", length + chunked) + "0\r\n\r\n" + inner,
        head("GET", "/health", chunked + length) + "0\r\n\r\n" + inner,
        head("GET", "/health", "Content-Length: 0\r\n" + length) + inner,
        head("GET", "/health", "Transfer-Encoding: chunked, identity\r\n" + length) + inner,
        head("GET", "/health", "Transfer-Encoding:\tx\r\n" + length) + inner,
        head("GET", "/health", " Content-Length: 0\r\n") + inner,
        head("GET", "/health", "X: y\nContent-Length: 0\r\n") + inner,
        head("GET", "/health", "X: \0\r\n"s) + inner,
        // A refusal ends the connection: nothing behind it is read as a request.
        head("GET", "/health", "Content-Length: 104857600\r\n") + inner,
        head("BREW", "/health", "") + inner,
        "GET /health HTTP/3.0\r\n\r\n" + inner,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + inner,
        std::string(40'000, 'x') + "\r\n\r\n" + inner,
    };
    for (const std::string& wire : cases) {
        RawClient one = client();
        one.send(wire);
        EXPECT_NE(one.read_answer().status, 0) << wire;
    }
    testing::TestClient owner(url_, key);
    EXPECT_EQ(int_or(owner.get("/agentflows").body, "total_count", -1), 0);
    // The same bytes on their own do make a flow: the cases above would have been seen.
    RawClient one = client();
    one.send(inner);
    EXPECT_EQ(one.read_answer().status, 200);
    EXPECT_EQ(int_or(owner.get("/agentflows").body, "total_count", -1), 1);
}

TEST_F(Wire, ten_thousand_idle_connections) {
    constexpr int count = 10'000;
    const FileLimit limit(count + 200);
    if (!limit.raised()) GTEST_SKIP() << "this user may not open " << count << " files";
    {
        const FileLimit usual(1'024); // as a shell starts it: it asks for more itself
        serve();
    }
    ASSERT_EQ(health(), 200);
    const std::int64_t before = memory_kb("VmRSS");
    std::vector<RawClient> clients;
    clients.reserve(count);
    for (int i = 0; i < count; ++i) {
        clients.push_back(client());
        ASSERT_TRUE(clients.back().connected()) << i;
        // Half of them have asked once and stay; the others say nothing at all.
        if (i % 2) clients.back().send(head("GET", "/health", ""));
    }
    for (int i = 1; i < count; i += 2) ASSERT_EQ(clients[i].read_answer().status, 200) << i;
    EXPECT_EQ(health(), 200);
    const std::int64_t grown = memory_kb("VmRSS") - before;
    RecordProperty("bytes_per_idle_connection", static_cast<int>(grown * 1024 / count));
    std::printf("%lld bytes per idle connection\n", static_cast<long long>(grown * 1024 / count));
    if (memory_is_ours) EXPECT_LT(grown * 1024 / count, 16 * 1024);

    // They are alive: the first and the last still get their answers.
    for (RawClient* each : {&clients.front(), &clients.back()}) {
        each->send(head("GET", "/health", ""));
        EXPECT_EQ(each->read_answer().status, 200);
    }
    clients.clear();
    process_->kill(SIGTERM);
    EXPECT_EQ(process_->wait(), 0);
}

TEST_F(Wire, running_out_of_descriptors_costs_only_those_who_wait) {
    // UBSan looks at memory through a pipe, and takes the lack of one for a fault of the program.
    if (!memory_is_ours) GTEST_SKIP() << "a sanitizer cannot do without descriptors";
    serve();
    const rlimit few{descriptors_of_server, descriptors_of_server};
    ASSERT_EQ(::prlimit(process_->pid(), RLIMIT_NOFILE, &few, nullptr), 0);
    std::vector<RawClient> clients;
    for (int i = 0; i < 2 * descriptors_of_server; ++i) clients.push_back(client());
    ASSERT_TRUE(process_->wait_output("may open no more files"));
    // Those that it has taken are served meanwhile.
    clients.front().send(head("GET", "/health", ""));
    EXPECT_EQ(clients.front().read_answer().status, 200);
    // Those that wait are served when others have gone.
    RawClient last = std::move(clients.back());
    clients.clear();
    last.send(head("GET", "/health", ""));
    EXPECT_EQ(last.read_answer().status, 200);
    EXPECT_EQ(health(), 200);
    const std::string log = process_->errors() + process_->output();
    const auto first = log.find("may open no more files");
    EXPECT_EQ(log.find("may open no more files", first + 1), std::string::npos) << log;
}

} // namespace weft
