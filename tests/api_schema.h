#pragma once

#include "json/json.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <re2/re2.h>
#include <string>
#include <vector>

namespace weft::testing {

/// Compares answers with the schemas of an OpenAPI document: what JSON Schema says of the keywords
/// that ours use, and more strictly: each member of an answer must be documented. A keyword that
/// it does not know is a fault of every answer whose schema has it.
class SchemaCheck {
public:
    explicit SchemaCheck(json::value document) : document_(std::move(document)) {}

    /// The schema of an answer, or a fault: the operation is not documented, or this status or
    /// media type of it is not.
    struct Documented {
        const json::value* schema = nullptr;
        std::string fault;
    };
    /// For `method` ("get") on the templated path.
    Documented find_schema(std::string_view path, std::string_view method, int status,
                           std::string_view media_type) const {
        const json::value* operation = find(document_.at("paths"), path);
        operation = operation ? find(*operation, method) : nullptr;
        if (!operation) return {nullptr, fmt::format("no operation {} {}", method, path)};
        const json::value& responses = operation->at("responses");
        const json::value* response = find(responses, std::to_string(status));
        if (!response && status >= 400)
            response = find(responses, fmt::format("{}XX", status / 100));
        if (!response) return {nullptr, fmt::format("no response {}", status)};
        const json::value* content = find(*response, "content");
        const json::value* media = content ? find(*content, media_type) : nullptr;
        if (!media) return {nullptr, fmt::format("no {} for {}", media_type, status)};
        return {&media->at("schema"), ""};
    }
    /// The faults of a value by its schema, a line each; "" = none.
    std::string faults(const json::value& schema, const json::value& value) {
        faults_.clear();
        check(schema, value, "");
        return fmt::format("{}", fmt::join(faults_, "\n"));
    }
    /// The faults of a JSON answer to `method` on the templated path.
    std::string faults(std::string_view path, std::string_view method, int status,
                       const json::value& answer) {
        const Documented found = find_schema(path, method, status, "application/json");
        return found.schema ? faults(*found.schema, answer) : found.fault;
    }
    /// The faults of a value, by the name of its schema.
    std::string faults_of(std::string_view name, const json::value& value) {
        return faults(document_.at("components").at("schemas").at(name), value);
    }

private:
    void fault(const std::string& at, std::string_view what) {
        faults_.push_back(at + " " + std::string(what));
    }

    const json::value& resolved(const json::value& schema) const {
        const std::string_view ref = text_or(schema, "$ref");
        if (ref.empty()) return schema;
        return document_.at("components").at("schemas").at(ref.substr(ref.rfind('/') + 1));
    }

