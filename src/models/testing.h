#pragma once

#include "models/formats.h"
#include "tests/support/fault_server.h"
#include "tests/support/spawned.h"

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <span>

// What the tests of the providers share.
namespace weft::models {

inline constexpr const char* key = "sk-canary-0123456789";

/// An io thread with the client and the model under test on it.
class Asker {
public:
    explicit Asker(std::string base_url, const WireFormat& format = openai_format,
                   Endpoint endpoint = {.provider = "openai", .key_setting = "OPENAI_API_KEY"}) {
        endpoint.base_url = std::move(base_url);
        endpoint.api_key = key;
        endpoint.reach = http::Reach::anywhere;
        model_ = make_model(*client_, format, endpoint);
        threads_.run();
    }
    ~Asker() {
        client_.reset();
        threads_.stop();
    }
    testing::Spawned<ModelAnswer> start(ModelRequest request) {
        return testing::Spawned(threads_.at(0),
                                model_->complete(std::move(request), [this](std::string_view text) {
                                    streamed += text;
                                    ++pieces;
                                    arrived_ += text.size();
                                    arrived_.notify_all();
                                }));
    }
    ModelAnswer complete(ModelRequest request) { return start(std::move(request)).get(); }

    /// A stop before the client has read them tells nothing of what had arrived.
    void wait_streamed(std::size_t bytes) const {
        for (std::size_t now = arrived_; now < bytes; now = arrived_) arrived_.wait(now);
    }

