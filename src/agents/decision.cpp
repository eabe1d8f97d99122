#include "agents/decision.h"

#include "agents/conversation.h"
#include "agents/effects.h"
#include "agents/forms.h"
#include "agents/pricing.h"

#include <charconv>

namespace weft::agents {

namespace {

constexpr std::string_view choose_name = "choose";

bool is_sentence(const BranchPlan& branch) { return !branch.expression; }

/// Whether `files` must be read before the conditions can be evaluated.
bool needs_files(const AgentPlan& plan) {
    return std::ranges::any_of(plan.branches, &BranchPlan::reads_files);
}

std::string text_before(const engine::Run& run) {
    for (std::size_t i = run.steps.size() - 1; i-- > 0;)
        if (run.steps[i].output) return run.steps[i].output->text;
    return {};
}

engine::Move finish(const engine::Run& run, const AgentPlan& plan, AgentId next, std::string title,
                    std::string reason) {
    const engine::Step& step = run.steps.back();
    LedgerRow charge = charge_of(plan, step);
    json::object chosen{{"decision", title}, {"reason", reason}};
    std::string text = next ? std::move(title) : text_before(run);
    return engine::Finish{{std::move(text), {{"choose", std::move(chosen)}}, std::move(reason)},
                          next,
                          std::move(charge)};
}

engine::Move to_branch(const engine::Run& run, const AgentPlan& plan, const BranchPlan& branch,
                       std::string reason) {
    return finish(run, plan, branch.next, branch.decision, std::move(reason));
}

engine::Move otherwise(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan,
                       std::string reason) {
    const AgentPlan* next = flow.find(plan.agent->next);
    return finish(run, plan, plan.agent->next, next ? next->agent->title : "end",
                  std::move(reason));
}

/// The first expression that is true, nullptr when none is.
Result<const BranchPlan*> true_expression(const engine::Run& run, const FlowPlan& flow,
                                          const AgentPlan& plan) {
    const json::array files = recorded_files(run.steps.back());
    const json::object inputs = inputs_of(run);
    const expr::Roots roots = roots_of(run, flow, inputs, files);
    for (const BranchPlan& branch : plan.branches) {
        if (!branch.expression) continue;
        if (!*branch.expression) return std::unexpected(branch.expression->error());
        if (TRY((*branch.expression)->holds(roots))) return &branch;
    }
    return nullptr;
}

engine::Move after_question(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan,
                            const engine::Effect& asked) {
    auto choice = choice_of(plan, asked.result);
    if (!choice) return engine::Fail{{"model_answer", choice.error().message}};
    if (choice->branch) return to_branch(run, plan, *choice->branch, std::move(choice->reason));
    return otherwise(run, flow, plan, std::move(choice->reason));
}

std::optional<std::size_t> number_of(const json::value* value) {
    if (!value) return std::nullopt;
    boost::system::error_code error;
    if (value->is_number()) {
        const auto number = value->to_number<std::size_t>(error);
        return error ? std::nullopt : std::optional(number);
    }
    const json::string* text = value->if_string();
    std::size_t number = 0;
    if (!text) return std::nullopt;
    const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (fault != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return number;
}

} // namespace

models::Tool choose_tool() {
    Field decision{.field_id = "decision",
                   .type = "number",
                   .required = true,
                   .description = "The number of the first sentence that is true; 0 when none is."};
    Field reason{.field_id = "reason",
                 .type = "text",
                 .required = true,
                 .description = "Why, in one sentence, from what you were given."};
    return {std::string(choose_name),
            "Says which of the sentences is true.",
            {std::move(decision), std::move(reason)}};
}

std::string question_text(const AgentPlan& plan) {
    std::string text = "\n\n# Decide\nWhich is the first of these sentences that is true here?\n";
    int number = 0;
    for (const BranchPlan& branch : plan.branches)
        if (is_sentence(branch)) text += fmt::format("{}. {}\n", ++number, branch.condition);
    return text +
           fmt::format("Call `{}` with its number, or with 0 when none is true.", choose_name);
}

Result<Choice> choice_of(const AgentPlan& plan, const json::object& result) {
    const json::array& calls = *answer_of(result).calls;
    if (calls.empty() || text_or(calls[0], "name") != choose_name)
        return fail(Code::invalid, "The model did not choose between the sentences.");
    const json::value* arguments = find(calls[0], "arguments");
    const json::value& given = arguments ? *arguments : calls[0];
    const auto number = number_of(find(given, "decision"));
    if (!number) return fail(Code::invalid, "The model's choice is not the number of a sentence.");
    Choice choice{nullptr, std::string(text_or(given, "reason"))};
    if (*number == 0) return choice;
    std::size_t count = 0;
    for (const BranchPlan& branch : plan.branches)
        if (is_sentence(branch) && ++count == *number) choice.branch = &branch;
    if (!choice.branch)
        return fail(Code::invalid,
                    fmt::format("The model chose sentence {}, but there are {}.", *number, count));
    return choice;
}

engine::Move next_decision(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan) {
    const engine::Step& step = run.steps.back();
    if (!last_of(step, EffectKind::files) && needs_files(plan) && !files_of(run, flow).empty())
        return read_file_names();
    if (const engine::Effect* asked = last_of(step, EffectKind::model))
        return after_question(run, flow, plan, *asked);
    auto found = true_expression(run, flow, plan);
    if (!found) return engine::Fail{{"condition", found.error().message}};
    if (*found) return to_branch(run, plan, **found, "True: " + (*found)->condition);
    if (std::ranges::any_of(plan.branches, is_sentence)) return ask_model(1);
    return otherwise(run, flow, plan, "No condition is true.");
}

} // namespace weft::agents
