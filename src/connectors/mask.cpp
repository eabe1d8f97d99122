#include "connectors/mask.h"

#include "connectors/accounts.h"
#include "domain/members.h"
#include "http/message.h"

namespace weft::connectors {

namespace {

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t three = 0;
        for (std::size_t j = 0; j < 3; ++j)
            three =
                three << 8 | (i + j < bytes.size() ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
        for (std::size_t j = 0; j < 4; ++j)
            out += i + j <= bytes.size() ? digits[three >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

/// Without the last characters, which depend on what follows.
std::string base64_stem(std::string_view bytes) {
    return base64(bytes.substr(0, bytes.size() - bytes.size() % 3));
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

} // namespace

Mask::Mask(const std::vector<std::string>& secrets) {
    for (const std::string& secret : secrets) {
        if (secret.empty()) continue;
        add(secret);
        add(http::percent_encode(secret));
        add(lower_ascii(http::percent_encode(secret)));
        add(base64(secret));
        add(base64_stem(secret));
        const std::string quoted = to_text(json::value(secret));
        add(quoted.substr(1, quoted.size() - 2));
    }
    std::ranges::sort(forms_, [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
}

void Mask::add(std::string form) {
    constexpr std::size_t telling = 4; ///< shorter forms would blot out ordinary text
    if (form.size() >= telling && std::ranges::find(forms_, form) == forms_.end())
        forms_.push_back(std::move(form));
}

std::string Mask::text(std::string text) const {
    for (const std::string& form : forms_) replace_all(text, form, secret_mask);
    return text;
}

json::value Mask::value(json::value value) const {
    if (const json::string* text = value.if_string())
        return json::value(this->text(std::string(*text)));
    if (json::array* items = value.if_array()) {
        for (json::value& each : *items) each = this->value(std::move(each));
        return value;
    }
    if (const json::object* members = value.if_object()) {
        json::object clean;
        for (const auto& [name, member] : *members)
            clean[this->text(std::string(name))] = this->value(member);
        return clean;
    }
    if (!value.is_number()) return value;
    const std::string digits = to_text(value);
    const std::string clean = text(digits);
    return clean == digits ? value : json::value(clean);
}

} // namespace weft::connectors
