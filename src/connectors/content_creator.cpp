#include "connectors/content_creator.h"

#include "connectors/fields.h"
#include "domain/limits.h"

namespace weft::connectors {

namespace {

constexpr std::int64_t words_max = 20'000;
constexpr std::string_view task =
    "You write texts for other people's use. Answer with the text alone, in markdown: no preface, "
    "no remarks on your work.";

Action write_action() {
    Action write{.name = "Write content", .category = "content_creator", .sort = "write"};
    write.effect = EffectClass::keyed;
    write.input = {
        field("instructions", "text", true, "What to write, for whom and to what end."),
        field("context", "text", false, "Facts and texts to write from."),
        field("tone", "text", false, "Such as friendly, or factual."),
        field("words", "number", false, fmt::format("About how long, at most {}.", words_max)),
        field("model", "text", false, "provider/name; the agent's own when left out."),
        field("max_tokens", "number", false, "Of the text; 4096 when left out.")};
    write.output = {field("content", "text", true, "The text, as markdown."),
                    field("model", "text", true, "Which model wrote it."),
                    field("input_tokens", "number", true, ""),
                    field("output_tokens", "number", true, ""),
                    field("estimated", "boolean", true,
                          "Whether the tokens are our estimate: the provider reported none."),
                    field("cost_usd", "number", true, "Of all attempts.")};
    return write;
}

std::string prompt_of(const json::object& input) {
    std::string prompt(text_or(input, "instructions"));
    if (const auto tone = text_or(input, "tone"); !tone.empty())
        prompt += fmt::format("\n\nTone: {}", tone);
    if (const std::int64_t words = int_or(json::value(input), "words", 0); words > 0)
        prompt += fmt::format("\n\nLength: about {} words.", words);
    if (const auto context = text_or(input, "context"); !context.empty())
        prompt += fmt::format("\n\nWrite from this:\n\n{}", context);
    return prompt;
}

Result<models::Call> call_of(const ActionCall& call) {
    const json::value input(call.input);
    if (text_or(call.input, "instructions").empty())
        return fail_field("instructions", "must not be empty");
    if (const std::int64_t words = int_or(input, "words", 0); words < 0 || words > words_max)
        return fail_field("words", fmt::format("must be between 0 and {}", words_max));
    const Llm usual;
    const std::int64_t tokens = int_or(input, "max_tokens", usual.max_tokens);
    if (tokens < 1 || tokens > limits::max_tokens_max)
        return fail_field("max_tokens",
                          fmt::format("must be between 1 and {}", limits::max_tokens_max));
    std::string model(text_or(call.input, "model", call.model));
    if (model.empty()) model = usual.model;
    models::Call asked;
    asked.models = {std::move(model)};
    asked.request.max_tokens = tokens;
    asked.request.messages = {{models::Message::Role::system, std::string(task)},
                              {models::Message::Role::user, prompt_of(call.input)}};
    asked.request.facts = {{"goal", call.input.at("instructions")}};
    asked.request.idempotency_key = call.effect_key;
    if (!call.model.empty()) asked.policy.attempts_max = 1; // of a run: the engine repeats
    return asked;
}

void count(Usage* used, const models::Spent& spent) {
    if (!used) return;
    used->input_tokens += spent.input_tokens;
    used->output_tokens += spent.output_tokens;
    used->cost_micro_usd += spent.cost_micro_usd;
}

Error error_of(const models::ModelFailure& failure) {
    switch (failure.error_class) {
    case models::ErrorClass::retry: return {Code::unavailable, failure.message};
    case models::ErrorClass::retry_after: {
        Error error{Code::rate_limited, failure.message};
        const auto wait = failure.retry_after.value_or(milliseconds(1'000));
        error.retry_after_s = static_cast<int>(std::chrono::ceil<seconds>(wait).count());
        return error;
    }
    case models::ErrorClass::refused: return {Code::unauthenticated, failure.message};
    case models::ErrorClass::out_of_context: return {Code::too_large, failure.message};
    case models::ErrorClass::cancelled: break;
    }
    return {Code::cancelled, "This was stopped."};
}

class ContentCreator final : public Connector {
public:
    explicit ContentCreator(const models::Caller& caller)
        : caller_(caller), actions_{write_action()} {}

    std::string_view category() const override { return "content_creator"; }
    std::string_view display_name() const override { return "Content creator"; }
    std::string_view description() const override { return "Writes texts with a language model."; }
    const std::vector<Action>& actions() const override { return actions_; }

    std::optional<models::Call> asks_model(const ActionCall& call) const override {
        auto asked = call_of(call);
        return asked ? std::optional(*std::move(asked)) : std::nullopt;
    }

    Task<Result<json::value>> run(ActionCall call) override {
        if (call.sort != "write")
            co_return fail(Code::not_found,
                           "There is no such action: content_creator/" + call.sort);
        auto asked = call_of(call);
        if (!asked) co_return std::unexpected(std::move(asked).error());
        asked->scope = call.scope;
        if (const auto known = co_await caller_.check(asked->models, call.scope); !known)
            co_return fail_field("model", known.error().message);
        const std::int64_t max_tokens = asked->request.max_tokens;
        const auto answer = co_await caller_.call(*std::move(asked));
        count(call.used, answer ? answer->spent : answer.error().spent);
        if (!answer) co_return std::unexpected(error_of(answer.error().failure));
        const models::Completion& completion = answer->completion;
        if (completion.stop == models::StopReason::length)
            co_return fail(
                Code::too_large,
                fmt::format("The text was cut off at {} tokens (max_tokens).", max_tokens));
        if (completion.stop == models::StopReason::refused)
            co_return fail(Code::forbidden, "The model refused to write this.");
        co_return json::object{
            {"content", completion.text},
            {"model", answer->model},
            {"input_tokens", answer->spent.input_tokens},
            {"output_tokens", answer->spent.output_tokens},
            {"estimated", completion.usage_estimated},
            {"cost_usd", static_cast<double>(answer->spent.cost_micro_usd) / 1e6}};
    }

private:
    const models::Caller& caller_;
    std::vector<Action> actions_;
};

} // namespace

std::unique_ptr<Connector> make_content_creator(const models::Caller& caller) {
    return std::make_unique<ContentCreator>(caller);
}

} // namespace weft::connectors
