#include "domain/form.h"

#include "domain/agentflow.h"
#include "domain/members.h"
#include "domain/values.h"

#include <set>

namespace weft {

namespace {

struct Word {
    std::string_view read;
    std::string_view shown;
    std::string_view checked_as;
};
constexpr Word words[] = {
    {"short_text", "short_text", "text"}, {"long_text", "long_text", "text"},
    {"date_time", "date_time", "date"},   {"date_and_time", "date_time", "date"},
    {"one_option", "one_option", "text"}, {"list", "list", "array"},
    {"table", "table", "array"},
};
constexpr const char* known_types =
    "must be one of short_text, long_text, table, date_time, file, one_option, list, text, number, "
    "boolean, date, array, object";

const Word* word_of(std::string_view type) {
    std::string plain = lower_ascii(type);
    for (char& c : plain)
        if (c == ' ' || c == '-') c = '_';
    for (const Word& each : words)
        if (each.read == plain) return &each;
    return nullptr;
}

/// The type of a field as it is checked; empty: there is none such.
std::string_view checked_type(std::string_view type) {
    if (const Word* word = word_of(type)) return word->checked_as;
    const auto kind = value_kind_from(type);
    return kind ? to_text(*kind) : std::string_view();
}

void read_options(Members& members, FormField& read) {
    members.texts("options", read.options, limits::enum_options_max, limits::name_bytes_max);
    if (read.type != "one_option") {
        read.options.clear();
        return;
    }
    const std::set<std::string> different(read.options.begin(), read.options.end());
    if (read.options.empty())
        members.faults().add(members.path("options"), "is missing: what may be chosen");
    else if (different.size() < read.options.size())
        members.faults().add(members.path("options"), "has an option twice");
}

/// The fields with the types that they are checked as.
json::array plain_fields(const json::array& given, const std::string& at, Faults& faults) {
    json::array plain = given;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        json::object* field = plain[i].if_object();
        json::value* type = field ? field->if_contains("type") : nullptr;
        const json::string* word = type ? type->if_string() : nullptr;
        if (!word || word->empty()) continue;
        const std::string_view checked = checked_type(*word);
        if (checked.empty()) faults.add(join_path(join_path(at, i), "type"), known_types);
        *type = json::string(checked.empty() ? "text" : checked);
    }
    return plain;
}

FormField form_field(const json::value& given, Field field, const std::string& at, Faults& faults) {
    FormField read{.field = std::move(field), .type = {}};
    const Word* word = word_of(text_or(given, "type"));
    read.type = word ? std::string(word->shown) : read.field.type;
    Members members(given, at, faults);
    read_options(members, read);
    if (read.type == "table" && read.field.items.empty())
        faults.add(members.path("items"), "is missing: the table's columns");
    return read;
}

bool is_blank(const json::value& value) {
    const json::string* text = value.if_string();
    return text && text->find_first_not_of(" \t\r\n") == std::string_view::npos;
}

} // namespace

Result<Form> form_from_json(const json::value& value, const std::string& at) {
    Form form;
    Faults faults;
    Members members(value, at, faults);
    members.text("title", form.title, limits::name_bytes_max);
    members.text("description", form.description, limits::text_bytes_max);
    const json::value* given = members.get("fields");
    const std::string list = members.path("fields");
    if (given && !given->is_array() && !given->is_null())
        faults.add(list, fmt::format("must be an array of fields, not {}", type_name(*given)));
    if (given && given->is_array()) {
        const json::array& fields = given->get_array();
        auto read = fields_from_json(plain_fields(fields, list, faults), list);
        if (!read) faults.add(read.error());
        for (std::size_t i = 0; read && i < read->size(); ++i)
            form.fields.push_back(
                form_field(fields[i], std::move((*read)[i]), join_path(list, i), faults));
    }
    TRY(faults.result());
    return form;
}

json::object to_json(const Form& form) {
    Fields plain;
    for (const FormField& each : form.fields) plain.push_back(each.field);
    json::array fields = to_json(plain);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        json::object& field = fields[i].as_object();
        field["type"] = form.fields[i].type;
        const std::vector<std::string>& options = form.fields[i].options;
        if (!options.empty()) field["options"] = json::array(options.begin(), options.end());
    }
    return {
        {"title", form.title}, {"description", form.description}, {"fields", std::move(fields)}};
}

Result<> check_values(const Form& form, const json::object& values, const std::string& at) {
    Faults faults;
    Fields plain;
    for (const FormField& each : form.fields) plain.push_back(each.field);
    if (auto checked = check_value(plain, values, Unknown::refuse); !checked)
        for (const FieldError& each : checked.error().fields)
            faults.add(join_path(at, each.field), each.message);
    for (const FormField& each : form.fields) {
        const json::value* value = values.if_contains(each.field.field_id);
        if (!value || value->is_null()) continue;
        const std::string where = join_path(at, each.field.field_id);
        if (each.field.required && is_blank(*value)) faults.add(where, "is missing");
        if (each.options.empty() || !value->is_string()) continue;
        if (std::ranges::find(each.options, std::string_view(value->get_string())) ==
            each.options.end())
            faults.add(where, fmt::format("must be one of {}", fmt::join(each.options, ", ")));
    }
    return faults.result();
}

std::vector<std::string> files_in(const Form& form, const json::object& values) {
    std::vector<std::string> files;
    for (const FormField& each : form.fields)
        if (each.field.type == "file")
            if (const auto file = text_or(values, each.field.field_id); !file.empty())
                files.emplace_back(file);
    return files;
}

Result<AgentForms> forms_of(const Agent& agent, const std::string& at) {
    AgentForms forms;
    const json::value* given = agent.extra.if_contains("pre_and_post_execution_input");
    if (!given || given->is_null()) return forms;
    Faults faults;
    Members members(*given, join_path(at, "pre_and_post_execution_input"), faults);
    for (const auto& [name, form] : {std::pair{"pre", &forms.pre}, {"post", &forms.post}}) {
        const json::value* one = members.get(name);
        if (!one || one->is_null()) continue;
        if (auto read = form_from_json(*one, members.path(name)))
            *form = *std::move(read);
        else
            faults.add(read.error());
    }
    TRY(faults.result());
    return forms;
}

} // namespace weft
