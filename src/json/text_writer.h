#pragma once

#include "json/json.h"

#include <concepts>

namespace weft {

/// Writes one JSON text member by member, with no tree in between: for answers that are large or
/// asked for often. The caller keeps the order: begin, name, value, end.
class TextWriter {
public:
    TextWriter() { text_.reserve(first_bytes); }

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }
    void name(std::string_view name); ///< one that needs no escape: the API's own words

    void value(std::string_view text);
    void value(const char* text) { value(std::string_view(text)); }
    void value(const std::string& text) { value(std::string_view(text)); }
    template <std::integral Number> void value(Number number) {
        if constexpr (std::is_same_v<Number, bool>)
            raw(number ? "true" : "false");
        else
            integer(static_cast<std::int64_t>(number));
    }
    void value(double number);
    void value(std::nullptr_t) { raw("null"); }
    void value(const json::value& tree);
    void value(const json::object& tree);

    template <class T> void member(std::string_view name, const T& value) {
        this->name(name);
        this->value(value);
    }
    /// The text; the writer is used up.
    std::string finish() { return std::move(text_); }

private:
    static constexpr std::size_t first_bytes = 4096;

    void begin(char bracket);
    void end(char bracket);
    void raw(std::string_view text);
    void integer(std::int64_t number);
    void separate() {
        if (comma_due_) text_ += ',';
        comma_due_ = true;
    }

    std::string text_;
    bool comma_due_ = false;
};

} // namespace weft