    static bool is(std::string_view type, const json::value& value) {
        if (type == "integer") return value.is_int64() || value.is_uint64();
        return type_name(value) == type;
    }
    void check_keywords(const json::value& schema, const std::string& at) {
        static constexpr std::string_view known[] = {
            "type",     "required",    "properties", "additionalProperties",
            "items",    "enum",        "const",      "pattern",
            "oneOf",    "anyOf",       "minimum",    "maximum",
            "minItems", "maxItems",    "minLength",  "maxLength",
            "format",   "description", "title",      "default",
            "examples", "deprecated",  "$ref",       "readOnly",
        };
        for (const auto& [keyword, value] : schema.as_object())
            if (std::find(std::begin(known), std::end(known), keyword) == std::end(known))
                fault(at, "has a schema with '" + std::string(keyword) +
                              "', which tests/api_schema.h does not know");
    }
    void check_type(const json::value& schema, const json::value& value, const std::string& at) {
        const json::value* type = find(schema, "type");
        if (!type) return;
        bool fits = type->is_string() && is(type->get_string(), value);
        if (const json::array* types = type->if_array())
            for (const json::value& each : *types) fits = fits || is(each.get_string(), value);
        if (!fits) fault(at, "is of type " + std::string(type_name(value)));
    }
    void check_bounds(const json::value& schema, const json::value& value, const std::string& at) {
        const auto within = [&](const char* least, const char* most, double measure) {
            if (measure < double_or(schema, least, measure) ||
                measure > double_or(schema, most, measure))
                fault(at, fmt::format("is outside {} and {}", least, most));
        };
        if (value.is_number()) within("minimum", "maximum", value.to_number<double>());
        if (const json::array* array = value.if_array())
            within("minItems", "maxItems", double(array->size()));
        if (const json::string* text = value.if_string())
            within("minLength", "maxLength", double(text->size()));
    }
    const RE2& regex(std::string_view pattern) {
        auto& compiled = regexes_[std::string(pattern)];
        if (!compiled) compiled = std::make_unique<RE2>(std::string(pattern));
        return *compiled;
    }
    void check_text(const json::value& schema, const json::value& value, const std::string& at) {
        const json::string* text = value.if_string();
        const auto pattern = text_or(schema, "pattern");
        const auto format = text_or(schema, "format");
        static const RE2 uuid("[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                              "[0-9a-f]{12}");
        if (format == "uuid" && text && !RE2::FullMatch(std::string_view(*text), uuid))
            fault(at, "is no UUID");
        else if (!format.empty() && format != "uuid" && format != "int64")
            fault(at, "has a schema with the format '" + std::string(format) +
                          "', which tests/api_schema.h does not know");
        if (text && !pattern.empty() && !RE2::PartialMatch(std::string_view(*text), regex(pattern)))
            fault(at, "does not match " + std::string(pattern));
    }
    void check_options(const json::value& schema, const json::value& value, const std::string& at) {
        if (const json::value* only = find(schema, "const"); only && *only != value)
            fault(at, "is another constant");
        if (const json::value* options = find(schema, "enum"))
            if (const json::array& all = options->as_array();
                std::find(all.begin(), all.end(), value) == all.end())
                fault(at, "is none of the options: " + weft::to_text(value));
    }
    void check_member(const json::value& schema, const json::value* members, std::string_view name,
                      const json::value& value, const std::string& at) {
        const json::value* more = find(schema, "additionalProperties");
        if (const json::value* member = members ? find(*members, name) : nullptr)
            check(*member, value, at);
        else if (more && more->is_object())
            check(*more, value, at);
        else if (!bool_or(schema, "additionalProperties") &&
                 (members || !find(schema, "type")->is_array()))
            fault(at, "is not documented");
    }
    void check_object(const json::value& schema, const json::object& object,
                      const std::string& at) {
        if (const json::value* required = find(schema, "required"))
            for (const json::value& name : required->as_array())
                if (!object.contains(name.as_string()))
                    fault(at + "." + std::string(name.as_string()), "is missing");
        const json::value* members = find(schema, "properties");
        for (const auto& [name, value] : object)
            check_member(schema, members, name, value, at + "." + std::string(name));
    }
    void check_choice(const json::array& schemas, const json::value& value, const std::string& at,
                      std::size_t fitting_max) {
        const std::vector<std::string> before = std::exchange(faults_, {});
        std::size_t fitting = 0;
        std::vector<std::string> all;
        for (const json::value& each : schemas) {
            check(each, value, at);
            fitting += faults_.empty() ? 1 : 0;
            all.insert(all.end(), faults_.begin(), faults_.end());
            faults_.clear();
        }
        faults_ = before;
        if (fitting > fitting_max) fault(at, "fits more than one alternative");
        if (fitting == 0) faults_.insert(faults_.end(), all.begin(), all.end());
    }
    void check(const json::value& given, const json::value& value, const std::string& at) {
        check_keywords(given, at);
        const json::value& schema = resolved(given);
        if (&schema != &given) check_keywords(schema, at);
        check_type(schema, value, at);
        check_options(schema, value, at);
        check_bounds(schema, value, at);
        check_text(schema, value, at);
        const json::value* one_of = find(schema, "oneOf");
        const json::value* any_of = find(schema, "anyOf");
        if (one_of) check_choice(one_of->as_array(), value, at, 1);
        if (any_of) check_choice(any_of->as_array(), value, at, any_of->as_array().size());
        if (const json::object* object = value.if_object(); object && !one_of && !any_of)
            if (find(schema, "type")) check_object(schema, *object, at);
        const json::value* items = find(schema, "items");
        if (const json::array* array = value.if_array(); array && items)
            for (std::size_t i = 0; i < array->size(); ++i)
                check(*items, (*array)[i], fmt::format("{}.{}", at, i));
    }

    json::value document_;
    std::vector<std::string> faults_;
    std::map<std::string, std::unique_ptr<RE2>> regexes_;
};

} // namespace weft::testing
