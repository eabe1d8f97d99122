#include "expr/expr.h"
#include "expr/test_roots.h"
#include "expr/text.h"

#include <fstream>

#include <clocale>
#include <cwctype>
#include <gtest/gtest.h>

namespace weft::expr {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream in(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// "= what it gives" or "! why it fails".
std::string outcome(char kind, const std::string& source, const Roots& roots) {
    if (kind == '>') {
        auto compiled = Template::compile(source);
        auto text = compiled ? compiled->render(roots) : std::unexpected(compiled.error());
        return text ? "= " + replaced(*text, "\n", "\\n") : "! " + text.error().message;
    }
    auto compiled = Expression::compile(source);
    auto value = compiled ? compiled->evaluate(roots) : std::unexpected(compiled.error());
    std::string out = "= ";
    if (!value) return "! " + value.error().message;
    EXPECT_TRUE(append_json(out, *value, text_bytes_max));
    return out;
}

TEST(Expr, cases) {
    const std::string path = WEFT_SOURCE_DIR "/src/expr/cases.txt";
    std::vector<std::string> lines = lines_of(path);
    ASSERT_GT(lines.size(), 100u);
    TestRoots roots("{}");
    std::size_t cases = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const char kind = lines[i].empty() ? ' ' : lines[i][0];
        if (kind == '@') roots = TestRoots(lines[i].substr(2));
        if (kind != '>' && kind != '?') continue;
        const std::string source =
            replaced(lines[i].substr(std::min<std::size_t>(2, lines[i].size())), "\\n", "\n");
        ++i;
        ASSERT_LT(i, lines.size());
        const std::string got = outcome(kind, source, roots.view());
        if (std::getenv("WEFT_TEST_UPDATE"))
            lines[i] = got;
        else
            EXPECT_EQ(got, lines[i]) << path << ":" << i << ": " << source;
        ++cases;
    }
    EXPECT_GT(cases, 150u);
    if (!std::getenv("WEFT_TEST_UPDATE")) return;
    std::ofstream out(path);
    for (const std::string& line : lines) out << line << "\n";
}

Result<std::string> render(std::string_view source, const Roots& roots = {}) {
    return TRY(Template::compile(source))
    .render(roots);
}

Result<bool> holds(std::string_view source, const Roots& roots = {}) {
    return TRY(Expression::compile(source))
    .holds(roots);
}

TEST(Expr, holds_takes_only_booleans) {
    EXPECT_TRUE(*holds("{{ 1 == 1 }}"));
    EXPECT_FALSE(*holds("1 == 2"));
    EXPECT_EQ(holds("{{ 1 }}").error().message,
              "Line 1, column 4: A condition is true or false; this is a number.");
    EXPECT_EQ(holds("{{ \"true\" }}").error().code, Code::invalid);
    EXPECT_FALSE(holds("null").has_value());
}

TEST(Expr, is_expression_only_when_written_wholly_so) {
    for (const std::string_view text :
         {"{{ a }}", " {{a}}\n", "{{ \"}}\" == a }}", "{{ a == 'x }}", "{{ ) }}", "{{}}"})
        EXPECT_TRUE(is_expression(text)) << text;
    for (const std::string_view text : {"", "a", "{{ a }} and {{ b }}", "{{ a }}.", "It is {{ a }}",
                                        "{{{{ a }}", "{{ a", "a }}", "{{", "{{}"})
        EXPECT_FALSE(is_expression(text)) << text;
}

TEST(Expr, names_what_it_reads) {
    const auto text = Template::compile(
        "{{ b }} {{ a.x | default(1) }} {{ inputs.b }} {{ goal }} {{ inputs['c d'] }} "
        "{{ agents.One.text }} {{ agents[\"two 2\"].data.x == agents.One.text }} {{ files }}");
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(text->variables(), (std::vector<std::string>{"b", "a", "c d"}));
    EXPECT_EQ(text->agents(), (std::vector<std::string>{"One", "two 2"}));
    EXPECT_TRUE(Expression::compile("1 == 1")->variables().empty());
}

TEST(Expr, size_of_the_source_is_limited) {
    EXPECT_TRUE(Template::compile(std::string(source_bytes_max, 'a')));
    EXPECT_EQ(Template::compile(std::string(source_bytes_max + 1, 'a')).error().message,
              "The text is longer than 65536 bytes.");
}

TEST(Expr, nesting_is_limited) {
    const auto nested = [](std::size_t levels) {
        return Expression::compile(std::string(levels, '(') + "1" + std::string(levels, ')'));
    };
    EXPECT_TRUE(nested(nesting_max));
    EXPECT_EQ(nested(nesting_max + 1).error().message,
              "Line 1, column 65: More than 64 parentheses inside each other.");
    EXPECT_FALSE(nested(source_bytes_max / 2 - 1));
}

/// Chains are as long as the source allows: they must not nest.
TEST(Expr, long_chains_do_not_exhaust_the_stack) {
    std::string all = "1 == 1";
    while (all.size() + 12 < source_bytes_max) all += " and 1 == 1";
    EXPECT_EQ(holds(all).error().message.substr(0, 7), "Line 1,");
    std::string pipes = "\"x\"";
    while (pipes.size() + 7 < source_bytes_max) pipes += "|upper";
    EXPECT_FALSE(Expression::compile(pipes)->evaluate({}).has_value());
}

TEST(Expr, steps_are_limited) {
    json::object inputs{{"list", json::array(9'000, json::value("x"))}};
    const Roots roots{.inputs = &inputs};
    EXPECT_EQ(holds("1 in list", roots).value(), false);
    EXPECT_EQ(holds("1 in list or 2 in list", roots).error().message,
              "Line 1, column 16: This takes more than 10000 steps.");
    EXPECT_EQ(render("{{ list | join('') | length }}", roots).value(), "9000");
    EXPECT_EQ(render("{{ list | join }}{{ list | join }}", roots).error().message,
              "Line 1, column 28: This takes more than 10000 steps.");
    EXPECT_EQ(holds("list == list or list == list", roots).value(), true);
    EXPECT_EQ(holds("list != list or list == list", roots).error().message,
              "Line 1, column 22: This takes more than 10000 steps.");
}

TEST(Expr, output_is_limited) {
    json::object inputs{{"half", std::string(text_bytes_max / 2, 'x')}};
    const Roots roots{.inputs = &inputs};
    EXPECT_EQ(render("{{half}}{{half}}", roots)->size(), text_bytes_max);
    EXPECT_EQ(render("{{half}}{{half}}.", roots).error().message,
              "The text is longer than 1048576 bytes.");
    EXPECT_EQ(render("{{half}}.{{half}}", roots).error().message,
              "Line 1, column 12: The text is longer than 1048576 bytes.");
    inputs["list"] = json::array{inputs["half"], inputs["half"]};
    for (const std::string_view too_long : {"{{ list | join }}", "{{ list | json }}", "{{ list }}"})
        EXPECT_FALSE(render(too_long, roots).has_value()) << too_long;
    EXPECT_FALSE(Expression::compile("list")->evaluate(roots).has_value());
    inputs["control"] = std::string(text_bytes_max / 4, '\1'); // six bytes each in JSON
    EXPECT_FALSE(render("{{ control | json }}", roots).has_value());
}

TEST(Expr, patterns_are_limited) {
    EXPECT_EQ(
        holds("\"a\" matches \"" + std::string(pattern_bytes_max + 1, 'a') + "\"").error().message,
        "Line 1, column 13: The pattern is longer than 1000 bytes.");
    EXPECT_EQ(holds("\"a\" matches \"\\\\pL{20}\"").error().message,
              "Line 1, column 13: The pattern is too large.");
    json::object inputs{{"text", std::string(4 << 20, 'a')}, {"pattern", "(a|aa)+$"}};
    const Roots roots{.inputs = &inputs};
    EXPECT_EQ(holds("text matches pattern", roots).value(), true);
    EXPECT_EQ(holds("text matches \"(x{200}|y{200}|z{200})$\"", roots).error().message,
              "Line 1, column 6: This takes more than 10000 steps.");
}

/// Bytes that are no UTF-8 can stand in a text that came from a file.
TEST(Expr, wrong_bytes_are_kept_and_counted) {
    json::object inputs{{"text", std::string("\xFF"
                                             "a\xC3")}};
    const Roots roots{.inputs = &inputs};
    EXPECT_EQ(
        render("{{ text | upper }}{{ text | length }}{{ text | truncate(1, '') }}{{ text | trim }}",
               roots)
            .value(),
        "\xFF"
        "A\xC3"
        "3\xFF\xFF"
        "a\xC3");
}

/// Against the C library's own table, wherever letters are promised to have a partner.
TEST(Text, case_agrees_with_the_c_library) {
    const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (!unicode) GTEST_SKIP() << "no C.UTF-8";
    // ß İ ı ĸ ŉ ſ µ, final sigma and what else has no partner of its own or one outside these
    // ranges.
    const std::u32string_view alone = U"µßİıĸŉſΐΰςẖẗẘẙẚẛẜẝẞẟϐϑϕϖϗϰϱϲϳϴϵϷϸϹϺϻͰͱͲͳͶͷͻͼͽͿϏӀӏ";
    for (char32_t code = 0; code < 0x1F00; ++code) {
        const bool promised = code < 0x180 || (code >= 0x370 && code < 0x3D0) ||
                              (code >= 0x400 && code < 0x530) || (code >= 0x561 && code < 0x587) ||
                              code >= 0x1E00;
        if (!promised || alone.find(code) != alone.npos) continue;
        std::string text;
        std::string big;
        std::string small;
        const auto put = [](std::string& out, char32_t c) {
            const auto text = parse_json(fmt::format("\"\\u{:04x}\"", static_cast<unsigned>(c)));
            out = std::string_view(text->get_string());
        };
        put(text, code);
        put(big, static_cast<char32_t>(towupper_l(static_cast<wint_t>(code), unicode)));
        put(small, static_cast<char32_t>(towlower_l(static_cast<wint_t>(code), unicode)));
        EXPECT_EQ(upper(text), big) << std::hex << static_cast<unsigned>(code);
        EXPECT_EQ(lower(text), small) << std::hex << static_cast<unsigned>(code);
    }
    freelocale(unicode);
}

} // namespace
} // namespace weft::expr
