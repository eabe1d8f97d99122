#include "engine/payload.h"

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

namespace weft::engine {

namespace {

constexpr std::size_t payload_depth_max = 2 * json_depth_max;

void append_number(std::string& out, std::int64_t number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_escaped(std::string& out, char c) {
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    }
}

void append_text(std::string& out, std::string_view text) {
    out += '"';
    std::size_t written = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, written, i - written);
        append_escaped(out, c);
        written = i + 1;
    }
    out.append(text, written);
    out += '"';
}

} // namespace

void PayloadWriter::name(std::string_view name) {
    if (text_.size() > 1) text_ += ',';
    text_ += '"';
    text_ += name;
    text_ += "\":";
}

void PayloadWriter::add(std::string_view name, std::int64_t number) {
    this->name(name);
    append_number(text_, number);
}

void PayloadWriter::add(std::string_view name, std::string_view text) {
    this->name(name);
    append_text(text_, text);
}

void PayloadWriter::add(std::string_view name, const json::object& object) {
    add_raw(name, object.empty() ? "{}" : json::serialize(object));
}

void PayloadWriter::add(std::string_view name, std::span<const std::int64_t> numbers) {
    this->name(name);
    char before = '[';
    for (const std::int64_t each : numbers) {
        text_ += before;
        append_number(text_, each);
        before = ',';
    }
    text_ += ']';
}

void PayloadWriter::add_raw(std::string_view name, std::string_view value) {
    this->name(name);
    text_ += value;
}

std::string PayloadWriter::finish() {
    text_ += '}';
    return std::move(text_);
}

Result<json::object> read_payload(std::string_view text, json::storage_ptr in) {
    json::parse_options options;
    options.max_depth = payload_depth_max;
    options.allow_invalid_utf8 = true;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): it is written before it is read
    std::array<unsigned char, 2048> stack; // of the parser, which takes more when it must
    json::parser parser({}, options, stack.data(), stack.size());
    parser.reset(std::move(in));
    boost::system::error_code error;
    parser.write(text, error);
    if (error) return fail(Code::malformed, "This is not valid JSON.", error.message());
    json::value value = parser.release();
    if (!value.is_object())
        return fail(Code::malformed, "This is no JSON object.", "no JSON object");
    return std::move(value.as_object());
}

std::int64_t int_member(const json::object& object, std::string_view name, std::int64_t otherwise) {
    const json::value* member = object.if_contains(name);
    const std::int64_t* number = member ? member->if_int64() : nullptr;
    return number ? *number : otherwise;
}

json::object take_object(json::object& object, std::string_view name) {
    json::value* member = object.if_contains(name);
    json::object* inner = member ? member->if_object() : nullptr;
    return inner ? std::move(*inner) : json::object{};
}

} // namespace weft::engine
