#pragma once

#include "domain/ids.h"
#include "json/json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <charconv>

namespace weft::api {

/// Where {E} stands, both ids of an execution are accepted.
struct ExecutionRef {
    ExecutionId id;
    Uuid uuid;

    explicit operator bool() const { return id || uuid; }
    std::uint32_t ordinal() const { return id ? id.ordinal() : uuid.ordinal(); }
};

// The parameter types: how each is read from text (path, query), from JSON, named in errors, and
// put into OpenAPI.

bool from_text(std::string_view text, std::string& out);
/// A number too large for the type is the largest there is: page sizes are limited, not refused.
bool from_text(std::string_view text, std::int64_t& out);
bool from_text(std::string_view text, bool& out);
bool from_text(std::string_view text, ExecutionRef& out);
/// The id of zeros is nobody's.
template <class Tag> bool from_text(std::string_view text, Id<Tag>& out) {
    const auto id = Id<Tag>::parse(text);
    if (id) out = *id;
    return id && *id;
}
inline bool from_text(std::string_view, double&) { return false; } // read from bodies alone
inline bool from_text(std::string_view, json::object&) { return false; }
inline bool from_text(std::string_view, json::array&) { return false; }
inline bool from_text(std::string_view, json::value&) { return false; }
template <class T> bool from_text(std::string_view, std::vector<T>&) { return false; }
template <class T> bool from_text(std::string_view text, std::optional<T>& out) {
    return from_text(text, out.emplace());
}

bool from_json(const json::value& value, std::string& out);
bool from_json(const json::value& value, std::int64_t& out);
bool from_json(const json::value& value, double& out);
bool from_json(const json::value& value, bool& out);
bool from_json(const json::value& value, json::object& out);
bool from_json(const json::value& value, json::array& out);
inline bool from_json(const json::value& value, json::value& out) {
    out = value;
    return true;
}
bool from_json(const json::value& value, ExecutionRef& out);
template <class Tag> bool from_json(const json::value& value, Id<Tag>& out) {
    const json::string* text = value.if_string();
    return text && (text->empty() || from_text(std::string_view(*text), out));
}
/// Clients send "" for an id that they do not set.
template <class T> bool from_json(const json::value& value, std::optional<T>& out) {
    const json::string* text = value.if_string();
    if (text && text->empty()) return true;
    return from_json(value, out.emplace());
}
template <class T> bool from_json(const json::value& value, std::vector<T>& out) {
    const json::array* array = value.if_array();
    if (!array) return false;
    out.clear();
    for (const json::value& each : *array)
        if (!from_json(each, out.emplace_back())) return false;
    return true;
}

/// `words` completes "Must be …"; `schema` is the OpenAPI schema as JSON text.
template <class T> struct type_of;
template <> struct type_of<std::string> {
    static constexpr const char* words = "text";
    static constexpr const char* schema = R"({"type":"string"})";
};
template <> struct type_of<std::int64_t> {
    static constexpr const char* words = "a whole number";
    static constexpr const char* schema = R"({"type":"integer"})";
};
template <> struct type_of<double> {
    static constexpr const char* words = "a number";
    static constexpr const char* schema = R"({"type":"number"})";
};
template <> struct type_of<bool> {
    static constexpr const char* words = "true or false";
    static constexpr const char* schema = R"({"type":"boolean"})";
};
template <> struct type_of<json::object> {
    static constexpr const char* words = "an object";
    static constexpr const char* schema = R"({"type":"object"})";
};
template <> struct type_of<json::array> {
    static constexpr const char* words = "an array";
    static constexpr const char* schema = R"({"type":"array","items":{}})";
};
template <> struct type_of<json::value> {
    static constexpr const char* words = "JSON";
    static constexpr const char* schema = R"({})";
};
template <> struct type_of<ExecutionRef> {
    static constexpr const char* words = "an execution's _id or execution_id";
    static constexpr const char* schema =
        R"({"type":"string","description":"The _id (24 hex digits) or the execution_id (UUID)."})";
};
template <class Tag> struct type_of<Id<Tag>> {
    static constexpr const char* words = "an id of 24 hex digits";
    static constexpr const char* schema = R"({"type":"string","pattern":"^[0-9a-fA-F]{24}$"})";
};
template <class T> struct type_of<std::optional<T>> : type_of<T> {};
template <> struct type_of<std::vector<std::string>> {
    static constexpr const char* words = "an array of texts";
    static constexpr const char* schema = R"({"type":"array","items":{"type":"string"}})";
};
template <class Tag> struct type_of<std::vector<Id<Tag>>> {
    static constexpr const char* words = "an array of ids of 24 hex digits";
    static constexpr const char* schema =
        R"({"type":"array","items":{"type":"string","pattern":"^[0-9a-fA-F]{24}$"}})";
};

} // namespace weft::api
