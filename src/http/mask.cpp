#include "http/mask.h"

#include "base/ids.h"
#include "http/message.h"

#include <algorithm>

namespace weft::http {

namespace {

std::string base64(std::string_view bytes, std::string_view last_two) {
    const std::string digits =
        std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") +
        std::string(last_two);
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
std::string_view stem(std::string_view bytes) {
    return bytes.substr(0, bytes.size() - bytes.size() % 3);
}

std::string with_case(std::string text, int (*of)(int)) {
    for (char& c : text) c = static_cast<char>(of(static_cast<unsigned char>(c)));
    return text;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

} // namespace

Mask::Mask(const std::vector<std::string>& secrets, std::string by) : by_(std::move(by)) {
    for (const std::string& secret : secrets) {
        if (secret.empty()) continue;
        add(secret);
        add(percent_encode(secret));
        add(with_case(percent_encode(secret), &std::tolower));
        const std::string hex =
            to_hex({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()});
        add(hex);
        add(with_case(hex, &std::toupper));
        for (const char* last_two : {"+/", "-_"}) {
            add(base64(secret, last_two));
            for (std::size_t skipped = 0; skipped < std::min<std::size_t>(3, secret.size());
                 ++skipped)
                add(base64(stem(std::string_view(secret).substr(skipped)), last_two));
        }
        const std::string quoted = weft::to_text(json::value(secret));
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
    for (const std::string& form : forms_) replace_all(text, form, by_);
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
    const std::string digits = weft::to_text(value);
    const std::string clean = text(digits);
    return clean == digits ? value : json::value(clean);
}

std::size_t Mask::undecided(std::string_view text) const {
    std::size_t longest = 0;
    for (const std::string& form : forms_)
        for (std::size_t size = std::min(form.size() - 1, text.size()); size > longest; --size)
            if (text.ends_with(std::string_view(form).substr(0, size))) longest = size;
    return longest;
}

std::string MaskedPieces::take(std::string_view piece) {
    held_ += piece;
    std::string clean = mask_.text(std::move(held_));
    held_ = clean.substr(clean.size() - mask_.undecided(clean));
    clean.resize(clean.size() - held_.size());
    return clean;
}

std::string MaskedPieces::end() { return std::exchange(held_, {}); }

} // namespace weft::http
