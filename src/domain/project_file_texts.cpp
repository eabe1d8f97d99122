#include "domain/project_file_texts.h"

#include "domain/project_file.h"

namespace weft {

namespace {

constexpr std::size_t hex_digits = 24;
constexpr std::size_t reference_bytes_max = 2'000; ///< kind and two names, and some

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

} // namespace

namespace project_file {

void change_texts(json::value& value, const std::function<std::string(std::string_view)>& change) {
    if (json::string* text = value.if_string()) {
        std::string changed = change(*text);
        if (changed != std::string_view(*text)) *text = changed;
    } else if (json::array* items = value.if_array()) {
        for (json::value& each : *items) change_texts(each, change);
    } else if (json::object* members = value.if_object()) {
        for (auto& [name, member] : *members) change_texts(member, change);
    }
}

void switch_off(json::object& holder) {
    json::value* member = holder.if_contains("triggers");
    json::array* triggers = member ? member->if_array() : nullptr;
    if (!triggers) return;
    for (json::value& each : *triggers)
        if (json::object* trigger = each.if_object()) (*trigger)["is_active"] = false;
}

std::string without_ids(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t digits = 0;
        while (digits < text.size() && is_hex(text[digits])) ++digits;
        out.append(digits == hex_digits ? "id" : text.substr(0, digits));
        if (digits < text.size()) out += text[digits];
        text.remove_prefix(std::min(digits + 1, text.size()));
    }
    return out;
}

} // namespace project_file

std::string with_names(std::string_view text, const IdNames& names) {
    std::string out;
    std::size_t from = 0; // of what is not in `out` yet
    for (std::size_t at = 0; at + hex_digits <= text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_hex(text[end])) ++end;
        const auto found = end - at == hex_digits
                               ? names.find(std::string(text.substr(at, hex_digits)))
                               : names.end();
        if (found != names.end()) {
            out.append(text.substr(from, at - from)).append("@{" + found->second + "}");
            from = end;
        }
        at = end + 1;
    }
    return out.append(text.substr(from));
}

std::string with_ids(std::string_view text, const IdNames& ids) {
    std::string out;
    for (;;) {
        const std::size_t open = text.find("@{");
        if (open == text.npos) return out.append(text);
        const std::size_t length = text.substr(open, reference_bytes_max).find('}');
        const std::size_t close = length == text.npos ? open + 2 : open + length;
        const auto found = ids.find(std::string(text.substr(open + 2, close - open - 2)));
        if (found == ids.end()) {
            out.append(text.substr(0, open + 2));
            text.remove_prefix(open + 2);
            continue;
        }
        out.append(text.substr(0, open)).append(found->second);
        text.remove_prefix(close + 1);
    }
}

} // namespace weft
