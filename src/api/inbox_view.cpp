#include "api/inbox_view.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

const json::object& member_of(const json::object& object, std::string_view name) {
    static const json::object nothing;
    const json::value* found = object.if_contains(name);
    return found && found->is_object() ? found->get_object() : nothing;
}

double epoch_milliseconds(Instant at) { return static_cast<double>(at.us) / 1e3; }

json::value or_null(const json::object& object, std::string_view name) {
    const json::value* found = object.if_contains(name);
    return found ? *found : json::value(nullptr);
}

/// What the draft or the answer changes in the input, member by member.
json::array changes_of(const json::object& before, const json::object& after) {
    json::array changes;
    for (const auto& [name, value] : after)
        if (const json::value* old = before.if_contains(name); !old || *old != value)
            changes.push_back(
                json::object{{"name", name}, {"before", or_null(before, name)}, {"after", value}});
    for (const auto& [name, value] : before)
        if (!after.contains(name))
            changes.push_back(json::object{{"name", name}, {"before", value}, {"after", nullptr}});
    return changes;
}

void add_preview(json::object& view, const InboxItem& item) {
    const json::value* changed = item.answer.if_contains("input");
    json::object skill = member_of(item.asked, "skill");
    view["modified_inputs_during_preview"] =
        changed ? changes_of(asked_input(item), changed->as_object()) : json::array();
    if (changed) skill["input"] = *changed;
    view["is_approved"] = item.status == InboxStatus::approved;
    view["preview_input"] = json::object{{"inbox_id", item.id.hex()},
                                         {"thoughts", member_of(item.asked, "thoughts")},
                                         {"skill", std::move(skill)}};
    if (item.status == InboxStatus::rejected) view["reason"] = text_or(item.answer, "reason");
}

/// Who is to answer, until when, and who of two has approved.
void add_people(json::object& view, const InboxItem& item) {
    view["assignee"] = nullptr;
    if (item.assignee)
        view["assignee"] = json::object{{"_id", item.assignee.hex()}, {"name", item.assignee_name}};
    view["expires_at"] = nullptr;
    if (item.expires_at) view["expires_at"] = epoch_milliseconds(*item.expires_at);
    view["on_expiry"] = item.expires_at ? json::value(to_text(item.on_expiry)) : nullptr;
    view["four_eyes"] = item.four_eyes;
    const json::value* approvals = item.answer.if_contains("approvals");
    view["approvals"] = approvals ? *approvals : json::value(json::array());
    if (const json::value* note = item.answer.if_contains("expiry")) view["expiry"] = *note;
}

void add_uncertain(json::object& view, const InboxItem& item) {
    view["skill"] = member_of(item.asked, "skill");
    view["outcome"] = or_null(item.answer, "outcome");
    view["result"] = or_null(item.answer, "result");
}

/// `values`: the draft or what was submitted.
void add_form(json::object& view, const InboxItem& item) {
    const json::object& form = member_of(item.asked, "form");
    json::object shown{{"when", or_null(item.asked, "when")},
                       {"title", text_or(form, "title")},
                       {"description", text_or(form, "description")},
                       {"fields", or_null(form, "fields")},
                       {"values", member_of(item.answer, "values")}};
    if (const json::value* output = item.asked.if_contains("output")) shown["output"] = *output;
    view["runtime_input"] = std::move(shown);
}

void add_anomaly(json::object& view, const InboxItem& item) {
    view["is_approved"] = item.status == InboxStatus::approved;
    view["anomaly"] = json::object{{"finding", text_or(item.asked, "finding")},
                                   {"output", text_or(item.asked, "output")}};
    if (item.status == InboxStatus::rejected) view["reason"] = text_or(item.answer, "reason");
}

} // namespace

const json::object& asked_input(const InboxItem& item) {
    return member_of(member_of(item.asked, "skill"), "input");
}

std::string_view asked_skill(const InboxItem& item) {
    return text_or(member_of(item.asked, "skill"), "id");
}

Result<Form> asked_form(const InboxItem& item) {
    auto form = form_from_json(member_of(item.asked, "form"), "");
    if (form) return form;
    return fail(Code::internal, "The form of this item cannot be read.", form.error().message);
}

json::object inbox_item_view(const InboxItem& item, const ProjectId& project) {
    json::object view{{"_id", item.id.hex()},
                      {"type", to_text(item.type)},
                      {"status", to_text(item.status)},
                      {"created_at", epoch_milliseconds(item.created_at)},
                      {"updated_at", epoch_milliseconds(item.updated_at)},
                      {"agent_id", item.agent.hex()},
                      {"coworker_id", item.agentflow.hex()},
                      {"coworker_name", item.agentflow_name},
                      {"agent_title", item.agent_title},
                      {"summary", item.summary},
                      {"execution_id", item.execution_uuid ? item.execution_uuid.text() : ""},
                      {"projectID", project.hex()},
                      {"executed_by", json::object{{"_id", item.executed_by_id},
                                                   {"metadata", json::object()},
                                                   {"name", item.executed_by_name},
                                                   {"type", item.executed_by_type}}},
                      {"answered_by", or_null(item.answer, "by")}};
    add_people(view, item);
    if (item.type == InboxType::preview) add_preview(view, item);
    if (item.type == InboxType::uncertain_effect) add_uncertain(view, item);
    if (item.type == InboxType::budget) {
        view["budget"] = item.asked;
        view["outcome"] = or_null(item.answer, "outcome");
    }
    if (item.type == InboxType::runtime_input) add_form(view, item);
    if (item.type == InboxType::anomaly_detection) add_anomaly(view, item);
    return view;
}

} // namespace weft::api
