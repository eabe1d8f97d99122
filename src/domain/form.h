#pragma once

#include "domain/field.h"

namespace weft {

struct Agent;

/// One question of a form. `type` is a word of field.h, or one that says how it is filled in:
/// short_text, long_text, date_time, one_option, list, table; read in any case, with blanks or
/// hyphens too ("Date and time").
struct FormField {
    Field field;                           ///< its type is the one that a value is checked as
    std::string type;                      ///< as it is shown
    std::vector<std::string> options = {}; ///< of one_option: what may be chosen
};

/// What a person is asked to fill in. Without fields it asks nothing.
struct Form {
    std::string title;
    std::string description;
    std::vector<FormField> fields;

    explicit operator bool() const { return !fields.empty(); }
};

/// {"title"?, "description"?, "fields": [{field_id, label, type, required, description, options?,
/// items? of a table: its columns}]}. invalid: names the wrong member below `at`.
Result<Form> form_from_json(const json::value& value, const std::string& at);
json::object to_json(const Form& form);

/// What a person submits: each value of its type, nothing else, and what is required filled in.
/// invalid: one FieldError for each, below `at`.
Result<> check_values(const Form& form, const json::object& values, const std::string& at);

/// The values of fields of type file.
std::vector<std::string> files_in(const Form& form, const json::object& values);

/// What an agent asks people before it begins and after its work: its
/// `pre_and_post_execution_input`, {"pre": form or null, "post": form or null}, or null.
struct AgentForms {
    Form pre;
    Form post;
};
/// invalid: as form_from_json.
Result<AgentForms> forms_of(const Agent& agent, const std::string& at);

} // namespace weft
