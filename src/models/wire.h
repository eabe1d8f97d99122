#pragma once

#include "http/client.h"
#include "models/answer_reader.h"
#include "models/key_limiter.h"

namespace weft::models {

/// Where a provider answers, and as whom it is called.
struct Endpoint {
    std::string provider; ///< for sentences and prices: "openai"
    std::string base_url;
    std::string api_key;          ///< empty: none is sent. Never in a log, a message or an error
    std::string key_setting;      ///< what a refused key's sentence names: "OPENAI_API_KEY"
    std::string api_version = {}; ///< of formats that have one in their URL
    http::Reach reach = http::Reach::public_only;
    std::string ca_file = {}; ///< PEM; empty = the system's
};

/// One provider's way to say a request and an answer. Everything else (the exchange, failures,
/// counting) is the same for all: make_model().
struct WireFormat {
    /// What stands behind the base URL, with its "/".
    std::string (*path)(const Endpoint& endpoint, const ModelRequest& request);
    /// Says who calls. Only when there is a key.
    void (*sign)(const Endpoint& endpoint, http::Headers& headers);
    /// The same request gives the same bytes: an idempotency key may be sent with it.
    json::object (*body)(const ModelRequest& request);
    std::unique_ptr<AnswerReader> (*reader)(const ModelRequest& request, ChunkSink on_text);
    bool takes_idempotency_key = false;
    std::string_view accepts = "text/event-stream";
    std::pair<std::string_view, std::string_view> version_header = {}; ///< sent with every request
};

/// `client` outlives it. `limiter`, if any, is the key's: a request that must wait is not sent and
/// comes back as retry_after, with status 0. A failure after the answer had begun says what had
/// arrived and counts it.
std::unique_ptr<Model> make_model(http::Client& client, const WireFormat& format, Endpoint endpoint,
                                  std::shared_ptr<KeyLimiter> limiter = {});

} // namespace weft::models
