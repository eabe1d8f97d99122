#include "json/schema.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <re2/re2.h>

namespace weft {

namespace {

constexpr std::size_t faults_max = 20;
constexpr int steps_max = 200'000;
constexpr int depth_max = 2 * static_cast<int>(json_depth_max);
constexpr std::size_t shown_bytes_max = 80;

std::string joined(const std::string& at, std::string_view name) {
    return at.empty() ? std::string(name) : fmt::format("{}.{}", at, name);
}

std::string shown(const json::value& value) {
    std::string text = to_text(value);
    if (text.size() <= shown_bytes_max) return text;
    return fmt::format("a {} of {} bytes", type_name(value), text.size());
}

/// Code points.
std::int64_t length_of(std::string_view text) {
    return std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0U) != 0x80; });
}

bool is_integer(const json::value& value) {
    if (value.is_int64() || value.is_uint64()) return true;
    const double* number = value.if_double();
    return number && std::floor(*number) == *number;
}

bool is_of(std::string_view type, const json::value& value) {
    if (type == "integer") return is_integer(value);
    return type_name(value) == type;
}

double number_of(const json::value& value) {
    return value.is_number() ? value.to_number<double>() : 0;
}

class Check {
public:
    explicit Check(const json::value& root) : root_(root) {}

    std::vector<FieldError> faults;

    void any(const json::value& schema, const json::value& value, const std::string& at) {
        if (over_) return;
        if (++steps_ > steps_max || depth_ >= depth_max) {
            over_ = true;
            return fault(at, "cannot be checked: the schema refers to itself too often");
        }
        ++depth_;
        if (const bool* all = schema.if_bool(); all && !*all) fault(at, "is not allowed here");
        if (const json::object* object = schema.if_object()) object_schema(*object, value, at);
        --depth_;
    }

private:
    void fault(const std::string& at, std::string message) {
        if (faults.size() < faults_max) faults.push_back({at, std::move(message)});
    }

    void object_schema(const json::object& schema, const json::value& value,
                       const std::string& at) {
        if (const json::value* reference = schema.if_contains("$ref"))
            if (const json::value* target = target_of(*reference, at)) any(*target, value, at);
        const json::value* type = schema.if_contains("type");
        if (type && !type_fits(*type, value))
            return fault(at, fmt::format("must be {}, not {}", type_words(*type),
                                         value.is_null() ? "null" : type_name(value)));
        choices(schema, value, at);
        combinations(schema, value, at);
        if (value.is_object()) members(schema, value.get_object(), at);
        if (value.is_array()) elements(schema, value.get_array(), at);
        if (value.is_string()) text(schema, value.get_string(), at);
        if (value.is_number()) number(schema, value, at);
    }

    /// "#", "#/$defs/name", as JSON Pointer says.
    const json::value* target_of(const json::value& reference, const std::string& at) {
        const json::string* text = reference.if_string();
        if (text && *text == "#") return &root_;
        boost::system::error_code error;
        const json::value* found = nullptr;
        if (text && text->starts_with("#/"))
            found = root_.find_pointer(std::string_view(*text).substr(1), error);
        if (!found)
            fault(at, "cannot be checked: the schema refers to " + shown(reference) +
                          ", which it does not have");
        return found;
    }

    static bool type_fits(const json::value& type, const json::value& value) {
        if (const json::string* one = type.if_string()) return is_of(*one, value);
        const json::array* several = type.if_array();
        return !several || std::ranges::any_of(*several, [&](const json::value& each) {
            return each.is_string() && is_of(each.get_string(), value);
        });
    }

    static std::string type_words(const json::value& type) {
        if (const json::string* one = type.if_string()) return "of type " + std::string(*one);
        return "of one of the types " + shown(type);
    }

    void choices(const json::object& schema, const json::value& value, const std::string& at) {
        const json::value* choices = schema.if_contains("enum");
        if (choices && choices->is_array() &&
            std::ranges::find(choices->get_array(), value) == choices->get_array().end())
            fault(at, fmt::format("must be one of {}", shown(*choices)));
        if (const json::value* only = schema.if_contains("const"); only && *only != value)
            fault(at, fmt::format("must be {}", shown(*only)));
    }

    int fitting(const json::array& schemas, const json::value& value, const std::string& at) {
        int count = 0;
        std::vector<FieldError> before = std::exchange(faults, {});
        for (const json::value& schema : schemas) {
            faults.clear();
            any(schema, value, at);
            count += faults.empty() ? 1 : 0;
        }
        faults = std::move(before);
        return count;
    }

