#include "connectors/encoders.h"

#include "http/message.h"

namespace weft::connectors {

std::string plain_text(const json::value& value) {
    if (const json::string* text = value.if_string()) return std::string(*text);
    return to_text(value);
}

void UrlEncoder::pass(std::string_view text) { in_query_ = in_query_ || text.contains('?'); }

Result<std::string> UrlEncoder::encode(const json::value& value) {
    std::string text = value.is_null() ? std::string() : plain_text(value);
    if (text.empty() && !in_query_)
        return fail(Code::invalid, "A value in the path of the URL is empty.");
    return http::percent_encode(text);
}

void JsonEncoder::pass(std::string_view text) {
    for (const char c : text) {
        if (after_backslash_)
            after_backslash_ = false;
        else if (in_string_ && c == '\\')
            after_backslash_ = true;
        else if (c == '"')
            in_string_ = !in_string_;
    }
}

Result<std::string> JsonEncoder::encode(const json::value& value) {
    if (after_backslash_)
        return fail(Code::invalid, "A value stands behind a backslash in the body's template.");
    if (!in_string_) return to_text(value);
    const std::string quoted = to_text(json::value(plain_text(value)));
    return quoted.substr(1, quoted.size() - 2);
}

Result<std::string> FormEncoder::encode(const json::value& value) {
    return http::percent_encode(plain_text(value));
}

Result<std::string> MarkupEncoder::encode(const json::value& value) {
    std::string out;
    for (const char c : plain_text(value)) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

Result<std::string> PlainEncoder::encode(const json::value& value) { return plain_text(value); }

bool is_json_type(std::string_view media_type) {
    return media_type == "application/json" || media_type.ends_with("+json");
}

std::unique_ptr<expr::Encoder> encoder_for(std::string_view media_type) {
    if (media_type.empty() || is_json_type(media_type)) return std::make_unique<JsonEncoder>();
    if (media_type == "application/x-www-form-urlencoded") return std::make_unique<FormEncoder>();
    if (media_type.ends_with("/xml") || media_type.ends_with("+xml") || media_type == "text/html")
        return std::make_unique<MarkupEncoder>();
    return std::make_unique<PlainEncoder>();
}

} // namespace weft::connectors
