#include "expr/operand.h"

#include "expr/expr.h"
#include "expr/text.h"

namespace weft::expr {

Result<> Fuel::spend(std::size_t steps) {
    if (steps > left_) {
        left_ = 0;
        return fail(Code::invalid, fmt::format("This takes more than {} steps.", steps_max));
    }
    left_ -= steps;
    return {};
}

const json::value* Operand::value() const {
    if (const auto* owned = std::get_if<json::value>(&held_)) return owned;
    const auto* borrowed = std::get_if<const json::value*>(&held_);
    return borrowed ? *borrowed : nullptr;
}

std::optional<std::string_view> Operand::if_text() const {
    if (const auto* view = std::get_if<std::string_view>(&held_)) return *view;
    const json::value* whole = value();
    const json::string* string = whole ? whole->if_string() : nullptr;
    if (!string) return std::nullopt;
    return std::string_view(string->data(), string->size());
}

const json::array* Operand::if_array() const {
    if (const auto* borrowed = std::get_if<const json::array*>(&held_)) return *borrowed;
    const json::value* whole = value();
    return whole ? whole->if_array() : nullptr;
}

const json::object* Operand::if_object() const {
    if (const auto* borrowed = std::get_if<const json::object*>(&held_)) return *borrowed;
    const json::value* whole = value();
    return whole ? whole->if_object() : nullptr;
}

const json::value* Operand::if_scalar() const {
    const json::value* whole = value();
    return whole && (whole->is_null() || whole->is_bool() || whole->is_number()) ? whole : nullptr;
}

bool Operand::is_null() const {
    const json::value* whole = value();
    return whole && whole->is_null();
}

std::string_view Operand::type() const {
    if (if_missing()) return "nothing";
    if (if_text()) return "a string";
    if (if_array()) return "an array";
    if (if_object()) return "an object";
    if (is_null()) return "null";
    return if_scalar()->is_bool() ? "a boolean" : "a number";
}

json::value Operand::to_value() const {
    if (const auto text = if_text()) return json::value(json::string(*text));
    if (const auto* array = if_array()) return json::value(*array);
    if (const auto* object = if_object()) return json::value(*object);
    const json::value* whole = value();
    return whole ? *whole : json::value();
}

std::partial_ordering compare_numbers(const json::value& a, const json::value& b) {
    // 64 bits of mantissa or more on every platform we build for: integers stay exact.
    const auto wide = [](const json::value& number) -> long double {
        if (const auto* whole = number.if_int64()) return static_cast<long double>(*whole);
        if (const auto* whole = number.if_uint64()) return static_cast<long double>(*whole);
        return number.get_double();
    };
    return wide(a) <=> wide(b);
}

namespace {

Result<bool> equal_arrays(const json::array& a, const json::array& b, Fuel& fuel) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!TRY(equal(a[i], b[i], fuel))) return false;
    return true;
}

Result<bool> equal_objects(const json::object& a, const json::object& b, Fuel& fuel) {
    if (a.size() != b.size()) return false;
    for (const auto& member : a) {
        const json::value* other = b.if_contains(member.key());
        if (!other || !TRY(equal(member.value(), *other, fuel))) return false;
    }
    return true;
}

Result<bool> equal_texts(std::string_view a, std::string_view b, Fuel& fuel) {
    if (a.size() != b.size()) return false;
    TRY(fuel.spend_text(a.size()));
    return a == b;
}

} // namespace

Result<bool> equal(const json::value& a, const json::value& b, Fuel& fuel) {
    TRY(fuel.spend(1));
    if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
    if (a.kind() != b.kind()) return false;
    if (const auto* string = a.if_string()) return equal_texts(*string, b.get_string(), fuel);
    if (const auto* array = a.if_array()) return equal_arrays(*array, b.get_array(), fuel);
    if (const auto* object = a.if_object()) return equal_objects(*object, b.get_object(), fuel);
    if (const bool* flag = a.if_bool()) return *flag == b.get_bool();
    return true;
}

Result<bool> equal(const Operand& a, const Operand& b, Fuel& fuel) {
    if (a.if_text() && b.if_text()) return equal_texts(*a.if_text(), *b.if_text(), fuel);
    if (a.if_array() && b.if_array()) return equal_arrays(*a.if_array(), *b.if_array(), fuel);
    if (a.if_object() && b.if_object()) return equal_objects(*a.if_object(), *b.if_object(), fuel);
    if (a.if_scalar() && b.if_scalar()) return equal(*a.if_scalar(), *b.if_scalar(), fuel);
    return false;
}

Result<> print(std::string& out, const Operand& value, Fuel& fuel) {
    const std::size_t before = out.size();
    bool fits = false;
    if (const auto text = value.if_text()) {
        fits = out.size() + text->size() <= text_bytes_max;
        if (fits) out.append(*text);
    } else if (const auto* array = value.if_array()) {
        fits = append_json(out, *array, text_bytes_max);
    } else if (const auto* object = value.if_object()) {
        fits = append_json(out, *object, text_bytes_max);
    } else {
        fits = append_json(out, *value.if_scalar(), text_bytes_max);
    }
    if (!fits)
        return fail(Code::invalid,
                    fmt::format("The text is longer than {} bytes.", text_bytes_max));
    return fuel.spend_text(out.size() - before);
}

} // namespace weft::expr
