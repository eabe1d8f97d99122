#include "expr/expr.h"
#include "expr/test_roots.h"

#include <fstream>

#include <gtest/gtest.h>

namespace weft::expr {
namespace {

struct Block {
    std::string kind; ///< what stands after the three backquotes
    std::vector<std::string> lines;
};

std::vector<Block> blocks_of(const std::string& path) {
    std::vector<Block> blocks;
    std::ifstream in(path);
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("```")) {
            inside = !inside;
            if (inside) blocks.push_back({line.substr(3), {}});
        } else if (inside) {
            blocks.back().lines.push_back(line);
        }
    }
    return blocks;
}

std::string outcome(const std::string& kind, const std::string& source, const Roots& roots) {
    if (kind == "weft") {
        auto compiled = Template::compile(source);
        auto text = compiled ? compiled->render(roots) : std::unexpected(compiled.error());
        return text ? "→ " + *text : "✗ " + text.error().message;
    }
    auto compiled = Expression::compile(source);
    auto holds = compiled ? compiled->holds(roots) : std::unexpected(compiled.error());
    return holds ? (*holds ? "→ true" : "→ false") : "✗ " + holds.error().message;
}

const std::string reference = WEFT_SOURCE_DIR "/docs/templates.md";

TEST(Docs, every_example_of_the_reference_is_true) {
    const std::vector<Block> blocks = blocks_of(reference);
    ASSERT_FALSE(blocks.empty());
    ASSERT_EQ(blocks[0].kind, "json roots");
    std::string json;
    for (const std::string& line : blocks[0].lines) json += line;
    const TestRoots roots(json);
    int examples = 0;
    for (const Block& block : blocks) {
        if (!block.kind.starts_with("weft")) continue;
        ASSERT_EQ(block.lines.size() % 2, 0u);
        for (std::size_t i = 0; i < block.lines.size(); i += 2, ++examples)
            EXPECT_EQ(outcome(block.kind, block.lines[i], roots.view()), block.lines[i + 1])
                << block.lines[i];
    }
    EXPECT_GT(examples, 35);
}

TEST(Docs, every_word_of_the_language_has_an_example) {
    std::string examples;
    for (const Block& block : blocks_of(reference))
        if (block.kind.starts_with("weft"))
            for (const std::string& line : block.lines)
                if (!line.starts_with("→") && !line.starts_with("✗")) examples += line + "\n";
    for (const std::string_view word :
         {"| default(", "| upper",   "| lower", "| trim", "| length", "| first",
          "| last",     "| join",    "| json",  "| date", "| round",  "| truncate",
          " == ",       " != ",      " < ",     " <= ",   " > ",      " in ",
          " contains ", " matches ", " and ",   " or ",   "not ",     "goal",
          "inputs",     "agents",    "trigger", "files",  "now"})
        EXPECT_NE(examples.find(word), examples.npos) << word;
}

TEST(Docs, limits_are_those_of_the_header) {
    std::ifstream in(reference);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    for (const std::size_t limit :
         {source_bytes_max, text_bytes_max, pattern_bytes_max, static_cast<std::size_t>(steps_max),
          static_cast<std::size_t>(nesting_max),
          static_cast<std::size_t>(pattern_instructions_max)})
        EXPECT_NE(text.find(fmt::format(" {}", limit)), text.npos) << limit;
}

} // namespace
} // namespace weft::expr
