#include "domain/agentflow.h"

#include "domain/members.h"

namespace weft {

namespace {

constexpr std::pair<std::string_view, EffectClass> effect_names[] = {
    {"pure", EffectClass::pure},           {"keyed", EffectClass::keyed},
    {"checkable", EffectClass::checkable}, {"once", EffectClass::once},
    {"awaited", EffectClass::awaited},
};

json::value or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object action_json(const Skill& skill, std::size_t index) {
    const Action& action = skill.actions[index];
    const bool last = index + 1 == skill.actions.size();
    json::object object{
        {"_id", action.id},
        {"name", action.name},
        {"endpoint", action.endpoint()},
        {"sort", action.sort},
        {"category", action.category},
        {"previous_action_id",
         index == 0 ? json::value(nullptr) : or_null(skill.actions[index - 1].id)},
        {"next_action_id", last ? json::value(nullptr) : or_null(skill.actions[index + 1].id)},
        {"is_terminal", last},
        {"input_schema", json::object{{"fields", to_json(action.input)}}},
        {"output_schema", json::object{{"fields", to_json(action.output)}}},
        {"effect", to_text(action.effect)},
    };
    if (!action.preset.empty()) object["preset"] = action.preset;
    add_call_rules(object, action.rules);
    return object;
}

void read_schema(Members& members, std::string_view name, Fields& out) {
    const json::value* schema = members.get(name);
    if (!schema || schema->is_null()) return;
    const json::value* fields = find(*schema, "fields");
    std::string at = members.path(name);
    if (fields)
        at = join_path(at, "fields");
    else if (schema->is_object())
        return; // {}: no fields
    if (auto read = fields_from_json(fields ? *fields : *schema, at))
        out = *std::move(read);
    else
        members.faults().add(read.error());
}

void read_effect(Members& members, EffectClass& out) {
    std::string text;
    members.text("effect", text, limits::name_bytes_max);
    if (text.empty()) return;
    for (const auto& [name, effect] : effect_names)
        if (name == text) {
            out = effect;
            return;
        }
    members.faults().add(members.path("effect"),
                         "must be one of pure, keyed, checkable, once, awaited");
}

/// "/tables/insert_records" → category and sort, where they are not given by themselves.
void read_endpoint(Members& members, Action& action) {
    std::string endpoint;
    members.text("endpoint", endpoint, 2 * limits::name_bytes_max);
    const auto slash = endpoint.rfind('/');
    if (slash == std::string::npos || slash == 0 || endpoint.front() != '/') return;
    if (action.category.empty()) action.category = endpoint.substr(1, slash - 1);
    if (action.sort.empty()) action.sort = endpoint.substr(slash + 1);
}

bool is_word(const std::string& text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !text.empty() && std::ranges::all_of(text, fits);
}

Action read_action(const json::value& value, const std::string& at, Faults& faults) {
    Action action;
    Members members(value, at, faults);
    Id<struct ActionTag> id;
    members.id("_id", id);
    if (id) action.id = id.hex();
    members.text("category", action.category, limits::name_bytes_max);
    members.text("sort", action.sort, limits::name_bytes_max);
    read_endpoint(members, action);
    for (const auto& [name, word] :
         {std::pair{"category", &action.category}, {"sort", &action.sort}})
        if (value.is_object() && !is_word(*word))
            faults.add(members.path(name), "must be a word of lower-case letters, digits and _");
    action.name = action.sort;
    members.text("name", action.name, limits::name_bytes_max);
    read_schema(members, "input_schema", action.input);
    read_schema(members, "output_schema", action.output);
    read_effect(members, action.effect);
    members.object("preset", action.preset, limits::preset_bytes_max);
    read_call_rules(members, action.rules);
    return action;
}

} // namespace

std::string_view to_text(EffectClass effect) {
    for (const auto& [name, known] : effect_names)
        if (known == effect) return name;
    return "once";
}

json::object to_json(const Skill& skill) {
    json::array actions;
    for (std::size_t i = 0; i < skill.actions.size(); ++i) actions.push_back(action_json(skill, i));
    return {{"_id", skill.id.hex()},
            {"name", skill.name},
            {"connector_id",
             skill.connector ? json::value(skill.connector.hex()) : json::value(nullptr)},
            {"description", skill.description},
            {"logo", skill.logo},
            {"connector_name", skill.connector_name},
            {"is_deleted", skill.is_deleted},
            {"user_id", or_null(skill.user_id)},
            {"actions", std::move(actions)}};
}

Result<Skill> skill_from_json(const json::value& value, const std::string& at) {
    Faults faults;
    Skill skill;
    Members members(value, at, faults);
    members.id("_id", skill.id);
    members.name("name", skill.name);
    if (value.is_object() && !members.has("name")) faults.add(members.path("name"), "is missing");
    members.text("description", skill.description, limits::text_bytes_max);
    members.text("logo", skill.logo, limits::url_bytes_max);
    members.id("connector_id", skill.connector);
    members.text("connector_name", skill.connector_name, limits::name_bytes_max);
    members.text("user_id", skill.user_id, limits::name_bytes_max);
    members.each("actions", limits::actions_per_skill_max,
                 [&](const json::value& item, const std::string& where) {
                     skill.actions.push_back(read_action(item, where, faults));
                 });
    TRY(faults.result());
    return skill;
}

} // namespace weft