    void combinations(const json::object& schema, const json::value& value, const std::string& at) {
        const auto list = [&schema](std::string_view name) -> const json::array* {
            const json::value* found = schema.if_contains(name);
            return found ? found->if_array() : nullptr;
        };
        if (const json::array* all = list("allOf"))
            for (const json::value& each : *all) any(each, value, at);
        if (const json::array* some = list("anyOf"); some && fitting(*some, value, at) == 0)
            fault(at, fmt::format("fits none of the {} forms that are allowed", some->size()));
        if (const json::array* one = list("oneOf"); one && fitting(*one, value, at) != 1)
            fault(at, fmt::format("must fit exactly one of the {} forms that are allowed",
                                  one->size()));
        if (over_ && faults.empty()) fault(at, "cannot be checked: the schema takes too long");
    }

    void members(const json::object& schema, const json::object& value, const std::string& at) {
        const json::value* properties = schema.if_contains("properties");
        const json::object* known = properties ? properties->if_object() : nullptr;
        if (const json::value* required = schema.if_contains("required");
            required && required->is_array())
            for (const json::value& name : required->get_array())
                if (name.is_string() && !value.contains(name.get_string()))
                    fault(joined(at, name.get_string()), "is missing");
        const json::value* others = schema.if_contains("additionalProperties");
        for (const auto& [name, member] : value) {
            const json::value* own = known ? known->if_contains(name) : nullptr;
            if (own)
                any(*own, member, joined(at, name));
            else if (others && *others == false)
                fault(joined(at, name), "is not a known member");
            else if (others)
                any(*others, member, joined(at, name));
        }
    }

    void elements(const json::object& schema, const json::array& value, const std::string& at) {
        const auto size = static_cast<std::int64_t>(value.size());
        limit(schema, "minItems", size, true, "elements", at);
        limit(schema, "maxItems", size, false, "elements", at);
        const json::value* items = schema.if_contains("items");
        if (!items) return;
        for (std::size_t i = 0; i < value.size(); ++i)
            any(*items, value[i], joined(at, std::to_string(i)));
    }

    void text(const json::object& schema, std::string_view value, const std::string& at) {
        limit(schema, "minLength", length_of(value), true, "characters", at);
        limit(schema, "maxLength", length_of(value), false, "characters", at);
        const json::value* pattern = schema.if_contains("pattern");
        if (!pattern || !pattern->is_string()) return;
        const RE2 expression(std::string_view(pattern->get_string()), RE2::Quiet);
        if (!expression.ok())
            fault(at, "cannot be checked: " + shown(*pattern) + " is no expression of RE2");
        else if (!RE2::PartialMatch(value, expression))
            fault(at, "must match " + shown(*pattern));
    }

    void limit(const json::object& schema, std::string_view word, std::int64_t size, bool least,
               std::string_view unit, const std::string& at) {
        const json::value* bound = schema.if_contains(word);
        if (!bound || !bound->is_number()) return;
        const double number = number_of(*bound);
        if (least ? static_cast<double>(size) >= number : static_cast<double>(size) <= number)
            return;
        fault(at, fmt::format("must have at {} {} {}, not {}", least ? "least" : "most",
                              shown(*bound), unit, size));
    }

    void number(const json::object& schema, const json::value& value, const std::string& at) {
        const double given = number_of(value);
        const auto bound = [&](std::string_view word, std::string_view words, auto holds) {
            const json::value* found = schema.if_contains(word);
            if (found && found->is_number() && !holds(number_of(*found)))
                fault(at, fmt::format("must be {} {}", words, shown(*found)));
        };
        bound("minimum", "at least", [&](double by) { return given >= by; });
        bound("maximum", "at most", [&](double by) { return given <= by; });
        bound("exclusiveMinimum", "more than", [&](double by) { return given > by; });
        bound("exclusiveMaximum", "less than", [&](double by) { return given < by; });
        bound("multipleOf", "a multiple of", [&](double by) {
            return by == 0 || std::abs(std::remainder(given, by)) < 1e-9 * std::abs(by);
        });
    }

    const json::value& root_;
    int steps_ = 0;
    int depth_ = 0;
    bool over_ = false;
};

} // namespace

Result<> check_against(const json::object& schema, const json::value& value) {
    const json::value root(schema);
    Check check(root);
    check.any(root, value, "");
    if (check.faults.empty()) return {};
    Error error{Code::invalid, ""};
    for (const FieldError& each : check.faults)
        error.message += (error.message.empty() ? "" : "; ") +
                         (each.field.empty() ? std::string("The whole") : each.field) + " " +
                         each.message;
    error.message += ".";
    error.fields = std::move(check.faults);
    return std::unexpected(std::move(error));
}

} // namespace weft
