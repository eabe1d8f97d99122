#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

// What the house lint reads: files, and their code apart from comments and literals.

namespace tidy {

using Strings = std::vector<std::string>;

struct File {
    std::string path; // from the root of the tree
    std::string text;
};

struct Finding {
    std::string path;
    std::size_t line = 0; // from 1
    std::string what;
};
using Findings = std::vector<Finding>;

// One file three times, line for line: as written, only its code, only the insides of its string
// literals.
struct Source {
    std::string path;
    Strings text;
    Strings code;
    Strings strings;
};

inline Strings lines_of(std::string_view text) {
    Strings lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// Where the literal or comment that starts at `at` ends; `at` itself if none starts there.
inline std::size_t end_of_token(std::string_view text, std::size_t at) {
    const auto past = [&](std::size_t from, std::string_view closing) {
        const std::size_t found = text.find(closing, from);
        return found == text.npos ? text.size() : found + closing.size();
    };
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
    if (rest.starts_with("/*")) return past(at + 2, "*/");
    const bool in_word = at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0);
    if (rest.starts_with("R\"") && !in_word) {
        const std::size_t open = text.find('(', at);
        if (open == text.npos) return text.size();
        return past(open, ")" + std::string(text.substr(at + 2, open - at - 2)) + "\"");
    }
    const char quote = text[at];
    if (quote != '"' && (quote != '\'' || in_word)) return at; // 1'000 is a number
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == quote) {
            return i + 1;
        }
    }
    return text.size();
}

inline Source source_of(const File& file) {
    std::string code = file.text;
    std::string strings = file.text;
    const auto blank = [](std::string& text, std::size_t from, std::size_t to) {
        for (; from < to; ++from)
            if (text[from] != '\n') text[from] = ' ';
    };
    for (std::size_t at = 0; at < file.text.size();) {
        const std::size_t end = end_of_token(file.text, at);
        const bool comment = file.text[at] == '/';
        if (end > at) blank(code, at, end);
        if (end == at || comment) blank(strings, at, std::max(end, at + 1));
        at = std::max(end, at + 1);
    }
    return {file.path, lines_of(file.text), lines_of(code), lines_of(strings)};
}

inline bool is_cpp(std::string_view path) { return path.ends_with(".cpp") || path.ends_with(".h"); }
// A test, or what only tests include: tests/…, x_test.cpp, test_x.h, x_testing.h.
inline bool is_test(std::string_view path) {
    return path.starts_with("tests/") || path.contains("_test.") || path.contains("/test_") ||
           path.contains("testing");
}
// "engine" of "src/engine/runner.cpp", "" outside src/.
inline std::string folder_of(std::string_view path) {
    if (!path.starts_with("src/")) return "";
    path.remove_prefix(4);
    return std::string(path.substr(0, std::min(path.find('/'), path.size())));
}

} // namespace tidy
