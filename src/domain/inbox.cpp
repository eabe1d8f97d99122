#include "domain/inbox.h"

#include <fmt/format.h>

namespace weft {

namespace {

constexpr std::pair<std::string_view, InboxType> type_names[] = {
    {"preview", InboxType::preview},
    {"runtime_input", InboxType::runtime_input},
    {"anomaly_detection", InboxType::anomaly_detection},
    {"uncertain_effect", InboxType::uncertain_effect},
    {"budget", InboxType::budget},
};

constexpr std::pair<std::string_view, InboxStatus> status_names[] = {
    {"pending", InboxStatus::pending},     {"input_required", InboxStatus::input_required},
    {"approved", InboxStatus::approved},   {"rejected", InboxStatus::rejected},
    {"completed", InboxStatus::completed}, {"expired", InboxStatus::expired},
};

template <class Names, class T> std::string_view name_in(const Names& names, T wanted) {
    for (const auto& [name, known] : names)
        if (known == wanted) return name;
    return names[0].first;
}

template <class T, class Names>
std::optional<T> value_in(const Names& names, std::string_view word) {
    for (const auto& [name, known] : names)
        if (name == word) return known;
    return std::nullopt;
}

std::string_view verb_of(const InboxItem& item) {
    if (item.status == InboxStatus::approved) return "approved this";
    if (item.status == InboxStatus::rejected) return "rejected this";
    return "answered this";
}

} // namespace

std::string_view to_text(InboxType type) { return name_in(type_names, type); }
std::string_view to_text(InboxStatus status) { return name_in(status_names, status); }

std::optional<InboxType> inbox_type_from(std::string_view word) {
    return value_in<InboxType>(type_names, word);
}
std::optional<InboxStatus> inbox_status_from(std::string_view word) {
    return value_in<InboxStatus>(status_names, word);
}

std::vector<std::string> summary_words(std::string_view text) {
    constexpr int characters_max = 40;
    std::vector<std::string> words;
    std::string word;
    int characters = 0;
    const auto end_word = [&] {
        if (!word.empty()) words.push_back(std::move(word));
        word.clear();
        characters = 0;
    };
    for (const char c : lower_ascii(text)) {
        const auto byte = static_cast<unsigned char>(c);
        const bool ascii = byte < 0x80;
        if (ascii && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
            end_word();
            continue;
        }
        const bool begins = (byte & 0xC0) != 0x80;
        characters += begins ? 1 : 0;
        if (characters <= characters_max) word += c;
    }
    end_word();
    std::ranges::sort(words);
    const auto twice = std::ranges::unique(words);
    words.erase(twice.begin(), twice.end());
    return words;
}

std::string what_happened(const InboxItem& item) {
    const std::string at = to_iso8601(item.updated_at);
    if (is_open(item.status)) return fmt::format("This still waits for an answer since {}.", at);
    if (const json::value* expiry = item.answer.if_contains("expiry");
        expiry && expiry->is_string())
        return std::string(expiry->get_string());
    if (item.status == InboxStatus::expired)
        return fmt::format("This expired at {}: nothing waits for the answer any more.", at);
    const json::value* by = item.answer.if_contains("by");
    const std::string_view name = by ? text_or(*by, "name") : std::string_view();
    return fmt::format("{} {} at {}.", name.empty() ? "Somebody" : name, verb_of(item), at);
}

} // namespace weft
