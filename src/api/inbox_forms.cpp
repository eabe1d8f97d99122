#include "agents/effects.h"
#include "api/inbox_answers.h"
#include "api/inbox_view.h"
#include "api/routes.h"
#include "domain/form.h"
#include "domain/members.h"
#include "store/files.h"
#include "store/waits.h"

namespace weft::api {

namespace {

template <Named named> struct AnswerForm {
    ProjectId project;
    ExecutionRef execution;
    std::optional<InboxId> item;
    std::optional<AgentId> agent;
    std::optional<bool> is_submitted;
    std::optional<json::object> values;
    static constexpr auto params() {
        using In = AnswerForm;
        return std::tuple_cat(
            std::tuple{query("projectID", &In::project, "The project")}, which_params<In, named>(),
            std::tuple{
                body("is_submitted", &In::is_submitted,
                     "true: the run goes on with these values; false: keep them as a draft"),
                body("values", &In::values, "By field_id; absent: the values of the draft")});
    }
};

template <Named named> struct AnswerAnomaly {
    ProjectId project;
    ExecutionRef execution;
    std::optional<InboxId> item;
    std::optional<AgentId> agent;
    std::optional<bool> is_approved;
    std::string reason;
    static constexpr auto params() {
        using In = AnswerAnomaly;
        return std::tuple_cat(
            std::tuple{query("projectID", &In::project, "The project")},
            which_params<In, named>("The agent whose output it is; any other one is refused"),
            std::tuple{
                body("is_approved", &In::is_approved, "true: the run goes on; false: it fails"),
                body("reason", &In::reason, "Why it is not accepted")});
    }
};

/// Files of a form are files of the run: they must be there before it goes on.
Result<> check_files(store::Rx& rx, const Scope& scope, const Form& form,
                     const json::object& values) {
    Faults faults;
    for (const FormField& each : form.fields) {
        const std::string_view given =
            each.field.type == "file" ? text_or(values, each.field.field_id) : "";
        if (given.empty()) continue;
        const auto id = FileId::parse(given);
        const auto file = id ? store::files::find(rx, scope, *id)
                             : Result<File>(fail(Code::not_found, "This is no file's id."));
        const std::string at = join_path("values", each.field.field_id);
        if (!file)
            faults.add(at, "must be the id of a file of this project");
        else if (file->status != FileStatus::ready)
            faults.add(
                at, fmt::format("names a file that is not ready: it is {}", to_text(file->status)));
    }
    return faults.result();
}

Result<> check_size(const json::object& values) {
    if (to_text(values).size() <= store::waits::answer_bytes_max) return {};
    return fail(Code::too_large, fmt::format("What is entered may have at most {} bytes of JSON.",
                                             store::waits::answer_bytes_max));
}

/// What was sent, else the draft.
json::object chosen_values(const InboxItem& item, const std::optional<json::object>& sent) {
    if (sent) return *sent;
    const json::value* draft = item.answer.if_contains("values");
    return draft && draft->is_object() ? draft->get_object() : json::object();
}

Result<ItemAnswer> keep_form(Request& rq, store::Tx& tx, const InboxItem& item, bool is_submitted,
                             const std::optional<json::object>& sent) {
    const json::object values = chosen_values(item, sent);
    TRY(check_size(values));
    if (!is_submitted)
        return keep_answer(rq, tx, item, InboxStatus::input_required, {{"values", values}}, {});
    const Form form = TRY(asked_form(item));
    TRY(check_values(form, values, "values"));
    TRY(check_files(tx, rq.scope, form, values));
    return keep_answer(rq, tx, item, InboxStatus::completed, {{"values", values}},
                       agents::submitted(values));
}

template <class In>
Task<Result<ItemAnswer>> answer_form(Request& rq, In in, std::optional<bool> when_absent) {
    const std::optional<bool> is_submitted = in.is_submitted ? in.is_submitted : when_absent;
    if (!is_submitted) co_return fail_field("is_submitted", "Is required.");
    InboxItem item;
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<ItemAnswer> {
        item = TRY(open_item(tx, rq.scope, which_of(in), InboxType::runtime_input));
        return keep_form(rq, tx, item, *is_submitted, in.values);
    }));
    after_answer(rq, item, *is_submitted ? InboxStatus::completed : InboxStatus::input_required);
    co_return answer;
}

template <Named named> Task<Result<ItemAnswer>> runtime_input(Request& rq, AnswerForm<named> in) {
    return answer_form(rq, std::move(in), std::nullopt);
}
/// Its name says what it does when nothing else is said.
Task<Result<ItemAnswer>> give_runtime_input(Request& rq, AnswerForm<Named::by_path> in) {
    return answer_form(rq, std::move(in), true);
}

template <class In>
Task<Result<ItemAnswer>> answer_anomaly(Request& rq, In in, std::optional<bool> when_absent) {
    const std::optional<bool> is_approved = in.is_approved ? in.is_approved : when_absent;
    if (!is_approved) co_return fail_field("is_approved", "Is required.");
    const InboxStatus status = *is_approved ? InboxStatus::approved : InboxStatus::rejected;
    json::object kept;
    if (!*is_approved) kept["reason"] = in.reason;
    json::object told = *is_approved ? agents::approved(std::nullopt) : agents::rejected(in.reason);
    InboxItem item;
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<ItemAnswer> {
        item = TRY(open_item(tx, rq.scope, which_of(in), InboxType::anomaly_detection));
        return keep_answer(rq, tx, item, status, kept, told);
    }));
    after_answer(rq, item, status);
    co_return answer;
}

template <Named named> Task<Result<ItemAnswer>> anomaly(Request& rq, AnswerAnomaly<named> in) {
    return answer_anomaly(rq, std::move(in), std::nullopt);
}
/// The same.
Task<Result<ItemAnswer>> approve_anomaly(Request& rq, AnswerAnomaly<Named::by_path> in) {
    return answer_anomaly(rq, std::move(in), true);
}

constexpr Route routes[] = {
    {http::Method::post, "/inbox/update/runtime_input/{E}", "inbox.runtime_input",
     needs(Role::operator_), "Fill in the form that an agent waits for, or keep it as a draft",
     handler<&runtime_input<Named::by_path>>, Audit::change},
    {http::Method::post, "/inbox/update/runtime_input", "inbox.runtime_input_of_item",
     needs(Role::operator_), "The same; the body names the item or the execution",
     handler<&runtime_input<Named::by_body>>, Audit::change},
    {http::Method::put, "/execute_flow/{E}/runtime_input", "executions.runtime_input",
     needs(Role::operator_), "The same; submits unless it says otherwise",
     handler<&give_runtime_input>, Audit::change},
    {http::Method::post, "/inbox/update/anomaly_detection/{E}", "inbox.anomaly",
     needs(Role::operator_),
     "Accept what an agent brought although something was found in it, or "
     "do not: then the run fails",
     handler<&anomaly<Named::by_path>>, Audit::change},
    {http::Method::post, "/inbox/update/anomaly_detection", "inbox.anomaly_of_item",
     needs(Role::operator_), "The same; the body names the item or the execution",
     handler<&anomaly<Named::by_body>>, Audit::change},
    {http::Method::put, "/execute_flow/{E}/approve_anomaly", "executions.approve_anomaly",
     needs(Role::operator_), "The same; accepts unless it says otherwise",
     handler<&approve_anomaly>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> inbox_form_routes() { return routes; }

} // namespace weft::api
