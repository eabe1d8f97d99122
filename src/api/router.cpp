#include "api/router.h"

namespace weft::api {

namespace {

bool is_param(std::string_view segment) { return segment.starts_with('{'); }

/// The segments of "/a/b/" and "/a/b" alike; "/" has none.
std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        path.remove_prefix(1); // the slash
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > 0 || end < path.size()) segments.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return segments;
}

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string>& segments) {
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (is_param(pattern[i]) ? segments[i].empty() : pattern[i] != segments[i]) return false;
    return true;
}

} // namespace

Router::Router(std::span<const std::span<const Route>> tables) {
    for (const auto& table : tables)
        for (const Route& route : table) {
            Entry entry{&route, split(route.path)};
            if (by_length_.size() <= entry.segments.size())
                by_length_.resize(entry.segments.size() + 1);
            by_length_[entry.segments.size()].push_back(std::move(entry));
        }
    const auto more_literal = [](const Entry& a, const Entry& b) {
        for (std::size_t i = 0; i < a.segments.size(); ++i)
            if (is_param(a.segments[i]) != is_param(b.segments[i])) return is_param(b.segments[i]);
        return false;
    };
    for (auto& entries : by_length_) std::sort(entries.begin(), entries.end(), more_literal);
}

Result<Match> Router::match(http::Method method, std::string_view path,
                            std::string& allowed) const {
    std::vector<std::string> segments;
    for (const std::string_view raw : split(path))
        segments.push_back(TRY(http::percent_decode(raw, false)));

    const Entry* other_method = nullptr;
    if (segments.size() < by_length_.size())
        for (const Entry& entry : by_length_[segments.size()]) {
            if (!fits(entry.segments, segments)) continue;
            if (entry.route->method != method) {
                other_method = &entry;
                allowed +=
                    (allowed.empty() ? "" : ", ") + std::string(to_text(entry.route->method));
                continue;
            }
            Match match{entry.route, {}};
            for (std::size_t i = 0; i < segments.size(); ++i)
                if (const std::string_view name = entry.segments[i]; is_param(name))
                    match.params.emplace_back(name.substr(1, name.size() - 2),
                                              std::move(segments[i]));
            return match;
        }
    if (other_method) return Match{};
    return fail(Code::not_found, "There is no operation at this path.");
}

} // namespace weft::api
