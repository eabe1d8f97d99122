#include "api/router.h"

#include "base/check.h"

#include <algorithm>

namespace weft::api {

namespace {

constexpr std::size_t segments_max = 8; ///< of a route

std::unexpected<Error> no_such_path() {
    return fail(Code::not_found, "There is no operation at this path.");
}

bool is_param(std::string_view segment) { return segment.starts_with('{'); }
bool is_open_ended(std::string_view segment) { return segment.ends_with("...}"); }

/// Takes the next segment off the front of `path`; "/a/b/" and "/a/b" have the same two, "/" none.
/// False: there are no more.
bool take_segment(std::string_view& path, std::string_view& segment) {
    if (path.size() < 2) return false;
    path.remove_prefix(1); // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    segment = path.substr(0, end);
    path.remove_prefix(end);
    return true;
}

bool is_plain(std::string_view segment) {
    return std::ranges::none_of(
        segment, [](char c) { return c == '%' || static_cast<unsigned char>(c) >= 0x80; });
}

/// The segments of a request's path, decoded, at most as many as any route has.
struct Segments {
    std::array<std::string_view, segments_max> views;
    std::size_t count = 0;
    std::array<std::string, segments_max> decoded; ///< what is not in the path as it must be read
};

/// malformed: a bad percent escape. not_found: too many.
Result<> read_segments(std::string_view path, Segments& out) {
    std::string_view segment;
    while (take_segment(path, segment)) {
        if (out.count == segments_max) return no_such_path();
        std::string_view& view = out.views[out.count];
        view = segment;
        if (!is_plain(segment)) {
            out.decoded[out.count] = TRY(http::percent_decode(segment, false));
            view = out.decoded[out.count];
        }
        ++out.count;
    }
    return {};
}

bool fits(const std::vector<std::string_view>& pattern, const Segments& segments) {
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (is_param(pattern[i]) ? segments.views[i].empty() : pattern[i] != segments.views[i])
            return false;
    return true;
}

std::string_view name_of(std::string_view param) { return param.substr(1, param.size() - 2); }

std::string joined(std::span<const std::string_view> segments) {
    std::string path;
    for (const std::string_view segment : segments) {
        if (!path.empty()) path += '/';
        path += segment;
    }
    return path;
}

} // namespace

Router::Router(std::span<const std::span<const Route>> tables) {
    for (const auto& table : tables)
        for (const Route& route : table) {
            Entry entry{&route, {}};
            std::string_view path = route.path;
            for (std::string_view segment; take_segment(path, segment);)
                entry.segments.push_back(segment);
            CHECK(entry.segments.size() <= segments_max);
            if (!entry.segments.empty() && is_open_ended(entry.segments.back())) {
                open_ended_.push_back(std::move(entry));
                continue;
            }
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
    Segments segments;
    TRY(read_segments(path, segments));

    bool is_known = false;
    if (segments.count < by_length_.size())
        for (const Entry& entry : by_length_[segments.count]) {
            if (!fits(entry.segments, segments)) continue;
            is_known = true;
            if (entry.route->method != method) {
                allowed +=
                    (allowed.empty() ? "" : ", ") + std::string(to_text(entry.route->method));
                continue;
            }
            Match match{entry.route, {}};
            match.params.reserve(segments.count);
            for (std::size_t i = 0; i < segments.count; ++i)
                if (is_param(entry.segments[i]))
                    match.params.emplace_back(name_of(entry.segments[i]), segments.views[i]);
            return match;
        }
    if (is_known) return Match{};
    return match_open_ended(method, {segments.views.data(), segments.count}, allowed);
}

Result<Match> Router::match_open_ended(http::Method method,
                                       std::span<const std::string_view> segments,
                                       std::string& allowed) const {
    for (const Entry& entry : open_ended_) {
        const std::size_t before = entry.segments.size() - 1; // literals
        if (segments.size() <= before ||
            !std::ranges::equal(std::span(entry.segments).first(before), segments.first(before)))
            continue;
        if (entry.route->method != method) {
            allowed = to_text(entry.route->method);
            return Match{};
        }
        return Match{entry.route,
                     {{name_of(entry.segments.back()), joined(segments.subspan(before))}}};
    }
    return no_such_path();
}

} // namespace weft::api
