#pragma once

#include "api/convert.h"

#include <limits>
#include <tuple>

namespace weft::api {

/// Where a parameter of an operation is looked for.
enum class Where {
    path,
    query,
    body,          ///< a member of the JSON object in the body
    query_or_body, ///< as clients send projectID: the query wins
    whole_body,    ///< the JSON value itself
};

/// One parameter of an operation: a member of its input type `In`. Decoding, validation and OpenAPI
/// derive from it.
template <class In, class T> struct Param {
    const char* name = nullptr;
    T In::* member = nullptr;
    const char* sentence = nullptr;
    Where where = Where::query;
    bool is_required = false;
    std::int64_t at_least = std::numeric_limits<std::int64_t>::min();
    std::int64_t at_most = std::numeric_limits<std::int64_t>::max();
    const char* schema = type_of<T>::schema; ///< JSON text, for OpenAPI

    constexpr Param required() const {
        Param copy = *this;
        copy.is_required = true;
        return copy;
    }
    /// A number outside is moved to the nearer bound, never refused: how page sizes are limited.
    constexpr Param clamped(std::int64_t low, std::int64_t high) const {
        Param copy = *this;
        copy.at_least = low;
        copy.at_most = high;
        return copy;
    }
    /// What OpenAPI says of a JSON value that its handler reads itself, such as {"$ref":…}.
    constexpr Param shaped(const char* json_schema) const {
        Param copy = *this;
        copy.schema = json_schema;
        return copy;
    }
};

template <class In, class T> constexpr auto path(const char* name, T In::* member,
                                                 const char* sentence) {
    return Param<In, T>{name, member, sentence, Where::path, true};
}
template <class In, class T> constexpr auto query(const char* name, T In::* member,
                                                  const char* sentence) {
    return Param<In, T>{name, member, sentence, Where::query};
}
template <class In, class T> constexpr auto body(const char* name, T In::* member,
                                                 const char* sentence) {
    return Param<In, T>{name, member, sentence, Where::body};
}
template <class In, class T>
constexpr auto query_or_body(const char* name, T In::* member, const char* sentence) {
    return Param<In, T>{name, member, sentence, Where::query_or_body};
}
template <class In, class T> constexpr auto whole_body(T In::* member, const char* sentence) {
    return Param<In, T>{"body", member, sentence, Where::whole_body};
}

/// A request's parameters before they are typed.
struct RawInput {
    std::vector<std::pair<std::string_view, std::string>> path; ///< decoded
    std::vector<std::pair<std::string, std::string>> query;     ///< decoded
    json::value body;     ///< null when there was none, or when it could not be read:
    Result<> body_status; ///< why not

    const std::string* in_path(std::string_view name) const;
    const std::string* in_query(std::string_view name) const;
};

/// Errors met while decoding one input; all fields are looked at before any is reported.
struct DecodeErrors {
    std::vector<FieldError> fields;
    bool no_such_path_id = false;

