#pragma once

#include "json/json.h"

#include <boost/json/array.hpp>

#include <fmt/format.h>
#include <re2/re2.h>
#include <string>
#include <vector>

namespace weft::testing {

/// Compares answers with the schemas of an OpenAPI document: what JSON Schema says of the keywords
/// that ours use, and more strictly: each member of an answer must be documented.
class SchemaCheck {
public:
    explicit SchemaCheck(json::value document) : document_(std::move(document)) {}

    /// The faults of an answer to `method` ("get") on the templated path; "" = none.
    std::string faults(std::string_view path, std::string_view method, int status,
                       const json::value& answer) {
        faults_.clear();
        const json::value* operation = find(document_.at("paths"), path);
        operation = operation ? find(*operation, method) : nullptr;
        if (!operation) return fmt::format("no operation {} {}", method, path);
        const std::string range =
            status < 400 ? std::to_string(status) : fmt::format("{}XX", status / 100);
        const json::value* response = find(operation->at("responses"), range);
        if (!response) return fmt::format("no response {}", range);
        check(response->at("content").at("application/json").at("schema"), answer, "");
        return fmt::format("{}", fmt::join(faults_, "\n"));
    }
    /// The faults of a value, by the name of its schema.
    std::string faults(const std::string& name, const json::value& value) {
        faults_.clear();
        check(document_.at("components").at("schemas").at(name), value, "");
        return fmt::format("{}", fmt::join(faults_, "\n"));
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
    void check_type(const json::value& schema, const json::value& value, const std::string& at) {
        const json::value* type = find(schema, "type");
        if (!type) return;
        bool fits = type->is_string() && is(type->get_string(), value);
        if (const json::array* types = type->if_array())
            for (const json::value& each : *types) fits = fits || is(each.get_string(), value);
        if (!fits) fault(at, "is of type " + std::string(type_name(value)));
    }
    void check_object(const json::value& schema, const json::object& object,
                      const std::string& at) {
        if (const json::value* required = find(schema, "required"))
            for (const json::value& name : required->as_array())
                if (!object.contains(name.as_string()))
                    fault(at + "." + std::string(name.as_string()), "is missing");
        const json::value* members = find(schema, "properties");
        for (const auto& [name, value] : object) {
            const json::value* member = members ? find(*members, name) : nullptr;
            if (member)
                check(*member, value, at + "." + std::string(name));
            else if (!bool_or(schema, "additionalProperties") &&
                     (members || !find(schema, "type")->is_array()))
                fault(at + "." + std::string(name), "is not documented");
        }
    }
    void check_one_of(const json::array& schemas, const json::value& value, const std::string& at) {
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
        if (fitting != 1) faults_.insert(faults_.end(), all.begin(), all.end());
    }
    void check(const json::value& given, const json::value& value, const std::string& at) {
        const json::value& schema = resolved(given);
        check_type(schema, value, at);
        if (const json::value* only = find(schema, "const"); only && *only != value)
            fault(at, "is another constant");
        if (const json::value* options = find(schema, "enum"))
            if (const json::array& all = options->as_array();
                std::find(all.begin(), all.end(), value) == all.end())
                fault(at, "is none of the options: " + to_text(value));
        if (const auto pattern = text_or(schema, "pattern"); !pattern.empty() && value.is_string())
            if (!RE2::PartialMatch(std::string_view(value.get_string()), std::string(pattern)))
                fault(at, "does not match " + std::string(pattern));
        if (const json::value* one_of = find(schema, "oneOf"))
            check_one_of(one_of->as_array(), value, at);
        if (const json::object* object = value.if_object(); object && !find(schema, "oneOf"))
            if (find(schema, "type")) check_object(schema, *object, at);
        const json::value* items = find(schema, "items");
        if (const json::array* array = value.if_array(); array && items)
            for (std::size_t i = 0; i < array->size(); ++i)
                check(*items, (*array)[i], fmt::format("{}.{}", at, i));
    }

    json::value document_;
    std::vector<std::string> faults_;
};

} // namespace weft::testing
