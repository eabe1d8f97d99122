#include "http/message.h"

#include <gtest/gtest.h>

namespace weft::http {

TEST(Headers, compare_without_case_and_keep_order) {
    Headers headers{{{"Accept", "a"}, {"X-One", "1"}, {"accept", "b"}}};
    ASSERT_NE(headers.find("ACCEPT"), nullptr);
    EXPECT_EQ(*headers.find("ACCEPT"), "a");
    EXPECT_EQ(headers.find("accep"), nullptr);
    headers.set("accept", "c");
    headers.set("x-two", "2");
    const std::vector<std::pair<std::string, std::string>> expected{
        {"Accept", "c"}, {"X-One", "1"}, {"x-two", "2"}};
    EXPECT_EQ(headers.fields, expected);
}

TEST(Percent, decodes_and_refuses) {
    struct Case {
        std::string_view text;
        bool plus_is_space;
        std::optional<std::string> decoded;
    };
    const Case cases[] = {
        {"a%2Fb", false, "a/b"},
        {"a+b", true, "a b"},
        {"a+b", false, "a+b"},
        {"%c3%A9", false, "\u00e9"},
        {"", true, ""},
        {"%", false, std::nullopt},
        {"%4", false, std::nullopt},
        {"a%4", false, std::nullopt},
        {"%zz", false, std::nullopt},
        {"%ff", false, std::nullopt},
        {"%c3", false, std::nullopt},
        {"%2541", false, "%41"},
    };
    for (const Case& each : cases) {
        const auto decoded = percent_decode(each.text, each.plus_is_space);
        EXPECT_EQ(decoded.has_value(), each.decoded.has_value()) << each.text;
        if (decoded && each.decoded) EXPECT_EQ(*decoded, *each.decoded) << each.text;
        if (!decoded) EXPECT_EQ(decoded.error().code, Code::malformed);
    }
    EXPECT_EQ(percent_encode("a b/\u00e9~"), "a%20b%2F%C3%A9~");
}

TEST(Query, pairs_in_order) {
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(parse_query("").value(), Pairs{});
    EXPECT_EQ(
        parse_query("a=1&b=x+y&a=%26&&c&d=&=e&f=g=h").value(),
        (Pairs{
            {"a", "1"}, {"b", "x y"}, {"a", "&"}, {"c", ""}, {"d", ""}, {"", "e"}, {"f", "g=h"}}));
    EXPECT_FALSE(parse_query("a=%"));
    EXPECT_FALSE(parse_query("%f=1"));
}

} // namespace weft::http
