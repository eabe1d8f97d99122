#pragma once

#include "models/formats.h"
#include "tests/support/fault_server.h"
#include "tests/support/spawned.h"

#include <fmt/format.h>

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
                                }));
    }
    ModelAnswer complete(ModelRequest request) { return start(std::move(request)).get(); }

    std::string streamed;
    int pieces = 0;

private:
    http::IoThreads threads_{1};
    std::unique_ptr<http::Client> client_ = std::make_unique<http::Client>(threads_);
    std::unique_ptr<Model> model_;
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

} // namespace weft::models
