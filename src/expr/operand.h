#pragma once

#include "json/json.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace weft::expr {

/// Steps left in one evaluation. One step: a node, a filter, an element looked at, or 4 KiB of text
/// read.
class Fuel {
public:
    explicit Fuel(int steps) : left_(steps) {}
    /// invalid once none is left.
    Result<> spend(std::size_t steps);
    Result<> spend_text(std::size_t bytes) { return spend(bytes / 4'096); }

private:
    std::size_t left_;
};

/// A value during evaluation: borrowed from the roots or the program where possible, so that a
/// large text or list is not copied. Lives no longer than the call.
class Operand {
public:
    struct Missing {
        std::string why; ///< a sentence
    };

    explicit Operand(Missing missing) : held_(std::move(missing)) {}
    explicit Operand(json::value&& owned) : held_(std::move(owned)) {}
    explicit Operand(const json::value* borrowed) : held_(borrowed) {}
    explicit Operand(const json::object* borrowed) : held_(borrowed) {}
    explicit Operand(const json::array* borrowed) : held_(borrowed) {}
    explicit Operand(std::string_view borrowed) : held_(borrowed) {}

    const Missing* if_missing() const { return std::get_if<Missing>(&held_); }
    std::optional<std::string_view> if_text() const;
    const json::array* if_array() const;
    const json::object* if_object() const;
    /// A null, boolean or number.
    const json::value* if_scalar() const;
    bool is_null() const;

    /// For messages: "a string", "an array", "null" …
    std::string_view type() const;
    json::value to_value() const;

private:
    const json::value* value() const;

    std::variant<Missing, json::value, const json::value*, const json::object*, const json::array*,
                 std::string_view>
        held_;
};

/// Equality without conversion: values of different types are not equal, 1 and 1.0 are. Members in
/// any order.
Result<bool> equal(const Operand& a, const Operand& b, Fuel& fuel);
Result<bool> equal(const json::value& a, const json::value& b, Fuel& fuel);

/// Exact, also between integers and fractions.
std::partial_ordering compare_numbers(const json::value& a, const json::value& b);

/// Appends the value as a template prints it. invalid: longer than text_bytes_max.
Result<> print(std::string& out, const Operand& value, Fuel& fuel);

} // namespace weft::expr
