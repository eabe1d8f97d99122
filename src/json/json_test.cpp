#include "json/json.h"

#include "json/text_writer.h"

#include <limits>

#include <gtest/gtest.h>

namespace weft {

TEST(Json, refuses_what_is_not_json_and_says_where) {
    for (const char* bad : {"", "{", "[1,]", "{\"a\":1}x", "\"\xff\"", "nul", "01"}) {
        const auto parsed = parse_json(bad);
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code, Code::malformed);
        EXPECT_NE(parsed.error().message.find("at byte"), std::string::npos);
    }
    EXPECT_FALSE(
        parse_json(std::string(json_depth_max + 1, '[') + std::string(json_depth_max + 1, ']')));
}

TEST(Json, refuses_numbers_that_it_could_not_hold) {
    const std::string digits(400, '9');
    for (const std::string& bad :
         {std::string("1e999"), "[-" + digits + "]", R"({"a":[{"b":1e309}]})" + std::string()}) {
        const auto parsed = parse_json(bad);
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code, Code::malformed);
    }
    EXPECT_EQ(parse_json("1e-999").value(), json::value(0.0));
    EXPECT_EQ(parse_json("1e308").value(), json::value(1e308));
}

TEST(Json, reads_doubles_to_the_last_place) {
    const std::pair<const char*, double> rows[] = {
        {"0.30000000000000004", 0.30000000000000004},
        {"1234567890123456789012345690", 1234567890123456789012345690.0},
        {"123456789012345678e-40", 123456789012345678e-40},
        {"9007199254740993.0", 9007199254740993.0},
        {"5e-324", 5e-324},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"6.02214076e23", 6.02214076e23},
    };
    for (const auto& [text, number] : rows) {
        EXPECT_EQ(parse_json(text).value().as_double(), number) << text;
        EXPECT_EQ(parse_json(std::string("[-") + text + "]").value().at(0).as_double(), -number);
    }
}

TEST(Json, lenient_member_access) {
    const auto value = parse_json(R"({"n":3,"whole":4.0,"part":4.5,"s":"x","b":true})").value();
    EXPECT_EQ(int_or(value, "n"), 3);
    EXPECT_EQ(int_or(value, "whole"), 4);
    EXPECT_EQ(int_or(value, "part", -1), -1);
    EXPECT_EQ(int_or(value, "s", -1), -1);
    EXPECT_EQ(text_or(value, "s"), "x");
    EXPECT_EQ(text_or(value, "n", "none"), "none");
    EXPECT_TRUE(bool_or(value, "b"));
    EXPECT_EQ(double_or(value, "part"), 4.5);
}

// Wherever they stand among bytes that need none, and those of other languages beside them.
TEST(Json, escapes_what_must_be_escaped_and_nothing_else) {
    struct Case {
        char byte;
        const char* written;
    };
    for (const char* plain :
         {"abcdefghijklmnopqrstuvwxyz", "äöüÄÖÜßéèêëáàâ", "\x7f!#[]^~ ,:{}'/<>&"})
        for (const auto& [byte, written] : {Case{'"', "\\\""},
                                            {'\\', "\\\\"},
                                            {'\n', "\\n"},
                                            {'\x1f', "\\u001f"},
                                            {'\0', "\\u0000"}})
            for (std::size_t at = 0; at <= std::strlen(plain); ++at) {
                if ((plain[at] & 0xC0) == 0x80) continue; // in the middle of a character
                std::string text(plain);
                text.insert(at, 1, byte);
                std::string expected(plain);
                expected.insert(at, written);
                EXPECT_EQ(to_text(json::value(text + byte)), '"' + expected + written + '"');
            }
}

TEST(Json, writes_what_reads_back_the_same) {
    for (const char* text : {"null", "true", "-7", "18446744073709551615", "1795473140.112811",
                             "0.1", "5.0", "1e+300", "[]", "{}", R"({"a":[1,{"b":"x"}],"c":""})",
                             R"("quote \" back \\ tab \t line \n unit \u001f ünïcode")"}) {
        const json::value value = parse_json(text).value();
        EXPECT_EQ(to_text(value), text);
        EXPECT_EQ(parse_json(to_text(value)).value(), value);
    }
    EXPECT_EQ(to_text(json::value(std::numeric_limits<double>::infinity())), "null");
    EXPECT_EQ(to_text(json::value("a\xff\xe2\x82 \xe2\x82\xac\xc0")),
              "\"a\ufffd\ufffd\ufffd \u20ac\ufffd\"");
}

TEST(Json, text_is_written_without_a_tree_as_from_one) {
    const json::value tree = parse_json(R"({"x":[1,{"y":"z"}]})").value();
    TextWriter to;
    to.begin_object();
    to.member("text", "a \"b\"");
    to.member("string", std::string("c"));
    to.member("whole", 3);
    to.member("least", std::numeric_limits<std::int64_t>::min());
    to.member("real", 0.5);
    to.member("yes", true);
    to.member("none", nullptr);
    to.name("empty");
    to.begin_object();
    to.end_object();
    to.name("list");
    to.begin_array();
    to.value(1);
    to.begin_array();
    to.end_array();
    to.value(tree);
    to.value(tree.as_object());
    to.end_array();
    to.member("last", false);
    to.end_object();
    const std::string text = to.finish();
    EXPECT_EQ(text, R"({"text":"a \"b\"","string":"c","whole":3,"least":-9223372036854775808,)"
                    R"("real":0.5,"yes":true,"none":null,"empty":{},)"
                    R"("list":[1,[],{"x":[1,{"y":"z"}]},{"x":[1,{"y":"z"}]}],"last":false})");
    EXPECT_EQ(to_text(parse_json(text).value()), text);
}

} // namespace weft
