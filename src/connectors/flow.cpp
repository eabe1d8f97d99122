#include "connectors/flow.h"

#include "connectors/fields.h"
#include "domain/limits.h"
#include "expr/date.h"

namespace weft::connectors {

namespace {

Action awaited(std::string name, std::string sort, Fields input, Fields output) {
    Action action{.name = std::move(name), .category = "flow", .sort = std::move(sort)};
    action.effect = EffectClass::awaited;
    action.input = std::move(input);
    action.output = std::move(output);
    return action;
}

std::vector<Action> flow_actions() {
    const Field timed_out = field("timed_out", "boolean", true, "Whether nothing came in time.");
    const Field timeout =
        field("timeout_seconds", "number", false, "How long at most; for ever when left out.");
    std::vector<Action> actions;
    actions.push_back(
        awaited("Wait for a time", "wait",
                {field("seconds", "number", false, "How long. Give this or `until`."),
                 field("until", "text", false,
                       "Until when: a date and time such as 2026-01-31T12:00:00Z.")},
                {timed_out, field("waited_until", "number", true, "Seconds since 1970.")}));
    actions.push_back(awaited("Wait for an event", "wait_for_event",
                              {field("name", "text", true, "The event's name."), timeout},
                              {timed_out, field("event", "text", false, ""),
                               field("payload", "object", false, "What came with the event.")}));
    actions.push_back(awaited(
        "Run another process flow and wait for its result", "run_agentflow",
        {field("agentflow_id", "text", true, "The flow's _id."),
         field("goal", "text", false, "What it is to achieve."),
         field("input_variables", "object", false, "Values for its templates."), timeout},
        {timed_out, field("execution_id", "text", false, ""), field("status", "text", false, ""),
         field("conclusion", "text", false, ""), field("error", "text", false, "")}));
    return actions;
}

/// The member in milliseconds; none: it was not given.
Result<std::optional<milliseconds>> span_of(const json::object& input, std::string_view name) {
    const json::value* given = input.if_contains(name);
    if (!given || given->is_null()) return std::nullopt;
    const double seconds = double_or(json::value(input), name, -1);
    if (seconds < 0 || seconds > static_cast<double>(wait_s_max))
        return fail_field(std::string(name), fmt::format("must be between 0 and {}", wait_s_max));
    return milliseconds(static_cast<std::int64_t>(seconds * 1e3));
}

Result<Awaited> wait_of(const json::object& input) {
    Awaited wait{.reason = WaitReason::time};
    wait.within = TRY(span_of(input, "seconds"));
    const std::string_view until = text_or(input, "until");
    if (wait.within.has_value() == !until.empty())
        return fail_field("seconds", "give either `seconds` or `until`");
    if (wait.within) return wait;
    const auto at_s = expr::read_date(until);
    if (!at_s) return fail_field("until", "must be a date and time such as 2026-01-31T12:00:00Z");
    wait.until = Instant{*at_s * 1'000'000};
    return wait;
}

Result<Awaited> event_of(const json::object& input) {
    Awaited wait{.reason = WaitReason::event, .name = std::string(text_or(input, "name"))};
    if (wait.name.empty() || wait.name.size() > limits::name_bytes_max)
        return fail_field("name", fmt::format("must have 1 to {} bytes", limits::name_bytes_max));
    wait.within = TRY(span_of(input, "timeout_seconds"));
    return wait;
}

Result<Awaited> child_of(const json::object& input) {
    const auto flow = AgentflowId::parse(text_or(input, "agentflow_id"));
    if (!flow)
        return fail_field("agentflow_id", "must be an agentflow's _id of 24 hexadecimal digits");
    Awaited wait{.reason = WaitReason::child};
    wait.within = TRY(span_of(input, "timeout_seconds"));
    wait.child = ExecutionStart{.agentflow = *flow, .goal = std::string(text_or(input, "goal"))};
    if (const json::value* given = input.if_contains("input_variables");
        given && given->is_object())
        wait.child->inputs = given->get_object();
    return wait;
}

class Flow final : public Connector {
public:
    std::string_view category() const override { return "flow"; }
    std::string_view display_name() const override { return "Flow"; }
    std::string_view description() const override {
        return "Waits for a time, an event or another process flow.";
    }
    const std::vector<Action>& actions() const override { return actions_; }

    Result<Awaited> wait_for(std::string_view sort, const json::object& input) const override {
        if (sort == "wait") return wait_of(input);
        if (sort == "wait_for_event") return event_of(input);
        if (sort == "run_agentflow") return child_of(input);
        return fail(Code::not_found, fmt::format("There is no such action: flow/{}", sort));
    }

    Task<Result<json::value>> run(ActionCall call) override {
        if (auto wait = wait_for(call.sort, call.input); !wait)
            co_return std::unexpected(std::move(wait).error());
        co_return fail(Code::conflict, "Only an agent of a running process flow can wait.");
    }

private:
    std::vector<Action> actions_ = flow_actions();
};

} // namespace

std::unique_ptr<Connector> make_flow() { return std::make_unique<Flow>(); }

} // namespace weft::connectors
