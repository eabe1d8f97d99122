#pragma once

#include "json/json.h"

#include <string>

namespace weft {

/// JSON that a test writes down.
inline json::value js(std::string_view text) { return parse_json(text).value(); }

/// "field: message | field: message" of a failure, or "ok".
template <class T> std::string faults_of(const Result<T>& result) {
    if (result) return "ok";
    std::string text;
    for (const FieldError& each : result.error().fields)
        text += (text.empty() ? "" : " | ") + (each.field.empty() ? "" : each.field + ": ") +
                each.message;
    return text.empty() ? result.error().message : text;
}

} // namespace weft
