#include "expr/filters.h"

#include "expr/date.h"
#include "expr/expr.h"
#include "expr/text.h"

#include <cmath>

namespace weft::expr {

namespace {

constexpr int round_digits_max = 15;
constexpr std::int64_t truncate_max = 1'000'000;
constexpr std::size_t format_bytes_max = 200;
constexpr std::string_view default_separator = ", ";
constexpr std::string_view default_date_format = "%Y-%m-%d";
constexpr std::string_view default_ellipsis = "…";

struct Spec {
    std::string_view text;
    FilterName name;
    std::size_t arguments_min, arguments_max;
};

constexpr Spec specs[] = {
    {"default", FilterName::default_, 1, 1}, {"upper", FilterName::upper, 0, 0},
    {"lower", FilterName::lower, 0, 0},      {"trim", FilterName::trim, 0, 0},
    {"length", FilterName::length, 0, 0},    {"first", FilterName::first, 0, 0},
    {"last", FilterName::last, 0, 0},        {"join", FilterName::join, 0, 1},
    {"json", FilterName::json_, 0, 0},       {"date", FilterName::date, 0, 1},
    {"round", FilterName::round, 0, 1},      {"truncate", FilterName::truncate, 1, 2},
};

const Spec& spec_of(FilterName name) { return specs[static_cast<std::size_t>(name)]; }

std::string known_filters() {
    std::string names;
    for (const Spec& spec : specs) names += (names.empty() ? "" : ", ") + std::string(spec.text);
    return names;
}

bool is_whole(const json::value& value, std::int64_t from, std::int64_t to) {
    const auto* whole = value.if_int64();
    return whole && *whole >= from && *whole <= to;
}

/// What is wrong with the arguments; empty = nothing.
std::string complaint(FilterName name, const std::vector<json::value>& arguments) {
    if (arguments.empty()) return {};
    const json::value& first = arguments[0];
    switch (name) {
    case FilterName::join:
        return first.is_string() ? "" : "join takes a string, which it puts between the elements.";
    case FilterName::date:
        if (first.is_string() && first.get_string().size() <= format_bytes_max &&
            is_date_format(first.get_string()))
            return {};
        return "date takes a format made of text and %Y %y %m %d %e %j %H %M %S %F %T %a %A %b "
               "%B %s %z %%.";
    case FilterName::round:
        return is_whole(first, 0, round_digits_max)
                   ? ""
                   : "round takes a number of digits from 0 to 15.";
    case FilterName::truncate:
        if (!is_whole(first, 0, truncate_max)) return "truncate takes a length from 0 to 1000000.";
        if (arguments.size() == 2 && !arguments[1].is_string())
            return "The second argument of truncate is a string, which ends a text that was cut.";
        return {};
    default: return {};
    }
}

std::unexpected<Error> wrong_type(std::string_view filter, std::string_view wanted,
                                  const Operand& value) {
    return fail(Code::invalid,
                fmt::format("{} takes {}; this is {}.", filter, wanted, value.type()));
}

Operand text_operand(std::string_view text) { return Operand(json::value(json::string(text))); }

/// upper, lower, trim, truncate.
Result<Operand> apply_to_text(const Filter& filter, const Operand& value, Fuel& fuel) {
    const auto text = value.if_text();
    if (!text) return wrong_type(spec_of(filter.name).text, "a string", value);
    TRY(fuel.spend_text(text->size()));
    if (text->size() > text_bytes_max)
        return fail(Code::invalid,
                    fmt::format("The text is longer than {} bytes.", text_bytes_max));
    if (filter.name == FilterName::upper) return text_operand(upper(*text));
    if (filter.name == FilterName::lower) return text_operand(lower(*text));
    if (filter.name == FilterName::trim) return text_operand(trim(*text));

    const auto most = static_cast<std::size_t>(filter.arguments[0].get_int64());
    if (code_points(*text) <= most) return text_operand(*text);
    const std::string_view end = filter.arguments.size() == 2
                                     ? std::string_view(filter.arguments[1].get_string())
                                     : default_ellipsis;
    const std::size_t end_points = code_points(end);
    if (end_points > most) return text_operand(head(*text, most));
    return text_operand(std::string(head(*text, most - end_points)).append(end));
}

Result<Operand> apply_length(const Operand& value, Fuel& fuel) {
    if (const auto text = value.if_text()) {
        TRY(fuel.spend_text(text->size()));
        return Operand(json::value(static_cast<std::int64_t>(code_points(*text))));
    }
    if (const auto* array = value.if_array())
        return Operand(json::value(static_cast<std::int64_t>(array->size())));
    if (const auto* object = value.if_object())
        return Operand(json::value(static_cast<std::int64_t>(object->size())));
    return wrong_type("length", "a string, an array or an object", value);
}

Result<Operand> apply_end(const Filter& filter, const Operand& value) {
    const std::string_view name = spec_of(filter.name).text;
    const auto* array = value.if_array();
    if (!array) return wrong_type(name, "an array", value);
    if (array->empty())
        return Operand(Operand::Missing{fmt::format("The array has no {} element.", name)});
    const json::value& element = filter.name == FilterName::first ? array->front() : array->back();
    return Operand(&element);
}

Result<Operand> apply_join(const Filter& filter, const Operand& value, Fuel& fuel) {
    const auto* array = value.if_array();
    if (!array) return wrong_type("join", "an array", value);
    const std::string_view separator = filter.arguments.empty()
                                           ? default_separator
                                           : std::string_view(filter.arguments[0].get_string());
    TRY(fuel.spend(array->size()));
    std::string out;
    for (const json::value& each : *array) {
        if (&each != array->begin()) out += separator;
        TRY(print(out, Operand(&each), fuel));
    }
    if (out.size() > text_bytes_max)
        return fail(Code::invalid,
                    fmt::format("The text is longer than {} bytes.", text_bytes_max));
    return text_operand(out);
}

Result<Operand> apply_json(const Operand& value, Fuel& fuel) {
    std::string out;
    if (const auto text = value.if_text()) {
        TRY(fuel.spend_text(text->size()));
        if (text->size() > text_bytes_max || !append_json(out, value.to_value(), text_bytes_max))
            return fail(Code::invalid,
                        fmt::format("The text is longer than {} bytes.", text_bytes_max));
    } else {
        TRY(print(out, value, fuel));
    }
    return text_operand(out);
}

Result<Operand> apply_date(const Filter& filter, const Operand& value) {
    std::optional<std::int64_t> at_s;
    if (const auto text = value.if_text()) {
        at_s = read_date(*text);
        if (!at_s)
            return fail(Code::invalid, fmt::format("date cannot read \"{}\".", head(*text, 60)));
    } else if (const auto* number = value.if_scalar(); number && number->is_number()) {
        const double seconds = std::floor(number->to_number<double>());
        if (seconds < date_first_s || seconds > date_last_s)
            return fail(Code::invalid, "date takes the years 1 to 9999.");
        at_s = static_cast<std::int64_t>(seconds);
    } else {
        return wrong_type("date", "a string or a number of seconds since 1970", value);
    }
    return text_operand(format_date(
        *at_s, filter.arguments.empty() ? default_date_format
                                        : std::string_view(filter.arguments[0].get_string())));
}

Result<Operand> apply_round(const Filter& filter, const Operand& value) {
    const auto* number = value.if_scalar();
    if (!number || !number->is_number()) return wrong_type("round", "a number", value);
    const double* fraction = number->if_double();
    if (!fraction) return Operand(json::value(*number));
    constexpr double exact_max =
        9'007'199'254'740'992.0; // 2^53: beyond it a double has no fraction
    const std::int64_t digits = filter.arguments.empty() ? 0 : filter.arguments[0].get_int64();
    const double scale = std::pow(10.0, static_cast<double>(digits));
    if (std::abs(*fraction) * scale >= exact_max) return Operand(json::value(*fraction));
    const double rounded = std::round(*fraction * scale);
    if (digits == 0) return Operand(json::value(static_cast<std::int64_t>(rounded)));
    return Operand(json::value(rounded / scale));
}

} // namespace

Result<Filter> make_filter(std::string_view name, std::vector<json::value> arguments) {
    for (const Spec& spec : specs) {
        if (spec.text != name) continue;
        if (arguments.size() < spec.arguments_min || arguments.size() > spec.arguments_max)
            return fail(Code::invalid, spec.arguments_max == 0
                                           ? fmt::format("{} takes no argument.", name)
                                       : spec.arguments_min == spec.arguments_max
                                           ? fmt::format("{} takes one argument.", name)
                                           : fmt::format("{} takes {} or {} arguments.", name,
                                                         spec.arguments_min, spec.arguments_max));
        if (std::string wrong = complaint(spec.name, arguments); !wrong.empty())
            return fail(Code::invalid, std::move(wrong));
        return Filter{spec.name, std::move(arguments)};
    }
    return fail(Code::invalid, fmt::format("There is no filter \"{}\"; there are {}.",
                                           head(name, 60), known_filters()));
}

Result<Operand> apply(const Filter& filter, const Operand& value, Fuel& fuel) {
    TRY(fuel.spend(1));
    switch (filter.name) {
    case FilterName::default_:
        return value.is_null() ? Operand(&filter.arguments[0]) : Operand(value);
    case FilterName::upper:
    case FilterName::lower:
    case FilterName::trim:
    case FilterName::truncate: return apply_to_text(filter, value, fuel);
    case FilterName::length: return apply_length(value, fuel);
    case FilterName::first:
    case FilterName::last: return apply_end(filter, value);
    case FilterName::join: return apply_join(filter, value, fuel);
    case FilterName::json_: return apply_json(value, fuel);
    case FilterName::date: return apply_date(filter, value);
    case FilterName::round: return apply_round(filter, value);
    }
    return fail(Code::internal, "Unknown filter.");
}

} // namespace weft::expr
