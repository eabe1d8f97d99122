#include "models/wire.h"

#include "models/failures.h"
#include "models/prices.h"

namespace weft::models {

namespace {

constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;
constexpr std::int64_t bytes_per_token = 4; ///< where a server reports no usage

std::int64_t tokens_of(std::size_t bytes) {
    return (static_cast<std::int64_t>(bytes) + bytes_per_token - 1) / bytes_per_token;
}

class WireModel final : public Model {
public:
    WireModel(http::Client& client, const WireFormat& format, Endpoint endpoint)
        : client_(client), format_(format), endpoint_(std::move(endpoint)),
          failures_(endpoint_.provider, endpoint_.key_setting, endpoint_.api_key) {
        while (endpoint_.base_url.ends_with('/')) endpoint_.base_url.pop_back();
    }

    Task<ModelAnswer> complete(ModelRequest request, ChunkSink on_text) override;

    ModelLimits limits(std::string_view model) const override {
        return limits_of(endpoint_.provider, model);
    }

private:
    http::ClientRequest call_for(const ModelRequest& request) const;
    ModelAnswer settle(const AnswerReader& answer, const http::ClientError* broken,
                       std::size_t sent_bytes) const;
    ModelFailure failure_of(const AnswerReader& answer, const http::ClientError* broken) const;

    http::Client& client_;
    const WireFormat& format_;
    Endpoint endpoint_;
    Failures failures_;
};

http::ClientRequest WireModel::call_for(const ModelRequest& request) const {
    http::ClientRequest call{.method = http::Method::post,
                             .url = endpoint_.base_url + format_.path(endpoint_, request)};
    call.headers.set("Content-Type", "application/json");
    call.headers.set("Accept", std::string(format_.accepts));
    if (!endpoint_.api_key.empty()) { // bound to the provider: it goes nowhere else
        http::Headers signature;
        format_.sign(endpoint_, signature);
        call.credentials = {.origins = {endpoint_.base_url},
                            .headers = std::move(signature.fields)};
    }
    if (const auto& [name, value] = format_.version_header; !name.empty())
        call.headers.set(name, std::string(value));
    if (format_.takes_idempotency_key && !request.idempotency_key.empty())
        call.headers.set("Idempotency-Key", request.idempotency_key);
    call.body = to_text(format_.body(request));
    call.reach = endpoint_.reach;
    call.ca_file = endpoint_.ca_file;
    call.answer_bytes_max = answer_bytes_max;
    return call;
}

Task<ModelAnswer> WireModel::complete(ModelRequest request, ChunkSink on_text) {
    http::ClientRequest call = call_for(request);
    const std::size_t sent_bytes = call.body.size();
    const auto answer = format_.reader(request, std::move(on_text));
    http::ClientSink sink{
        .on_head = [&answer](int status,
                             const http::Headers& headers) { answer->head(status, headers); },
        .on_body = [&answer](std::string_view piece) { answer->body(piece); },
    };
    const auto exchange = co_await client_.fetch(std::move(call), std::move(sink));
    answer->end();
    co_return settle(*answer, exchange ? nullptr : &exchange.error(), sent_bytes);
}

/// A connection that breaks after the last piece has come costs nothing; a stop counts as a stop
/// all the same.
ModelAnswer WireModel::settle(const AnswerReader& answer, const http::ClientError* broken,
                              std::size_t sent_bytes) const {
    const bool stopped = broken && broken->failure == http::ClientFailure::cancelled;
    const bool began = answer.status() >= 200 && answer.status() <= 299;
    const std::int64_t input = answer.input_tokens().value_or(tokens_of(sent_bytes));
    const std::int64_t output = answer.output_tokens().value_or(tokens_of(answer.written().size()));
    if (answer.complete() && !stopped) {
        Completion out = answer.completion();
        out.usage_estimated = !answer.input_tokens() || !answer.output_tokens();
        out.input_tokens = input;
        out.output_tokens = output;
        return out;
    }
    ModelFailure out = failure_of(answer, broken);
    out.partial_text = answer.text();
    if (began) {
        out.input_tokens = input;
        out.output_tokens = output;
    }
    return std::unexpected(std::move(out));
}

ModelFailure WireModel::failure_of(const AnswerReader& answer,
                                   const http::ClientError* broken) const {
    if (broken && broken->failure == http::ClientFailure::cancelled)
        return failures_.of_transport(*broken);
    if (answer.error()) return failures_.of_server(answer);
    if (answer.malformed()) return failures_.of_malformed(*answer.malformed());
    if (broken) return failures_.of_transport(*broken);
    return failures_.of_cut_stream();
}

} // namespace

std::unique_ptr<Model> make_model(http::Client& client, const WireFormat& format,
                                  Endpoint endpoint) {
    return std::make_unique<WireModel>(client, format, std::move(endpoint));
}

} // namespace weft::models
