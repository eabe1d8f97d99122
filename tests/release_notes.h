#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace weft::testing {

/// What the main job must find in a Debian changelog, found by another way than the package's
/// patterns: line by line.
struct ReleaseNotes {
    struct Entry {
        std::string version;
        std::set<std::string> cve_ids;
    };
    std::vector<Entry> entries;

    std::size_t entries_with_ids() const {
        return std::ranges::count_if(entries,
                                     [](const Entry& each) { return !each.cve_ids.empty(); });
    }
};

/// "name (version) suite; urgency=…" at the start of a line: the version, else nothing.
inline std::string version_of(const std::string& line) {
    if (line.empty() || !std::isalnum(static_cast<unsigned char>(line[0]))) return {};
    const auto open = line.find(" (");
    const auto close = line.find(')');
    const auto semicolon = line.find(';');
    if (open == line.npos || close == line.npos || semicolon == line.npos || close < open ||
        semicolon < close)
        return {};
    if (line.substr(0, open).find(' ') != std::string::npos) return {};
    if (line.substr(close + 1, semicolon - close - 1).find_first_not_of(' ') == std::string::npos)
        return {};
    return line.substr(open + 2, close - open - 2);
}

inline void add_ids(const std::string& line, std::set<std::string>& ids) {
    for (auto at = line.find("CVE-"); at != line.npos; at = line.find("CVE-", at + 1)) {
        std::size_t end = at + 4;
        while (end < line.size() && std::isdigit(static_cast<unsigned char>(line[end]))) ++end;
        if (end != at + 8 || end >= line.size() || line[end] != '-') continue;
        const std::size_t number = ++end;
        while (end < line.size() && std::isdigit(static_cast<unsigned char>(line[end]))) ++end;
        if (end - number >= 4) ids.insert(line.substr(at, end - at));
    }
}

inline ReleaseNotes read_release_notes(const std::string& text) {
    ReleaseNotes notes;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (const std::string version = version_of(line); !version.empty())
            notes.entries.push_back({version, {}});
        if (!notes.entries.empty()) add_ids(line, notes.entries.back().cve_ids);
    }
    return notes;
}

inline std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    if (!pipe) return text;
    std::array<char, 65536> buffer{};
    while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe))
        text.append(buffer.data(), got);
    pclose(pipe);
    return text;
}

/// Real changelogs of installed packages, of different sizes, at most `count`; where the image has
/// none, the one that tools/make_changelog.sh writes.
inline std::vector<std::string> real_changelogs(std::size_t count) {
    std::vector<std::pair<std::uintmax_t, std::string>> found;
    std::error_code error;
    for (const auto& package : std::filesystem::directory_iterator("/usr/share/doc", error)) {
        const auto file = package.path() / "changelog.Debian.gz";
        if (const auto size = std::filesystem::file_size(file, error); !error)
            found.emplace_back(size, file);
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count && !found.empty(); ++i) {
        // From small to large, leaving out the two largest (over a megabyte each).
        const std::size_t last = found.size() > 4 ? found.size() - 3 : found.size() - 1;
        std::string text = output_of("zcat " + found[last * (i + 1) / count].second);
        if (!read_release_notes(text).entries.empty()) texts.push_back(std::move(text));
    }
    if (texts.empty())
        texts.push_back(
            output_of("f=$(mktemp) && sh " WEFT_SOURCE_DIR
                      "/tools/make_changelog.sh \"$f\" >&2 && cat \"$f\"; rm -f \"$f\""));
    return texts;
}

} // namespace weft::testing
