#include "agents/effects.h"
#include "agents/preview.h"
#include "api/inbox_answers.h"
#include "api/inbox_view.h"
#include "api/routes.h"
#include "store/executions.h"
#include "store/inbox.h"
#include "store/waits.h"

namespace weft::api {

namespace {

template <Named named> struct AnswerPreview {
    ProjectId project;
    ExecutionRef execution;
    std::optional<InboxId> item;
    std::optional<AgentId> agent;
    std::optional<bool> is_approved;
    std::optional<bool> is_rejected;
    std::string reason;
    json::object preview_input;
    static constexpr auto params() {
        using In = AnswerPreview;
        return std::tuple_cat(
            std::tuple{query("projectID", &In::project, "The project")}, which_params<In, named>(),
            std::tuple{
                body("is_approved", &In::is_approved, "true: do it; false: keep this as a draft"),
                body("is_rejected", &In::is_rejected, "true: do not do it, and tell the agent"),
                body("reason", &In::reason, "Why it is rejected, for the agent"),
                body("preview_input", &In::preview_input,
                     "The item's preview_input, with what is to be changed in skill.input; or the "
                     "input alone")});
    }
};

struct AnswerUncertain {
    ExecutionRef execution;
    std::optional<InboxId> item;
    std::optional<AgentId> agent;
    std::string outcome;
    json::value result;
    static constexpr auto params() {
        using In = AnswerUncertain;
        return std::tuple_cat(
            which_params<In, Named::by_path>(),
            std::tuple{body("outcome", &In::outcome,
                            "done: it happened; not_done: do it again; stop: stop the execution")
                           .required(),
                       body("result", &In::result, "What it brought, when it happened")});
    }
};

/// What a client sent as preview_input.
struct SentInput {
    InboxId item;                      ///< none: it says of none
    std::string skill;                 ///< hex; empty: it says of none
    std::optional<json::object> input; ///< none: as it is shown
};

constexpr const char* input_path = "preview_input.skill.input";

Result<SentInput> sent_input(const json::object& given) {
    SentInput sent;
    if (const json::value* id = given.if_contains("inbox_id"))
        if (!from_json(*id, sent.item))
            return fail_field("preview_input.inbox_id", "Must be an id of 24 hex digits.");
    const json::value* skill = given.if_contains("skill");
    if (!skill) {
        const bool alone =
            !given.empty() && !given.contains("inbox_id") && !given.contains("thoughts");
        if (alone) sent.input = given;
        return sent;
    }
    if (!skill->is_object()) return fail_field("preview_input.skill", "Must be an object.");
    sent.skill = text_or(*skill, "id");
    const json::value* input = find(*skill, "input");
    if (input && !input->is_object()) return fail_field(input_path, "Must be an object.");
    if (input) sent.input = input->get_object();
    return sent;
}

enum class Verb { approve, draft, reject };

template <Named named>
Result<Verb> verb_of(const AnswerPreview<named>& in, std::optional<bool> approved_when_absent) {
    const std::optional<bool> is_approved = in.is_approved ? in.is_approved : approved_when_absent;
    if (in.is_rejected.value_or(false)) {
        if (in.is_approved.value_or(false))
            return fail_field("is_rejected", "Cannot be true together with is_approved.");
        return Verb::reject;
    }
    if (!is_approved) return fail_field("is_approved", "Is required.");
    return *is_approved ? Verb::approve : Verb::draft;
}

/// A preview's answer, made up before the writer is asked: an item never changes what it asks.
struct Decided {
    InboxItem item;
    InboxStatus status = InboxStatus::approved;
    json::object answer; ///< what the item keeps
    json::object told;   ///< what the run is told; unused for a draft
};

/// The input to be performed: what was sent, else the draft, else what is shown.
const json::object* chosen_input(const InboxItem& item, const SentInput& sent) {
    if (sent.input) return &*sent.input;
    const json::value* draft = item.answer.if_contains("input");
    return draft ? draft->if_object() : nullptr;
}

Task<Result<std::optional<json::object>>> checked_input(Request& rq, const InboxItem& item,
                                                        const json::object* chosen) {
    if (!chosen || *chosen == asked_input(item)) co_return std::nullopt;
    if (!item.execution) co_return *chosen; // whoever asked said nothing of what it must be
    const ExecutionStart start = CO_TRY(rq.store.read_point([&](store::Rx& rx) {
        return store::executions::find_start(rx, rq.scope, item.execution);
    }));
    const auto flow = CO_TRY(rq.engine.version(rq.scope, start.version));
    const auto plan = agents::compile(flow, rq.services.caller.registry(), rq.services.catalogue);
    co_return agents::edited_input(*plan, item.agent, text_or(item.asked, "tool"), *chosen,
                                   input_path);
}

Task<Result<Decided>> decide_preview(Request& rq, Which which, Verb verb, const json::object& given,
                                     const std::string& reason) {
    const SentInput sent = CO_TRY(ready(sent_input(given)));
    if (sent.item && which.item && sent.item != which.item)
        co_return fail_field("preview_input.inbox_id", "Is another item than inbox_id.");
    if (sent.item) which.item = sent.item;
    Decided decided;
    decided.item = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return open_item(rx, rq.scope, which, InboxType::preview); }));
    if (!sent.skill.empty() && sent.skill != asked_skill(decided.item))
        co_return fail(Code::conflict, fmt::format("Another skill is asked about by now: {}",
                                                   decided.item.summary));
    if (verb == Verb::reject) {
        decided.status = InboxStatus::rejected;
        decided.answer = {{"reason", reason}};
        decided.told = agents::rejected(reason);
        co_return decided;
    }
    const json::object* chosen = chosen_input(decided.item, sent);
    if (chosen && *chosen != asked_input(decided.item)) decided.answer["input"] = *chosen;
    if (verb == Verb::draft) {
        decided.status = InboxStatus::input_required;
        co_return decided;
    }
    auto edited = CO_TRY(checked_input(rq, decided.item, chosen));
    decided.told = agents::approved(std::move(edited));
    co_return decided;
}