    void add(std::string_view field, std::string message) {
        fields.push_back({std::string(field), std::move(message)});
    }
    /// not_found for an id in the path that cannot be one; invalid with every field error.
    Result<> result() const;
};

template <class In, class T> void decode_text(const Param<In, T>& param, const std::string& text,
                                              In& in, DecodeErrors& errors) {
    if (from_text(text, in.*(param.member))) return;
    if (param.where == Where::path)
        errors.no_such_path_id = true;
    else
        errors.add(param.name, fmt::format("Must be {}.", type_of<T>::words));
}

template <class T> inline constexpr bool is_id = requires(T id) { id.ordinal(); };
template <class T> inline constexpr bool is_id<std::optional<T>> = is_id<T>;
template <class T> inline constexpr bool is_list = false;
template <class T> inline constexpr bool is_list<std::vector<T>> = true;

/// Which item of an array is not as it must be.
template <class T> std::optional<std::size_t> wrong_item(const json::value& value) {
    if constexpr (is_list<T>)
        if (const json::array* items = value.if_array())
            for (std::size_t i = 0; i < items->size(); ++i)
                if (typename T::value_type one; !from_json((*items)[i], one)) return i;
    return std::nullopt;
}
template <class T> constexpr const char* item_words() {
    if constexpr (is_list<T>) return type_of<typename T::value_type>::words;
    return "";
}

template <class In, class T> void decode_json(const Param<In, T>& param, const json::value& value,
                                              In& in, DecodeErrors& errors) {
    if (value.is_null() && !param.is_required) return; // clients send null for what they do not set
    if (from_json(value, in.*(param.member))) return;
    if (const auto item = wrong_item<T>(value))
        errors.add(fmt::format("{}.{}", param.name, *item),
                   fmt::format("Must be {}.", item_words<T>()));
    else if (is_id<T> && value.is_string())
        errors.add(param.name, fmt::format("Must be {}.", type_of<T>::words));
    else
        errors.add(param.name,
                   fmt::format("Must be {}, not {}.", type_of<T>::words, type_name(value)));
}

template <class In, class T>
void decode_one(const Param<In, T>& param, const RawInput& raw, In& in, DecodeErrors& errors) {
    const bool may_query = param.where == Where::query || param.where == Where::query_or_body;
    const bool may_body = param.where == Where::body || param.where == Where::query_or_body;
    const std::string* text = param.where == Where::path ? raw.in_path(param.name)
                              : may_query                ? raw.in_query(param.name)
                                                         : nullptr;
    const json::value* value = param.where == Where::whole_body
                                   ? (raw.body.is_null() ? nullptr : &raw.body)
                               : may_body ? find(raw.body, param.name)
                                          : nullptr;
    if (text && !(text->empty() && !param.is_required))
        decode_text(param, *text, in, errors);
    else if (value)
        decode_json(param, *value, in, errors);
    else if (param.is_required)
        errors.add(param.name, "Is required.");
    if constexpr (std::is_same_v<T, std::int64_t>)
        in.*(param.member) = std::clamp(in.*(param.member), param.at_least, param.at_most);
    if constexpr (std::is_same_v<T, std::string>)
        if (param.is_required && (text || value) && (in.*(param.member)).empty())
            errors.add(param.name, "Must not be empty.");
    if constexpr (std::is_constructible_v<bool, T> && is_id<T>)
        if (param.is_required && value && value->is_string() && value->get_string().empty())
            errors.add(param.name, "Must not be empty.");
}

/// A body that is no object has none of the members that the operation reads.
template <class In> void check_body_type(const RawInput& raw, DecodeErrors& errors) {
    const bool reads_members = std::apply(
        [](const auto&... param) { return ((param.where == Where::body) || ...); }, In::params());
    if (reads_members && !raw.body.is_null() && !raw.body.is_object())
        errors.add("body", fmt::format("Must be an object, not {}.", type_name(raw.body)));
}

/// Reads an input from a request. What could not be read is in `errors`, and the rest is read all
/// the same: who may ask is found from the ids before anybody is told what is wrong with the rest.
template <class In> In decode(const RawInput& raw, DecodeErrors& errors) {
    In in{};
    check_body_type<In>(raw, errors);
    std::apply([&](const auto&... param) { (decode_one(param, raw, in, errors), ...); },
               In::params());
    return in;
}

/// Which project a request means: the first projectID it names, else the ordinal inside the first
/// id in its path, else inside the first one that is a member of its body.
struct ProjectHint {
    ProjectId project;
    std::optional<std::uint32_t> ordinal;
};

template <class In> ProjectHint project_hint(const In& in) {
    ProjectHint hint;
    Where where = Where::path;
    auto look = [&]<class T>(const Param<In, T>& param) {
        if constexpr (std::is_same_v<T, ProjectId>) {
            if (!hint.project && in.*(param.member)) hint.project = in.*(param.member);
        } else if constexpr (requires { (in.*(param.member)).ordinal(); }) {
            if (!hint.ordinal && param.where == where && in.*(param.member))
                hint.ordinal = (in.*(param.member)).ordinal();
        }
    };
    for (const Where each : {Where::path, Where::body}) {
        where = each;
        std::apply([&](const auto&... param) { (look(param), ...); }, In::params());
    }
    return hint;
}

} // namespace weft::api
