#pragma once

#include "agents/plan.h"
#include "engine/step.h"

/// What this folder writes into intents and results, and how it reads them back:
///
///     intent {"kind": "model", "turn": 1}
///     result {"text", "calls": [{"id", "name", "arguments", "mark"?}], "stop", "input_tokens",
///     "output_tokens", "model",
///             "estimated"}
///     intent {"kind": "tool", "tool": "tables_insert_records", "turn": 1, "call": 0}
///     result {"output": …} or {"error": "a sentence for the model"}
///     intent {"kind": "preview", "tool", "turn", "call"}      a person is asked before that call
///     result {"output": {"decision": "approved", "input"? as the person changed it} or
///             {"decision": "rejected", "reason"}}
///     intent {"kind": "files"}                     what a condition that reads `files` needs
///     result {"files": [{"_id", "name"}]}
///     intent {"kind": "form", "when": "pre" or "post"}    a person fills in a form of the agent
///     result {"output": {"values": {…}}}
///     intent {"kind": "judge"}    a model judges the step's output by the flow's instructions
///     result as of a model
///     intent {"kind": "anomaly", "finding"}    a person is asked about what was found
///     result {"output": {"decision": "approved"} or {"decision": "rejected", "reason"}}
///
/// A tool's arguments stand in the result of the model call that asked for it, unless a person
/// changed them; `turn` and `call` find them.
namespace weft::agents {

/// The members of an object, as json.h has them for values.
std::string_view text_member(const json::object& object, std::string_view name);
std::int64_t int_member(const json::object& object, std::string_view name,
                        std::int64_t otherwise = 0);

enum class EffectKind { model, tool, preview, files, form, judge, anomaly };
EffectKind kind_of(const engine::Effect& effect);
/// The last one of that kind in a step, nullptr when there is none.
const engine::Effect* last_of(const engine::Step& step, EffectKind kind);

engine::Perform ask_model(int turn);
engine::Perform call_tool(std::string_view tool, EffectClass effect_class, int turn,
                          std::size_t call);
engine::Perform read_file_names();
/// What that brought in this step: [{_id, name}]; empty when it was not done.
json::array recorded_files(const engine::Step& step);
engine::Perform ask_judge();
/// The intent of asking a person before the same call.
json::object preview_intent(std::string_view tool, int turn, std::size_t call);

json::object form_intent(FormTime when);
json::object anomaly_intent(std::string_view finding);

/// What answers a preview, and what was found in an output.
json::object approved(const std::optional<json::object>& changed_input);
json::object rejected(std::string_view reason);
/// What answers a form.
json::object submitted(json::object values);

/// The values of a form, when the effect is one that was submitted; else nullptr.
const json::object* values_of(const engine::Effect& effect);
/// The form of that time in this step, answered or not; nullptr: nobody was asked yet.
const engine::Effect* form_of(const engine::Step& step, FormTime when);
/// The inputs that the run was started with and, over them, what people submitted since.
json::object inputs_of(const engine::Run& run);

json::object result_of(const models::Completion& completion, std::string_view model);

/// The recorded result of a model call, borrowed from the effect.
struct Answer {
    std::string_view text;
    const json::array* calls = nullptr; ///< never null
    models::StopReason stop = models::StopReason::finished;
};
Answer answer_of(const json::object& result);

std::string_view name_of(models::StopReason stop);

/// Where a step with turns stands.
struct Position {
    std::size_t model = 0; ///< index of the last model call among the effects
    int turn = 0;          ///< of that call; 0: there was none yet
    std::size_t tools = 0; ///< how many of its tool calls were performed, or rejected by a person
    bool is_approved = false; ///< a person has approved the next of them
};
Position position_of(const engine::Step& step);

/// What the model gave in a call; an empty object when it gave nothing.
const json::value& arguments_of(const json::value& call);

/// The call that a tool effect refers to: {"id", "name", "arguments"}; nullptr when there is no
/// such. `model`: the result of the model call before it.
const json::value* find_call(const json::object& model, const engine::Effect& effect);

/// What the tool effect at this index is given: the model's arguments, or what a person made of
/// them.
const json::value& input_of(const engine::Step& step, std::size_t index);
/// The latter, nullptr when nobody changed them.
const json::value* changed_input_of(const engine::Step& step, std::size_t index);
/// How a person answered it; an empty object before that.
const json::object& answer_to(const engine::Effect& asked);
bool is_rejected(const engine::Effect& asked);

/// The output of a tool effect, nullptr when it failed or told the model of an error.
const json::value* output_of(const engine::Effect& effect);

} // namespace weft::agents
