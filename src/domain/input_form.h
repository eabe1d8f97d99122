#pragma once

#include "domain/ids.h"
#include "domain/members.h"

#include <optional>
#include <string>
#include <vector>

namespace weft {

namespace limits {
inline constexpr std::size_t input_forms_max = 200;  ///< of a project
inline constexpr std::size_t input_fields_max = 100; ///< of a form
} // namespace limits

/// What a field of a form takes, and what stands for it in `input_variables`.
enum class InputKind {
    short_text, ///< text of one line
    long_text,  ///< text
    table,      ///< an array of objects; with `columns` they have no other members
    date_time,  ///< ISO-8601 text, or seconds since 1970
    file,       ///< the id of a file of the project
    option,     ///< one of `options`
    list,       ///< an array of texts
};
std::string_view to_text(InputKind kind);

struct InputField {
    std::string name; ///< in `input_variables`
    std::string label;
    InputKind kind = InputKind::short_text;
    bool required = false;
    std::string description;
    std::vector<std::string> options = {};
    std::vector<std::string> columns = {};
};

/// What a person is asked for when he starts a run of the flow.
struct InputForm {
    AgentflowId agentflow;
    std::vector<InputField> fields;
};

/// The section `input_forms` of a project's settings: an array. What is wrong goes into `faults`.
std::vector<InputForm> read_input_forms(const json::value& section, const std::string& at,
                                        Faults& faults);
json::value to_json(const std::vector<InputForm>& forms);

/// A file that an input names, and where.
struct InputFile {
    std::string at; ///< "input_variables.contract"
    FileId id;
};
/// Checks the inputs of a run against its flow's form; members that the form does not have are left
/// alone. The files are the caller's to find. invalid: one FieldError for each wrong input.
Result<std::vector<InputFile>> check_inputs(const InputForm& form, const json::object& inputs);

} // namespace weft
