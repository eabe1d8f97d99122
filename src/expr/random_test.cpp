#include "expr/expr.h"
#include "expr/test_roots.h"
#include "expr/text.h"

#include <random>

#include <gtest/gtest.h>

/// Templates made at random from the grammar, and broken ones made from those: seeded and bounded,
/// part of the ordinary run (and so of the one under sanitizers). WEFT_TEST_SEED and
/// WEFT_TEST_ROUNDS make a longer one.
namespace weft::expr {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Writes what the grammar of docs/templates.md can make; each function is one rule.
class Writer {
public:
    explicit Writer(std::uint64_t seed) : random_(seed) {}

    std::string text() {
        std::string out;
        for (std::size_t i = below(5); i > 0; --i) {
            switch (below(4)) {
            case 0: out += pick({"some text ", "}} ", "{ ", "é😀 ", "\n", "\"'| "}); break;
            case 1: out += "{{{{ "; break;
            default: out += "{{" + blank() + expression(0) + blank() + "}}";
            }
        }
        return out;
    }

    std::string expression(int depth) { return chain(" or ", depth, &Writer::all_of); }
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }

private:
    std::string all_of(int depth) { return chain(" and ", depth, &Writer::negation); }
    std::string chain(std::string_view word, int depth, std::string (Writer::*part)(int)) {
        std::string out = (this->*part)(depth);
        while (below(5) == 0) out.append(word) += (this->*part)(depth);
        return out;
    }
    std::string negation(int depth) { return (below(6) == 0 ? "not " : "") + compared(depth); }
    std::string compared(int depth) {
        std::string left = pipe(depth);
        if (below(2) == 0) return left;
        std::string op = pick({"==", "!=", "<", "<=", ">", ">=", "in", "contains", "matches"});
        if (op == "matches")
            return left + " matches " +
                   pick({"\"^a.*\"", "'(?i)[a-z]+$'", "\"\\\\d{1,3}\"", "text", "goal"});
        return left + " " + op + " " + pipe(depth);
    }
    std::string pipe(int depth) {
        std::string out = atom(depth);
        while (below(3) == 0) out += blank() + "|" + blank() + filter();
        return out;
    }
    std::string filter() {
        switch (below(6)) {
        case 0: return "default(" + literal() + ")";
        case 1: return "join(" + string() + ")";
        case 2: return pick({"date", "date(\"%Y-%m-%d %H:%M:%S %j %a %b %s %%\")"});
        case 3: return "round(" + std::to_string(below(16)) + ")";
        case 4:
            return "truncate(" + std::to_string(below(20)) + (below(2) ? ", " + string() : "") +
                   ")";
        default:
            return pick(
                {"upper", "lower", "trim", "length", "first", "last", "join", "json", "round"});
        }
    }
    std::string atom(int depth) {
        if (depth < 6 && below(5) == 0) return "(" + expression(depth + 1) + ")";
        return below(3) == 0 ? literal() : path();
    }
    std::string literal() {
        switch (below(4)) {
        case 0: return string();
        case 1:
            return pick(
                {"0", "1", "-1", "2.5", "-0.001", "1e10", "9223372036854775807", "1.7e308"});
        default: return below(2) ? string() : pick({"true", "false", "null"});
        }
    }
    std::string string() {
        return pick({"\"\"", "'a'", "\"é😀\\n\\\"\"", "\"\\u00e9\\ud83d\\ude00\"", "'}}'",
                     "\"2026-01-31\"", "' x '", "\"{{\""});
    }
    std::string path() {
        std::string out = pick({"goal", "inputs", "agents", "trigger", "files", "now", "text",
                                "list", "deep", "number", "yes", "no_such", "größe"});
        while (below(2) == 0)
            out +=
                pick({".text", ".data", "[0]", "[-1]", "[7]", ".a", "[\"odd name\"]", "['One']",
                      ".One", ".list", ".deep", "[9223372036854775807]", "[-9223372036854775807]"});
        return out;
    }
    std::string blank() { return pick({"", " ", "\n", " \t"}); }
    std::string pick(std::initializer_list<std::string_view> from) {
        return std::string(from.begin()[below(from.size())]);
    }

    std::mt19937_64 random_;
};

