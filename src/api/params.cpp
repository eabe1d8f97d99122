#include "api/params.h"

namespace weft::api {

bool from_text(std::string_view text, std::string& out) {
    out = text;
    return true;
}

bool from_text(std::string_view text, std::int64_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    using Bounds = std::numeric_limits<std::int64_t>;
    if (error == std::errc::result_out_of_range)
        out = text.starts_with('-') ? Bounds::min() : Bounds::max();
    return error != std::errc::invalid_argument && end == text.data() + text.size();
}

bool from_text(std::string_view text, bool& out) {
    out = text == "true" || text == "1";
    return out || text == "false" || text == "0";
}

bool from_text(std::string_view text, ExecutionRef& out) {
    if (from_text(text, out.id)) return true;
    const auto uuid = Uuid::parse(text);
    if (uuid) out.uuid = *uuid;
    return uuid.has_value();
}

bool from_json(const json::value& value, std::string& out) {
    const json::string* text = value.if_string();
    if (text) out = *text;
    return text != nullptr;
}

bool from_json(const json::value& value, std::int64_t& out) {
    if (!value.is_number()) return false;
    boost::system::error_code error;
    out = value.to_number<std::int64_t>(error);
    return !error;
}

bool from_json(const json::value& value, double& out) {
    if (!value.is_number()) return false;
    out = value.to_number<double>();
    return true;
}

bool from_json(const json::value& value, bool& out) {
    const bool* flag = value.if_bool();
    if (flag) out = *flag;
    return flag != nullptr;
}

bool from_json(const json::value& value, json::object& out) {
    const json::object* object = value.if_object();
    if (object) out = *object;
    return object != nullptr;
}

bool from_json(const json::value& value, json::array& out) {
    const json::array* array = value.if_array();
    if (array) out = *array;
    return array != nullptr;
}

bool from_json(const json::value& value, ExecutionRef& out) {
    const json::string* text = value.if_string();
    return text && from_text(std::string_view(*text), out);
}

const std::string* RawInput::in_path(std::string_view name) const {
    for (const auto& [key, value] : path)
        if (key == name) return &value;
    return nullptr;
}

const std::string* RawInput::in_query(std::string_view name) const {
    for (const auto& [key, value] : query)
        if (key == name) return &value;
    return nullptr;
}

Result<> DecodeErrors::result() const {
    if (no_such_path_id) return fail(Code::not_found, "There is nothing with this id.");
    if (fields.empty()) return {};
    Error error{Code::invalid, fields.front().field + ": " + fields.front().message};
    error.fields = fields;
    return std::unexpected(std::move(error));
}

} // namespace weft::api
