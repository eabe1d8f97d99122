#include "models/openai.h"

#include "models/openai_answer.h"
#include "models/openai_failure.h"
#include "models/openai_request.h"

namespace weft::models {

namespace {

constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;
constexpr std::int64_t bytes_per_token = 4; ///< where a server reports no usage

std::int64_t tokens_of(std::size_t bytes) {
    return (static_cast<std::int64_t>(bytes) + bytes_per_token - 1) / bytes_per_token;
}

class OpenAiModel final : public Model {
public:
    OpenAiModel(http::Client& client, OpenAiConfig config)
        : client_(client), config_(std::move(config)),
          failures_(config_.provider, config_.key_setting, config_.api_key) {
        while (config_.base_url.ends_with('/')) config_.base_url.pop_back();
    }

    Task<ModelAnswer> complete(ModelRequest request, ChunkSink on_text) override;

    ModelLimits limits(std::string_view model) const override {
        return config_.prices_known ? openai_limits(model) : ModelLimits{.price_unknown = true};
    }

private:
    http::ClientRequest call_for(const ModelRequest& request) const;
    ModelAnswer settle(const OpenAiAnswer& answer, const http::ClientError* broken,
                       std::size_t sent_bytes) const;
    ModelFailure failure_of(const OpenAiAnswer& answer, const http::ClientError* broken) const;

    http::Client& client_;
    OpenAiConfig config_;
    OpenAiFailures failures_;
};

http::ClientRequest OpenAiModel::call_for(const ModelRequest& request) const {
    http::ClientRequest call{.method = http::Method::post,
                             .url = config_.base_url + "/chat/completions"};
    call.headers.set("Content-Type", "application/json");
    call.headers.set("Accept", "text/event-stream");
    if (!config_.api_key.empty()) call.headers.set("Authorization", "Bearer " + config_.api_key);
    if (!request.idempotency_key.empty())
        call.headers.set("Idempotency-Key", request.idempotency_key);
    call.body = to_text(openai_request(request));
    call.reach = config_.reach;
    call.ca_file = config_.ca_file;
    call.answer_bytes_max = answer_bytes_max;
    return call;
}

Task<ModelAnswer> OpenAiModel::complete(ModelRequest request, ChunkSink on_text) {
    http::ClientRequest call = call_for(request);
    const std::size_t sent_bytes = call.body.size();
    OpenAiAnswer answer(std::move(on_text));
    http::ClientSink sink{
        .on_head = [&answer](int status,
                             const http::Headers& headers) { answer.head(status, headers); },
        .on_body = [&answer](std::string_view piece) { answer.body(piece); },
    };
    const auto exchange = co_await client_.fetch(std::move(call), std::move(sink));
    answer.end();
    co_return settle(answer, exchange ? nullptr : &exchange.error(), sent_bytes);
}

/// A connection that breaks after the last piece has come costs nothing; a stop counts as a stop
/// all the same.
ModelAnswer OpenAiModel::settle(const OpenAiAnswer& answer, const http::ClientError* broken,
                                std::size_t sent_bytes) const {
    const bool stopped = broken && broken->failure == http::ClientFailure::cancelled;
    const bool began = answer.status() >= 200 && answer.status() <= 299;
    if (answer.complete() && !stopped) {
        Completion out = answer.completion();
        if (!answer.has_usage()) {
            out.usage_estimated = true;
            out.input_tokens = tokens_of(sent_bytes);
            out.output_tokens = tokens_of(answer.bytes_written());
        }
        return out;
    }
    ModelFailure out = failure_of(answer, broken);
    out.partial_text = answer.text();
    if (began) {
        out.input_tokens = answer.has_usage() ? answer.input_tokens() : tokens_of(sent_bytes);
        out.output_tokens =
            answer.has_usage() ? answer.output_tokens() : tokens_of(answer.bytes_written());
    }
    return std::unexpected(std::move(out));
}

ModelFailure OpenAiModel::failure_of(const OpenAiAnswer& answer,
                                     const http::ClientError* broken) const {
    if (broken && broken->failure == http::ClientFailure::cancelled)
        return failures_.of_transport(*broken);
    if (answer.has_error()) return failures_.of_server(answer);
    if (answer.malformed()) return failures_.of_malformed(*answer.malformed());
    if (broken) return failures_.of_transport(*broken);
    return failures_.of_cut_stream();
}

} // namespace

std::unique_ptr<Model> make_openai_model(http::Client& client, OpenAiConfig config) {
    return std::make_unique<OpenAiModel>(client, std::move(config));
}

} // namespace weft::models