    std::string streamed;
    int pieces = 0;

private:
    http::IoThreads threads_{1};
    std::unique_ptr<http::Client> client_ = std::make_unique<http::Client>(threads_);
    std::unique_ptr<Model> model_;
    std::atomic<std::size_t> arrived_ = 0;
};

inline ModelRequest hello() {
    return {.model = "gpt-4o-mini",
            .messages = {{Message::Role::user, "Say hello"}},
            .idempotency_key = "e1.s2.a1"};
}

/// Events as servers send them: each line becomes one.
inline testing::Scripted events(std::string_view lines,
                                std::string_view type = "text/event-stream") {
    testing::Scripted out{.content_type = std::string(type)};
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const std::string_view line =
            lines.substr(lines.find_first_not_of(' '), end - lines.find_first_not_of(' '));
        if (!line.empty()) out.raw_body += "data: " + std::string(line) + "\n\n";
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return out;
}

inline testing::Scripted plain(std::string body) { return {.raw_body = std::move(body)}; }

inline std::string shown(const Completion& done) {
    std::string out = done.text;
    for (const ToolCall& call : done.calls)
        out += fmt::format("|{} {} {}", call.id, call.name, to_text(call.arguments));
    constexpr const char* stops[] = {"finished", "tool_calls", "length", "refused"};
    return out + "|" + stops[static_cast<int>(done.stop)];
}

inline constexpr const char* class_names[] = {"retry", "retry_after", "refused", "out_of_context",
                                              "cancelled"};

/// src/models/transcripts/…: an answer's body as the provider's public reference shows it.
inline std::string transcript(std::string_view name) {
    std::ifstream file(fmt::format("{}/src/models/transcripts/{}", WEFT_SOURCE_DIR, name));
    std::string text((std::istreambuf_iterator<char>(file)), {});
    CHECK(!text.empty());
    return text;
}

/// The text in pieces of so many bytes, each sent as one chunk; 0: all in one.
inline testing::Scripted in_pieces(std::string_view text, std::size_t bytes,
                                   std::string_view type = "text/event-stream") {
    testing::Scripted out{.content_type = std::string(type)};
    if (bytes == 0) bytes = text.size();
    for (std::size_t at = 0; at < text.size(); at += bytes)
        out.pieces.emplace_back(text.substr(at, bytes));
    return out;
}

/// An answer as a provider's reference shows it, and what it means.
struct Transcript {
    const char* name = "";
    std::string_view body;
    const char* expected = ""; ///< as shown() writes it
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    bool estimated = false; ///< then the two above are at least 1
};

/// Reads each transcript whole, byte by byte (which cuts characters in half) and in odd pieces.
inline void check_transcripts(std::span<const Transcript> rows, const WireFormat& format,
                              const Endpoint& endpoint, const ModelRequest& request,
                              std::string_view type = "text/event-stream") {
    for (const Transcript& row : rows)
        for (const std::size_t bytes : {std::size_t(0), std::size_t(1), std::size_t(37)}) {
            testing::FaultServer server({in_pieces(row.body, bytes, type)});
            Asker asker(server.base_url(), format, endpoint);
            const ModelAnswer answer = asker.complete(request);
            ASSERT_TRUE(answer) << row.name << ": " << answer.error().message;
            EXPECT_EQ(shown(*answer), row.expected) << row.name << " by " << bytes;
            if (request.forced_tool.empty())
                EXPECT_EQ(asker.streamed, answer->text) << row.name << " by " << bytes;
            EXPECT_EQ(answer->usage_estimated, row.estimated) << row.name;
            if (row.estimated) {
                EXPECT_GT(answer->input_tokens, 0) << row.name;
                continue;
            }
            EXPECT_EQ(answer->input_tokens, row.input_tokens) << row.name;
            EXPECT_EQ(answer->output_tokens, row.output_tokens) << row.name;
        }
}

/// What goes wrong, and what must be said about it.
struct Wrong {
    const char* name = "";
    testing::Scripted answer;
    const char* error_class = "";
    int status = 0;
    const char* sentence = "";
    std::int64_t retry_ms = -1;
    const char* partial = "";
    bool out_of_credit = false;
};

inline void check_failures(std::span<const Wrong> rows, const WireFormat& format,
                           const Endpoint& endpoint, ModelRequest request) {
    request.idempotency_key = ""; // so that a silent close is not tried again
    for (const Wrong& row : rows) {
        testing::FaultServer server({row.answer});
        Asker asker(server.base_url(), format, endpoint);
        const ModelAnswer answer = asker.complete(request);
        ASSERT_FALSE(answer) << row.name;
        const ModelFailure& failure = answer.error();
        EXPECT_STREQ(class_names[static_cast<int>(failure.error_class)], row.error_class)
            << row.name;
        EXPECT_EQ(failure.http_status, row.status) << row.name;
        EXPECT_THAT(failure.message, ::testing::HasSubstr(row.sentence)) << row.name;
        EXPECT_THAT(failure.message, ::testing::Not(::testing::HasSubstr("canary"))) << row.name;
        EXPECT_EQ(failure.retry_after ? failure.retry_after->count() : -1, row.retry_ms)
            << row.name;
        EXPECT_EQ(failure.partial_text, row.partial) << row.name;
        EXPECT_EQ(failure.out_of_credit, row.out_of_credit) << row.name;
        EXPECT_EQ(failure.input_tokens > 0, row.status == 200)
            << row.name << ": what was read was paid for";
    }
}

inline testing::Scripted refusal(int status, std::string body,
                                 std::vector<std::pair<std::string, std::string>> headers = {}) {
    return {.status = status, .headers = std::move(headers), .raw_body = std::move(body)};
}

/// A stop while the answer hangs after so many pieces: the socket is closed, and what had arrived
/// is told.
inline void check_stop(testing::Scripted answer, int after, const WireFormat& format,
                       const Endpoint& endpoint, const ModelRequest& request,
                       std::string_view partial) {
    answer.fault = testing::Scripted::Fault::hangs;
    answer.fault_after = after;
    testing::FaultServer server({std::move(answer)});
    Asker asker(server.base_url(), format, endpoint);
    auto call = asker.start(request);
    ASSERT_TRUE(server.wait_hanging());
    asker.wait_streamed(partial.size());
    call.cancel();
    const ModelAnswer stopped = call.get();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().error_class, ErrorClass::cancelled);
    EXPECT_TRUE(server.wait_all_closed());
    EXPECT_EQ(stopped.error().partial_text, partial);
    EXPECT_GT(stopped.error().input_tokens, 0) << "what was read was paid for";
}

/// The server's address without a path.
inline std::string root_of(const testing::FaultServer& server) {
    return fmt::format("http://127.0.0.1:{}", server.port());
}

/// The one request that the server saw.
inline json::value body_of(const testing::FaultServer& server) {
    const auto seen = server.requests();
    EXPECT_EQ(seen.size(), 1);
    return seen.empty() ? json::value() : parse_json(seen[0].body).value();
}

/// A conversation in which two tools were called, with a third call to be made.
inline ModelRequest conversation() {
    return {.model = "m",
            .temperature = 0.5,
            .max_tokens = 99,
            .messages = {{Message::Role::system, "Be brief"},
                         {Message::Role::user, "Weather?"},
                         {Message::Role::assistant,
                          "Let me see.",
                          {{"call_1", "weather_get", json::object{{"city", "Bern"}}, "s1"},
                           {"call:2", "time_get", json::value("{broken")}}},
                         {Message::Role::tool, "sunny", {}, "call_1"},
                         {Message::Role::tool, R"({"error":"no"})", {}, "call:2"}},
            .tools = {{"weather_get",
                       "Asks for the weather",
                       {{.field_id = "city", .required = true, .description = "A town"}}},
                      {"time_get", "Asks for the time", {}}},
            .idempotency_key = "e1.s2.a1"};
}

} // namespace weft::models
