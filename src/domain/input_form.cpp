#include "domain/input_form.h"

#include "domain/values.h"

#include <set>

namespace weft {

namespace {

constexpr std::pair<std::string_view, InputKind> kinds[] = {
    {"short_text", InputKind::short_text},
    {"long_text", InputKind::long_text},
    {"table", InputKind::table},
    {"date_time", InputKind::date_time},
    {"file", InputKind::file},
    {"option", InputKind::option},
    {"list", InputKind::list},
};
constexpr std::size_t short_text_bytes_max = 1'000;
constexpr std::size_t long_text_bytes_max = 256 << 10;
constexpr std::size_t rows_max = 1'000;

InputField read_field(const json::value& value, const std::string& at, Faults& faults) {
    InputField field;
    Members members(value, at, faults);
    if (value.is_object() && !members.has("name")) faults.add(members.path("name"), "is missing");
    members.name("name", field.name);
    members.text("label", field.label, limits::name_bytes_max);
    members.text("description", field.description, limits::text_bytes_max);
    members.flag("required", field.required);
    members.texts("options", field.options, limits::enum_options_max, limits::name_bytes_max);
    members.texts("columns", field.columns, limits::columns_per_table_max, limits::name_bytes_max);
    const std::string_view kind = text_or(value, "kind");
    const auto* known = std::ranges::find(kinds, kind, [](const auto& each) { return each.first; });
    if (known == std::end(kinds))
        faults.add(members.path("kind"), "must be one of short_text, long_text, table, date_time, "
                                         "file, option, list");
    else
        field.kind = known->second;
    if (field.kind == InputKind::option && field.options.empty())
        faults.add(members.path("options"), "must name what can be chosen");
    return field;
}

InputForm read_form(const json::value& value, const std::string& at, Faults& faults) {
    InputForm form;
    Members members(value, at, faults);
    members.id("agentflow_id", form.agentflow);
    if (value.is_object() && !members.has("agentflow_id"))
        faults.add(members.path("agentflow_id"), "is missing");
    std::set<std::string> names;
    members.each("fields", limits::input_fields_max, [&](const json::value& item, const auto& in) {
        InputField field = read_field(item, in, faults);
        if (!names.insert(field.name).second)
            faults.add(join_path(in, "name"), "is the name of another field too");
        form.fields.push_back(std::move(field));
    });
    return form;
}

json::array texts_of(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

json::object to_json(const InputField& field) {
    json::object object{{"name", field.name},
                        {"label", field.label},
                        {"kind", to_text(field.kind)},
                        {"required", field.required},
                        {"description", field.description}};
    if (!field.options.empty()) object["options"] = texts_of(field.options);
    if (!field.columns.empty()) object["columns"] = texts_of(field.columns);
    return object;
}

bool is_empty(const json::value* value) {
    if (!value || value->is_null()) return true;
    if (const json::string* text = value->if_string()) return text->empty();
    if (const json::array* items = value->if_array()) return items->empty();
    return false;
}

void check_text(const json::value& value, std::size_t bytes_max, const std::string& at,
                Faults& faults) {
    const json::string* text = value.if_string();
    if (!text)
        faults.add(at, fmt::format("must be a text, not {}", type_name(value)));
    else if (text->size() > bytes_max)
        faults.add(at, fmt::format("is longer than {} bytes", bytes_max));
}

void check_row(const InputField& field, const json::value& row, const std::string& at,
               Faults& faults) {
    const json::object* object = row.if_object();
    if (!object) return faults.add(at, fmt::format("must be an object, not {}", type_name(row)));
    for (const auto& [column, ignored] : *object)
        if (!field.columns.empty() &&
            std::ranges::find(field.columns, std::string_view(column)) == field.columns.end())
            faults.add(join_path(at, column), "is no column of this table");
}

const json::array* items_of(const json::value& value, const std::string& at, Faults& faults) {
    const json::array* items = value.if_array();
    if (!items)
        faults.add(at, fmt::format("must be an array, not {}", type_name(value)));
    else if (items->size() > rows_max)
        faults.add(at, fmt::format("has more than {} items", rows_max));
    return items && items->size() <= rows_max ? items : nullptr;
}

void check_option(const InputField& field, const json::value& value, const std::string& at,
                  Faults& faults) {
    const json::string* text = value.if_string();
    if (text && std::ranges::find(field.options, std::string_view(*text)) != field.options.end())
        return;
    std::string options;
    for (const std::string& each : field.options) options += (options.empty() ? "" : ", ") + each;
    faults.add(at, "must be one of " + options);
}

void check_input(const InputField& field, const json::value& value, const std::string& at,
                 Faults& faults, std::vector<InputFile>& files) {
    const json::string* text = value.if_string();
    switch (field.kind) {
    case InputKind::short_text:
        check_text(value, short_text_bytes_max, at, faults);
        if (text && text->find_first_of("\r\n") != text->npos) faults.add(at, "must be one line");
        break;
    case InputKind::long_text: check_text(value, long_text_bytes_max, at, faults); break;
    case InputKind::table:
        if (const json::array* rows = items_of(value, at, faults))
            for (std::size_t i = 0; i < rows->size(); ++i)
                check_row(field, (*rows)[i], join_path(at, i), faults);
        break;
    case InputKind::date_time:
        if (auto fault = kind_fault(ValueKind::date, value)) faults.add(at, *std::move(fault));
        break;
    case InputKind::file:
        if (const auto id = text ? FileId::parse(*text) : std::nullopt)
            files.push_back({at, *id});
        else
            faults.add(at, "must be the id of a file");
        break;
    case InputKind::option: check_option(field, value, at, faults); break;
    case InputKind::list:
        if (const json::array* items = items_of(value, at, faults))
            for (std::size_t i = 0; i < items->size(); ++i)
                check_text((*items)[i], short_text_bytes_max, join_path(at, i), faults);
        break;
    }
}

} // namespace

std::string_view to_text(InputKind kind) {
    for (const auto& [name, known] : kinds)
        if (known == kind) return name;
    return "short_text";
}

std::vector<InputForm> read_input_forms(const json::value& section, const std::string& at,
                                        Faults& faults) {
    std::vector<InputForm> forms;
    std::set<AgentflowId> flows;
    const json::value in(json::object{{at, section}});
    Members members(in, "", faults);
    members.each(at, limits::input_forms_max, [&](const json::value& item, const auto& where) {
        InputForm form = read_form(item, where, faults);
        if (form.agentflow && !flows.insert(form.agentflow).second)
            faults.add(join_path(where, "agentflow_id"), "has another form already");
        forms.push_back(std::move(form));
    });
    return forms;
}

json::value to_json(const std::vector<InputForm>& forms) {
    json::array all;
    for (const InputForm& form : forms) {
        json::array fields;
        for (const InputField& field : form.fields) fields.push_back(to_json(field));
        all.push_back({{"agentflow_id", form.agentflow.hex()}, {"fields", std::move(fields)}});
    }
    return all;
}

Result<std::vector<InputFile>> check_inputs(const InputForm& form, const json::object& inputs) {
    Faults faults;
    std::vector<InputFile> files;
    for (const InputField& field : form.fields) {
        const std::string at = join_path("input_variables", field.name);
        const json::value* value = inputs.if_contains(field.name);
        if (!is_empty(value))
            check_input(field, *value, at, faults, files);
        else if (field.required)
            faults.add(at, "is required");
    }
    TRY(faults.result());
    return files;
}

} // namespace weft