/// What a person knows of an effect, by the word for it.
std::optional<store::waits::Fate> fate_from(std::string_view word) {
    using store::waits::Fate;
    if (word == "done") return Fate::done;
    if (word == "not_done") return Fate::not_done;
    if (word == "stop") return Fate::stop;
    return std::nullopt;
}

Task<Result<ItemAnswer>> answer_preview(Request& rq, Decided decided) {
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) {
        return keep_answer(rq, tx, decided.item, decided.status, decided.answer, decided.told);
    }));
    after_answer(rq, decided.item, decided.status);
    co_return answer;
}

template <Named named> Task<Result<ItemAnswer>> preview(Request& rq, AnswerPreview<named> in) {
    const Verb verb = CO_TRY(ready(verb_of(in, std::nullopt)));
    Decided decided = CO_TRY(decide_preview(rq, which_of(in), verb, in.preview_input, in.reason));
    co_return co_await answer_preview(rq, std::move(decided));
}

/// Its name says what it does when nothing else is said.
Task<Result<ItemAnswer>> approve_preview(Request& rq, AnswerPreview<Named::by_path> in) {
    const Verb verb = CO_TRY(ready(verb_of(in, true)));
    Decided decided = CO_TRY(decide_preview(rq, which_of(in), verb, in.preview_input, in.reason));
    co_return co_await answer_preview(rq, std::move(decided));
}

Task<Result<ItemAnswer>> uncertain(Request& rq, AnswerUncertain in) {
    const auto fate = fate_from(in.outcome);
    if (!fate) co_return fail_field("outcome", "Must be done, not_done or stop.");
    const Which which = which_of(in);
    json::object kept{{"outcome", in.outcome}};
    if (!in.result.is_null()) kept["result"] = in.result;
    json::value output = in.result;
    if (output.is_null()) output = json::object{{"note", "A person says that this was done."}};
    ExecutionId execution;
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<ItemAnswer> {
        const InboxItem item = TRY(open_item(tx, rq.scope, which, InboxType::uncertain_effect));
        execution = item.execution;
        // First the item: a stop would expire it.
        const InboxItem now =
            TRY(store::inbox::answer(tx, rq.scope, item, InboxStatus::completed, kept));
        TRY(store::waits::decide_fate(tx, rq.scope, execution, item.seq, *fate, std::move(output)));
        rq.audited.details["outcome"] = in.outcome;
        rq.audited.details["execution"] = execution.hex();
        return ItemAnswer{inbox_item_view(now, rq.scope.project)};
    }));
    rq.engine.wake();
    rq.services.events.changed(execution);
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::post, "/inbox/update/preview/{E}", "inbox.preview", needs(Role::operator_),
     "Approve, change, keep as a draft or reject what an agent wants to do",
     handler<&preview<Named::by_path>>, Audit::change},
    {http::Method::post, "/inbox/update/preview", "inbox.preview_of_item", needs(Role::operator_),
     "The same; the body names the item or the execution", handler<&preview<Named::by_body>>,
     Audit::change},
    {http::Method::put, "/execute_flow/{E}/approve_preview", "executions.approve_preview",
     needs(Role::operator_), "The same; approves unless it says otherwise",
     handler<&approve_preview>, Audit::change},
    {http::Method::post, "/inbox/update/uncertain_effect/{E}", "inbox.uncertain_effect",
     needs(Role::operator_), "Say whether something happened before the server died",
     handler<&uncertain>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> inbox_preview_routes() { return routes; }

} // namespace weft::api
