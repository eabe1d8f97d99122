#include "domain/connector.h"

#include "domain/members.h"

namespace weft {

namespace {

const Action* find_action(std::span<const ConnectorKind> kinds, const Action& wanted) {
    for (const ConnectorKind& kind : kinds)
        if (kind.category == wanted.category)
            for (const Action& action : kind.actions)
                if (action.sort == wanted.sort) return &action;
    return nullptr;
}

/// What a package may say about a field; its type and whether it is required are the connector's.
void refine(Field& field, const Field& by) {
    if (!by.label.empty()) field.label = by.label;
    if (!by.description.empty()) field.description = by.description;
    if (!by.pattern.empty()) field.pattern = by.pattern;
    if (!by.split.empty()) field.split = by.split;
    if (!by.examples.empty()) field.examples = by.examples;
    if (!by.items.empty()) field.items = by.items;
}

Result<> refine_all(Fields& fields, const Fields& by, const std::string& at) {
    for (std::size_t i = 0; i < by.size(); ++i) {
        const auto field = std::ranges::find(fields, by[i].field_id, &Field::field_id);
        if (field == fields.end())
            return fail_field(join_path(at, i), "is no field of this action: " + by[i].field_id);
        refine(*field, by[i]);
    }
    return {};
}

/// Presets are members of the input, each of its type; the required others are the agent's to give.
Result<> check_preset(const Action& action, const std::string& at) {
    Fields preset_fields = action.input;
    for (Field& field : preset_fields) field.required = false;
    Faults faults;
    if (auto checked = check_value(preset_fields, action.preset, Unknown::refuse); !checked)
        for (const FieldError& each : checked.error().fields)
            faults.add(join_path(at, each.field), each.message);
    return faults.result();
}

} // namespace

Result<Action> action_of(std::span<const ConnectorKind> kinds, const Action& given,
                         const std::string& at) {
    const Action* known = find_action(kinds, given);
    if (!known) return fail_field(at, "there is no action " + given.endpoint());
    Action action = *known;
    if (action.id.empty()) action.id = given.id;
    if (given.name != given.sort) action.name = given.name;
    action.preset = given.preset;
    action.rules = given.rules;
    TRY(refine_all(action.input, given.input, join_path(at, "input_schema.fields")));
    TRY(refine_all(action.output, given.output, join_path(at, "output_schema.fields")));
    TRY(check_preset(action, join_path(at, "preset")));
    return action;
}

} // namespace weft
