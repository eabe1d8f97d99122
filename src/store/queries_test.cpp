#include "store/test_world.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <re2/re2.h>

namespace weft::store {

namespace {

/// One query constant as it stands in the sources.
struct Found {
    std::string kind;  ///< Query or SystemQuery
    std::string first; ///< its first parameter's type
    int parameters = 0;
    std::string name;
    std::string sql;
    std::string file;
};

/// The template arguments of `text`, split at commas outside of brackets.
std::vector<std::string> split_arguments(const std::string& text) {
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

std::vector<Found> all_queries() {
    static const RE2 pattern(R"re((?s)constexpr (Query|SystemQuery)<([^;{]*)>\s+\w+\s*\{)re"
                             R"re(\s*"([^"]+)",\s*R"sql\((.*?)\)sql"\})re");
    std::vector<Found> all;
    for (const auto& entry : std::filesystem::directory_iterator(WEFT_SOURCE_DIR "/src/store")) {
        const std::string source_name = entry.path().filename().string();
        if (!source_name.ends_with(".cpp") || source_name.ends_with("_test.cpp") ||
            source_name.ends_with("_testing.cpp"))
            continue;
        std::ifstream in(entry.path());
        std::stringstream text;
        text << in.rdbuf();
        const std::string source = text.str();
        re2::StringPiece rest(source);
        std::string kind, types, name, sql;
        while (RE2::FindAndConsume(&rest, pattern, &kind, &types, &name, &sql)) {
            const auto arguments = split_arguments(types);
            all.push_back({kind, arguments.size() > 1 ? arguments[1] : "",
                           static_cast<int>(arguments.size()) - 1, name, sql,
                           entry.path().filename().string()});
        }
    }
    return all;
}

int constants_in_sources() {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(WEFT_SOURCE_DIR "/src/store")) {
        const std::string source_name = entry.path().filename().string();
        if (!source_name.ends_with(".cpp") || source_name.ends_with("_test.cpp") ||
            source_name.ends_with("_testing.cpp"))
            continue;
        std::ifstream in(entry.path());
        for (std::string line; std::getline(in, line);)
            if (line.starts_with("constexpr Query<") || line.starts_with("constexpr SystemQuery<"))
                ++count;
    }
    return count;
}

} // namespace

TEST(Queries, each_compiles_and_takes_exactly_its_parameters) {
    World world;
    const auto all = all_queries();
    EXPECT_EQ(static_cast<int>(all.size()), constants_in_sources())
        << "a query is written in a way this test cannot read";
    EXPECT_GT(all.size(), 60U);
    for (const Found& query : all) {
        const auto prepared = world.connection.prepare(query.name.c_str(), query.sql.c_str(),
                                                       static_cast<std::size_t>(query.parameters));
        EXPECT_TRUE(prepared) << query.file << " " << query.name << ": "
                              << (prepared ? "" : prepared.error().log_text);
    }
}

TEST(Queries, names_are_unique_and_begin_with_their_file) {
    std::map<std::string, std::string> seen;
    for (const Found& query : all_queries()) {
        EXPECT_TRUE(seen.emplace(query.name, query.file).second) << query.name;
        const std::string stem = query.file.substr(0, query.file.find('.'));
        EXPECT_TRUE(query.name.starts_with(stem + ".")) << query.file << " " << query.name;
    }
}

TEST(Queries, those_of_a_tenant_confine_themselves_to_it) {
    static const RE2 confined(
        R"((project_id|organization_id|\bid) = \$1|VALUES \(\$1|VALUES \(\$2, \$1)");
    for (const Found& query : all_queries())
        if (query.kind == "Query")
            EXPECT_TRUE(RE2::PartialMatch(query.sql, confined))
                << query.file << " " << query.name << query.sql;
}

// A scan of a table that grows with use is a query without its index.
TEST(Queries, none_scans_a_table_that_grows) {
    World world;
    // Tables that stay small, and a page of its own subquery.
    static const std::set<std::string> meant{"migrate.newest", "organizations.any",
                                             "organizations.first", "agentflows.list"};
    for (const Found& query : all_queries()) {
        if (meant.contains(query.name)) continue;
        // The cache is keyed by the pointer: the text must live as long as the connection.
        // Parameters stay unbound.
        const std::string& sql = *world.texts.emplace_back(
            std::make_unique<std::string>("EXPLAIN QUERY PLAN " + query.sql));
        auto prepared = world.connection.prepare("plan", sql.c_str(),
                                                 static_cast<std::size_t>(query.parameters));
        ASSERT_TRUE(prepared) << query.name;
        SqliteCursor cursor;
        cursor.begin(world.connection.handle(), **prepared, "plan");
        while (must(cursor.step())) {
            const std::string detail(cursor.text(3));
            const bool scan = detail.starts_with("SCAN") && !detail.contains("CONSTANT ROW") &&
                              !detail.contains("VIRTUAL TABLE") &&
                              !detail.contains("execution_waking") &&
                              !detail.contains("execution_owned");
            EXPECT_FALSE(scan) << query.name << ": " << detail;
        }
        cursor.end();
    }
}

} // namespace weft::store
