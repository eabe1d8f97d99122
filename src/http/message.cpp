#include "http/message.h"

#include "base/utf8.h"
#include "http/text.h"

#include <algorithm>

namespace weft::http {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

} // namespace

std::string_view to_text(Method method) {
    switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::delete_: return "DELETE";
    case Method::head: return "HEAD";
    case Method::options: return "OPTIONS";
    }
    return "GET";
}

const std::string* Headers::find(std::string_view name) const {
    for (const auto& [key, value] : fields)
        if (equal_without_case(key, name)) return &value;
    return nullptr;
}

void Headers::set(std::string_view name, std::string value) {
    for (auto field = fields.begin(); field != fields.end(); ++field) {
        if (!equal_without_case(field->first, name)) continue;
        field->second = std::move(value);
        fields.erase(std::remove_if(
                         field + 1, fields.end(),
                         [&](const auto& other) { return equal_without_case(other.first, name); }),
                     fields.end());
        return;
    }
    fields.emplace_back(std::string(name), std::move(value));
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail(Code::malformed,
                            "The address has a % that two hexadecimal digits do not follow.");
            decoded += static_cast<char>(high << 4 | low);
            i += 2;
        }
    }
    if (!is_utf8(decoded))
        return fail(Code::malformed, "The address is not UTF-8 once its % escapes are decoded.");
    return decoded;
}

std::string percent_encode(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded += c;
        } else {
            encoded += '%';
            encoded += digits[static_cast<unsigned char>(c) >> 4];
            encoded += digits[static_cast<unsigned char>(c) & 15];
        }
    }
    return encoded;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!query.empty()) {
        const std::string_view piece = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), piece.size() + 1));
        if (piece.empty()) continue;
        const std::size_t equals = std::min(piece.find('='), piece.size());
        std::string name = TRY(percent_decode(piece.substr(0, equals), true));
        std::string value =
            TRY(percent_decode(piece.substr(std::min(equals + 1, piece.size())), true));
        pairs.emplace_back(std::move(name), std::move(value));
    }
    return pairs;
}

} // namespace weft::http
