#include "models/extract.h"

#include "domain/values.h"
#include "expr/date.h"

#include <charconv>
#include <unordered_set>

#include <re2/re2.h>

namespace weft::models {

namespace {

using re2::StringPiece;

StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

/// Walks through the matches of a pattern; an empty match moves on by one byte.
class Matches {
public:
    Matches(const re2::RE2& pattern, std::string_view text)
        : pattern_(pattern), text_(text), groups_(pattern.NumberOfCapturingGroups() > 0 ? 2 : 1) {}

    bool next() {
        if (at_ > text_.size()) return false;
        if (!pattern_.Match(piece(text_), at_, text_.size(), re2::RE2::UNANCHORED, found_, groups_))
            return false;
        const std::size_t end = start() + found_[0].size();
        at_ = std::max(end, at_ + (found_[0].empty() ? 1 : 0));
        if (found_[0].empty()) at_ = std::max(at_, end + 1);
        return true;
    }
    std::size_t start() const { return static_cast<std::size_t>(found_[0].data() - text_.data()); }
    /// Group 1 if the pattern has one, else the match; empty when group 1 took no part.
    std::string_view value() const {
        const StringPiece& what = found_[groups_ - 1];
        return {what.data(), what.size()};
    }

private:
    const re2::RE2& pattern_;
    std::string_view text_;
    int groups_;
    std::size_t at_ = 0;
    StringPiece found_[2];
};

std::optional<json::value> number_from(std::string_view text) {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(begin, end, whole);
        read.ec == std::errc() && read.ptr == end)
        return json::value(whole);
    double fraction = 0;
    const auto read = std::from_chars(begin, end, fraction, std::chars_format::general);
    if (read.ec != std::errc() || read.ptr != end || fraction - fraction != 0) return std::nullopt;
    return json::value(fraction);
}

std::optional<json::value> date_from(std::string_view text) {
    if (is_iso8601(text)) return json::value(json::string(text));
    const auto at_s = expr::read_date(text);
    if (!at_s) return std::nullopt;
    return json::value(json::string(expr::format_date(*at_s, "%Y-%m-%dT%H:%M:%SZ")));
}

std::optional<json::value> scalar_from(ValueKind kind, std::string_view text) {
    if (text.empty()) return std::nullopt;
    switch (kind) {
    case ValueKind::number: return number_from(text);
    case ValueKind::date: return date_from(text);
    case ValueKind::boolean: return json::value(true);
    case ValueKind::object: return std::nullopt;
    default: return json::value(json::string(text));
    }
}

} // namespace

Extractor::Extractor() = default;
Extractor::~Extractor() = default;

Result<const re2::RE2*> Extractor::compiled(const std::string& pattern) {
    auto& slot = patterns_[pattern];
    if (!slot) slot = std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet);
    if (!slot->ok())
        return fail(Code::invalid,
                    fmt::format("RE2 does not accept the pattern {}: {}.", pattern, slot->error()));
    return slot.get();
}

Result<std::vector<std::string_view>> Extractor::records(std::string_view text,
                                                         const std::string& split) {
    std::vector<std::size_t> starts;
    for (Matches matches(*TRY(compiled(split)), text);
         starts.size() < records_max && matches.next();)
        if (starts.empty() || matches.start() > starts.back()) starts.push_back(matches.start());

    std::vector<std::string_view> out;
    out.reserve(starts.size());
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : text.size();
        out.push_back(text.substr(starts[i], end - starts[i]));
    }
    return out;
}

Result<std::optional<json::value>> Extractor::value(const Field& field, std::string_view text) {
    Matches matches(*TRY(compiled(field.pattern)), text);
    const ValueKind kind = value_kind_from(field.type).value_or(ValueKind::text);
    if (kind == ValueKind::array) {
        json::array out;
        std::unordered_set<std::string_view> seen;
        while (out.size() < matches_per_array_max && matches.next())
            if (!matches.value().empty() && seen.insert(matches.value()).second)
                out.push_back(json::string(matches.value()));
        return json::value(std::move(out));
    }
    if (kind == ValueKind::boolean) return json::value(matches.next());
    while (matches.next())
        if (auto found = scalar_from(kind, matches.value())) return found;
    return std::nullopt;
}

} // namespace weft::models
