#pragma once

#include "http/client.h"
#include "tests/support/fault_server.h"
#include "tests/support/spawned.h"

namespace weft::testing {

using Outcome = std::expected<http::ClientResponse, http::ClientError>;

/// Two io threads and the client on them.
class Caller {
public:
    explicit Caller(const std::string& allowed = "")
        : client_(std::make_unique<http::Client>(threads_,
                                                 http::AllowedAddresses::parse(allowed).value())) {
        threads_.run();
    }
    ~Caller() {
        client_.reset();
        threads_.stop();
    }
    Spawned<Outcome> start(http::ClientRequest request, http::ClientSink sink = {},
                           int thread = 0) {
        return Spawned(threads_.at(thread), client_->fetch(std::move(request), std::move(sink)));
    }
    Outcome fetch(http::ClientRequest request, http::ClientSink sink = {}) {
        return start(std::move(request), std::move(sink)).get();
    }
    http::Client& client() { return *client_; }
    http::IoThreads& threads() { return threads_; }

private:
    http::IoThreads threads_{2};
    std::unique_ptr<http::Client> client_;
};

inline http::ClientRequest get(std::string url) {
    return {.url = std::move(url), .reach = http::Reach::anywhere};
}

inline http::ClientRequest post_stream(std::string url) {
    http::ClientRequest out = get(std::move(url));
    out.method = http::Method::post;
    out.body = R"({"stream": true})";
    return out;
}

inline Scripted body(std::string text) {
    return {.raw_body = std::move(text), .content_type = "text/plain"};
}

} // namespace weft::testing
