#pragma once

#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <re2/re2.h>

/// The query constants as they stand in the sources of src/store, for tests of all of them.
namespace weft::store {

struct Found {
    std::string kind;               ///< Query or SystemQuery
    std::vector<std::string> types; ///< of its parameters
    std::string name;
    std::string sqlite;
    std::string postgres;
    std::string file;
};

enum class Sources { store, testing };

/// The template arguments of `text`, split at commas outside of brackets.
inline std::vector<std::string> split_arguments(const std::string& text) {
    std::vector<std::string> arguments(1);
    int depth = 0;
    for (const char c : text) {
        if (c == '<') ++depth;
        if (c == '>') --depth;
        if (c == ',' && depth == 0)
            arguments.emplace_back();
        else if (!std::isspace(static_cast<unsigned char>(c)))
            arguments.back() += c;
    }
    return arguments;
}

/// Name and text of each file that is part of the program, or only of its tests.
inline std::vector<std::pair<std::string, std::string>> sources_of(Sources which) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& entry : std::filesystem::directory_iterator(WEFT_SOURCE_DIR "/src/store")) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".cpp") || name.ends_with("_test.cpp") ||
            name.ends_with("_testing.cpp") != (which == Sources::testing))
            continue;
        std::ifstream in(entry.path());
        std::stringstream text;
        text << in.rdbuf();
        all.emplace_back(name, text.str());
    }
    return all;
}

inline std::vector<Found> all_queries(Sources which = Sources::store) {
    static const RE2 pattern(R"re((?s)constexpr (Query|SystemQuery)<([^;{]*)>\s+\w+\s*\{)re"
                             R"re(\s*"([^"]+)",\s*R"sql\((.*?)\)sql")re"
                             R"re((?:,\s*R"sql\((.*?)\)sql")?\})re");
    std::vector<Found> all;
    for (const auto& [file, source] : sources_of(which)) {
        re2::StringPiece rest(source);
        std::string kind, types, name, sqlite, postgres;
        while (RE2::FindAndConsume(&rest, pattern, &kind, &types, &name, &sqlite, &postgres)) {
            auto arguments = split_arguments(types);
            arguments.erase(arguments.begin());
            all.push_back({kind, std::move(arguments), name, sqlite,
                           postgres.empty() ? sqlite : postgres, file});
        }
    }
    return all;
}

inline int constants_in_sources() {
    int count = 0;
    for (const auto& [file, source] : sources_of(Sources::store)) {
        std::istringstream in(source);
        for (std::string line; std::getline(in, line);)
            if (line.starts_with("constexpr Query<") || line.starts_with("constexpr SystemQuery<"))
                ++count;
    }
    return count;
}

} // namespace weft::store
