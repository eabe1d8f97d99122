#include "domain/custom_action.h"

#include "domain/members.h"

namespace weft {

namespace {

constexpr std::string_view methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::size_t body_bytes_max = limits::template_bytes_max;
constexpr std::size_t names_max = 64;

/// "Create an issue!" → "create_an_issue".
std::string word_of(std::string_view name) {
    std::string word;
    for (const char c : lower_ascii(name)) {
        const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (fits)
            word += c;
        else if (!word.empty() && word.back() != '_')
            word += '_';
    }
    while (word.ends_with('_')) word.pop_back();
    return word;
}

EffectClass usual_effect(const CustomAction& custom) {
    if (custom.method == "GET" || custom.method == "HEAD") return EffectClass::pure;
    if (!custom.check_url.empty()) return EffectClass::checkable;
    if (custom.method == "PUT" || custom.method == "DELETE" || !custom.key_header.empty())
        return EffectClass::keyed;
    return EffectClass::once;
}

void read_method(Members& members, CustomAction& custom) {
    members.text("method", custom.method, limits::name_bytes_max);
    for (char& c : custom.method)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (std::ranges::find(methods, custom.method) == std::end(methods))
        members.faults().add(members.path("method"),
                             "must be one of GET, HEAD, POST, PUT, PATCH, DELETE");
}

/// name → template.
void read_templates(Members& members, std::string_view name, json::object& out) {
    members.object(name, out, limits::template_bytes_max);
    if (out.size() > names_max)
        members.faults().add(members.path(name),
                             fmt::format("has more than {} members", names_max));
    for (const auto& [key, value] : out)
        if (!value.is_string())
            members.faults().add(join_path(members.path(name), key), "must be text");
}

void check_header(Members& members, const std::string& at, std::string_view name) {
    if (!is_header_name(name)) members.faults().add(at, "is no name of an HTTP header");
}

/// The schemas, sort, name and effect class are read as those of any action are.
Result<Action> read_action(const json::value& value, const CustomAction& custom,
                           std::string_view sort) {
    json::object action{{"category", "restful"}, {"sort", sort}};
    for (const char* name : {"_id", "name", "input_schema", "output_schema", "effect"})
        if (const json::value* member = find(value, name)) action[name] = *member;
    if (!action.contains("effect") || action["effect"].is_null()) action["effect"] = nullptr;
    const json::value skill = json::object{{"name", "x"}, {"actions", json::array{action}}};
    auto read = skill_from_json(skill, "");
    if (!read) {
        Faults faults;
        for (FieldError each : read.error().fields) {
            if (each.field.starts_with("actions.0.")) each.field.erase(0, 10);
            faults.add(std::move(each.field), std::move(each.message));
        }
        TRY(faults.result());
    }
    Action made = std::move(read->actions.at(0));
    if (made.effect == EffectClass::awaited)
        return fail_field("effect", "must be one of pure, keyed, checkable, once");
    if (made.effect == EffectClass::checkable && custom.check_url.empty())
        return fail_field("check_url", "is missing: what is checkable must say how to ask");
    if (text_or(value, "effect").empty()) made.effect = usual_effect(custom);
    return made;
}

} // namespace

bool is_header_name(std::string_view name) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    const auto fits = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.contains(c);
    };
    return !name.empty() && name.size() <= limits::name_bytes_max &&
           std::ranges::all_of(name, fits);
}

json::object to_json(const CustomAction& custom) {
    const Skill one{.actions = {custom.action}};
    json::object object = to_json(one).at("actions").at(0).as_object();
    for (const char* name : {"previous_action_id", "next_action_id", "is_terminal", "preset"})
        object.erase(name);
    object["connector_id"] = custom.connector.hex();
    object["description"] = custom.description;
    object["method"] = custom.method;
    object["url"] = custom.url;
    object["query"] = custom.query;
    object["headers"] = custom.headers;
    object["body"] = custom.body;
    object["idempotency_header"] = custom.key_header;
    object["check_url"] = custom.check_url;
    return object;
}

Result<CustomAction> custom_action_from_json(const json::value& value) {
    Faults faults;
    CustomAction custom;
    Members members(value, "", faults);
    std::string name;
    members.name("name", name);
    if (value.is_object() && !members.has("name")) faults.add("name", "is missing");
    std::string sort = word_of(name);
    members.text("sort", sort, limits::name_bytes_max);
    if (sort.empty() && !name.empty())
        faults.add("sort", "give a word for it: the name has no letters or digits to make one of");
    members.id("connector_id", custom.connector);
    members.text("description", custom.description, limits::text_bytes_max);
    members.text("url", custom.url, limits::url_bytes_max);
    if (custom.url.empty()) faults.add("url", "is missing");
    read_method(members, custom);
    read_templates(members, "query", custom.query);
    read_templates(members, "headers", custom.headers);
    for (const auto& [header, text] : custom.headers)
        check_header(members, join_path("headers", header), header);
    members.text("idempotency_header", custom.key_header, limits::name_bytes_max);
    if (!custom.key_header.empty()) check_header(members, "idempotency_header", custom.key_header);
    members.text("check_url", custom.check_url, limits::url_bytes_max);
    if (const json::value* body = find(value, "body")) custom.body = *body;
    if (to_text(custom.body).size() > body_bytes_max)
        faults.add("body", fmt::format("is longer than {} bytes", body_bytes_max));
    TRY(faults.result());
    custom.action = TRY(read_action(value, custom, sort));
    return custom;
}

} // namespace weft
