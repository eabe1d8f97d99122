#include "models/wire.h"

#include "models/failures.h"
#include "models/prices.h"
#include "models/tokens.h"

namespace weft::models {

namespace {

constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;
/// A shorter key, such as "ollama" where none is asked for, is a word that models may say.
constexpr std::size_t telling_key_bytes = 16;

std::string telling(const std::string& key) {
    return key.size() < telling_key_bytes ? std::string() : key;
}

class WireModel final : public Model {
public:
    WireModel(http::Client& client, const WireFormat& format, Endpoint endpoint,
              std::shared_ptr<KeyLimiter> limiter)
        : client_(client), format_(format), endpoint_(std::move(endpoint)),
          limiter_(std::move(limiter)), mask_({endpoint_.api_key}, "[key]"),
          answer_mask_({telling(endpoint_.api_key)}, "[key]"),
          failures_(endpoint_.provider, endpoint_.key_setting, mask_) {
        while (endpoint_.base_url.ends_with('/')) endpoint_.base_url.pop_back();
    }

    Task<ModelAnswer> complete(ModelRequest request, ChunkSink on_text) override;

    ModelLimits limits(std::string_view model) const override {
        return limits_of(endpoint_.provider, model);
    }

private:
    http::ClientRequest call_for(const ModelRequest& request) const;
    ModelAnswer settle(const AnswerReader& answer, const http::ClientError* broken,
                       const ModelRequest& request) const;
    ModelFailure failure_of(const AnswerReader& answer, const http::ClientError* broken) const;
    void tell_limiter(const ModelAnswer& answer, std::int64_t counted) const;

    http::Client& client_;
    const WireFormat& format_;
    Endpoint endpoint_;
    std::shared_ptr<KeyLimiter> limiter_; ///< nullptr: the key has no limits
    http::Mask mask_;                     ///< takes the key out of sentences
    http::Mask answer_mask_; ///< and out of what the model said, should its service repeat it
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
    std::int64_t counted = 0;
    if (limiter_) {
        if (limiter_->counts_tokens()) counted = count_input_tokens(request) + request.max_tokens;
        if (const auto wait = limiter_->admit(request.idempotency_key, counted); wait.count() > 0)
            co_return std::unexpected(failures_.of_limit(wait));
    }
    http::ClientRequest call = call_for(request);
    http::MaskedPieces pieces(answer_mask_);
    const auto pass_on = [&on_text](const std::string& text) {
        if (on_text && !text.empty()) on_text(text);
    };
    const auto answer =
        format_.reader(request, [&](std::string_view text) { pass_on(pieces.take(text)); });
    http::ClientSink sink{
        .on_head =
            [this, &answer](int status, const http::Headers& headers) {
                answer->head(status, headers);
                if (limiter_) limiter_->heard(headers);
            },
        .on_body = [&answer](std::string_view piece) { answer->body(piece); },
    };
    const auto exchange = co_await client_.fetch(std::move(call), std::move(sink));
    answer->end();
    pass_on(pieces.end());
    ModelAnswer out = settle(*answer, exchange ? nullptr : &exchange.error(), request);
    if (limiter_) tell_limiter(out, counted);
    co_return out;
}

void WireModel::tell_limiter(const ModelAnswer& answer, std::int64_t counted) const {
    const std::int64_t used = answer ? answer->input_tokens + answer->output_tokens
                                     : answer.error().input_tokens + answer.error().output_tokens;
    limiter_->settle(counted, used);
    if (!answer && answer.error().error_class == ErrorClass::retry_after)
        limiter_->must_wait(answer.error().retry_after.value_or(milliseconds(0)));
}

/// A connection that breaks after the last piece has come costs nothing; a stop counts as a stop
/// all the same. What the provider did not count is estimated.
ModelAnswer WireModel::settle(const AnswerReader& answer, const http::ClientError* broken,
                              const ModelRequest& request) const {
    const bool stopped = broken && broken->failure == http::ClientFailure::cancelled;
    const bool began = answer.status() >= 200 && answer.status() <= 299;
    const auto input = [&] {
        return answer.input_tokens() ? *answer.input_tokens() : count_input_tokens(request);
    };
    const auto output = [&] {
        return answer.output_tokens() ? *answer.output_tokens() : count_tokens(answer.written());
    };
    if (answer.complete() && !stopped) {
        Completion out = answer.completion();
        out.text = answer_mask_.text(std::move(out.text));
        for (ToolCall& call : out.calls) {
            call.id = answer_mask_.text(std::move(call.id));
            call.name = answer_mask_.text(std::move(call.name));
            call.arguments = answer_mask_.value(std::move(call.arguments));
        }
        out.usage_estimated = !answer.input_tokens() || !answer.output_tokens();
        out.input_tokens = input();
        out.output_tokens = output();
        return out;
    }
    ModelFailure out = failure_of(answer, broken);
    out.partial_text = answer_mask_.text(answer.text());
    if (began) {
        out.input_tokens = input();
        out.output_tokens = output();
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

std::unique_ptr<Model> make_model(http::Client& client, const WireFormat& format, Endpoint endpoint,
                                  std::shared_ptr<KeyLimiter> limiter) {
    return std::make_unique<WireModel>(client, format, std::move(endpoint), std::move(limiter));
}

} // namespace weft::models