const TestRoots& roots() {
    static const TestRoots out(R"({"goal": "Do it é", "trigger": {"a": 1}, "now": 1769860845,
        "inputs": {"text": "some 12 Text é😀", "list": ["b", "a", 3, null, true, ["x"], {"a": 1}],
                   "number": 2.5, "yes": true, "größe": "a",
                   "deep": {"a": {"list": [1, 2], "deep": {"a": "2026-01-31T10:00:00Z"}},
                            "odd name": -1}},
        "agents": [{"id": "65a000000000000000000001", "title": "One", "text": "first",
                    "data": {"a": [1], "list": []}}],
        "files": [{"_id": "65f000000000000000000001", "name": "notes.txt"}]})");
    return out;
}

/// What must hold for any result whatever.
void check(const Result<std::string>& out, const std::string& source) {
    if (out) {
        ASSERT_LE(out->size(), text_bytes_max) << source;
    } else {
        ASSERT_EQ(out.error().code, Code::invalid) << source;
        ASSERT_TRUE(out.error().message.starts_with("Line ") && out.error().message.ends_with('.'))
            << source << "\n"
            << out.error().message;
    }
}

TEST(Random, what_the_grammar_makes_compiles_and_ends) {
    Writer writer(setting("WEFT_TEST_SEED", 1));
    std::size_t printed = 0;
    const std::size_t rounds = setting("WEFT_TEST_ROUNDS", 20'000);
    for (std::size_t round = 0; round < rounds; ++round) {
        const std::string source = writer.text();
        const auto compiled = Template::compile(source);
        ASSERT_TRUE(compiled) << source << "\n" << compiled.error().message;
        const auto first = compiled->render(roots().view());
        check(first, source);
        const auto second = compiled->render(roots().view());
        ASSERT_EQ(first.has_value(), second.has_value());
        if (first) ASSERT_EQ(*first, *second) << source;
        printed += first.has_value();
    }
    EXPECT_GT(printed, rounds / 20) << "the generator makes too few templates that print";
}

TEST(Random, broken_templates_fail_with_a_place) {
    const std::uint64_t seed = setting("WEFT_TEST_SEED", 1);
    Writer writer(seed);
    std::mt19937_64 random(seed + 1);
    constexpr std::string_view bytes = "{}()[]|.,\"'\\<>=!azu0189-_ \n\xC3\xFF\x00";
    for (std::size_t round = 0; round < setting("WEFT_TEST_ROUNDS", 20'000); ++round) {
        std::string source = writer.text() + "{{" + writer.expression(0) + "}}";
        for (std::size_t change = 0; change <= round % 4; ++change) {
            const std::size_t at = random() % source.size();
            switch (random() % 3) {
            case 0: source[at] = bytes[random() % bytes.size()]; break;
            case 1: source.insert(at, 1, bytes[random() % bytes.size()]); break;
            default: source.erase(at, 1 + random() % 3);
            }
            if (source.empty()) source = " ";
        }
        is_expression(source);
        if (const auto expression = Expression::compile(source)) [[maybe_unused]]
            const auto held = expression->holds(roots().view());
        const auto compiled = Template::compile(source);
        check(compiled ? compiled->render(roots().view()) : std::unexpected(compiled.error()),
              source);
    }
}

/// Whatever a value holds comes out byte by byte.
TEST(Random, values_are_inserted_and_never_read_again) {
    Writer writer(7);
    const auto compiled = Template::compile("<{{ value }}|{{ inputs['value'] }}>");
    for (int round = 0; round < 2'000; ++round) {
        const std::string value = writer.text();
        const json::object inputs{{"value", value}};
        EXPECT_EQ(compiled->render({.inputs = &inputs}).value(), "<" + value + "|" + value + ">");
    }
}

/// Doubles of every size read back as the same number.
TEST(Random, numbers_print_so_that_they_read_back) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 20'000; ++round) {
        const auto number = std::bit_cast<double>(random());
        if (number - number != 0) continue;
        // Not through Boost.JSON, whose reader of numbers may be off by the last bit.
        const std::string text = number_text(json::value(number));
        ASSERT_EQ(std::strtod(text.c_str(), nullptr), number) << text;
        ASSERT_TRUE(parse_json(text).has_value()) << text;
    }
}

} // namespace
} // namespace weft::expr
