#pragma once

#include "json/json.h"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::engine {

/// Writes one JSON object straight into a string: no tree in between, since every durable step
/// writes two. Names are literals that need no escaping.
class PayloadWriter {
public:
    PayloadWriter() { text_.reserve(256); }
    void add(std::string_view name, std::int64_t number);
    void add(std::string_view name, int number) { add(name, std::int64_t{number}); }
    void add(std::string_view name, std::string_view text);
    void add(std::string_view name, const std::string& text) { add(name, std::string_view(text)); }
    void add(std::string_view name, const json::object& object);
    void add(std::string_view name, std::span<const std::int64_t> numbers);
    /// `value`: JSON text.
    void add_raw(std::string_view name, std::string_view value);
    /// The object; the writer is used up.
    std::string finish();

private:
    void name(std::string_view name);

    std::string text_ = "{";
};

/// The object in `text`. Nests deeper than texts from outside, which it carries inside; takes text
/// that was cut in the middle of a character, as a model's may be. malformed: it is no JSON object;
/// log_text says why.
Result<json::object> read_payload(std::string_view text, json::storage_ptr in = {});

/// The integer member, or `otherwise`.
std::int64_t int_member(const json::object& object, std::string_view name,
                        std::int64_t otherwise = 0);
/// Moves the object member out; empty when there is none.
json::object take_object(json::object& object, std::string_view name);

} // namespace weft::engine
