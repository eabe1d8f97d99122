#include "json/outline.h"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

namespace weft {

namespace {

std::string told(const Result<std::vector<JsonMember>>& members) {
    if (!members) return members.error().message;
    std::string all;
    for (const JsonMember& each : *members) all += each.name + "=" + std::string(each.value) + ";";
    return all;
}

std::string told(const Result<std::vector<std::string_view>>& items) {
    if (!items) return items.error().message;
    std::string all;
    for (const std::string_view each : *items) all += std::string(each) + ";";
    return all;
}

} // namespace

TEST(Outline, names_the_members_of_an_object_with_their_texts) {
    EXPECT_EQ(told(members_in("{}")), "");
    EXPECT_EQ(
        told(members_in(" { \"a\" : 1 , \"b\":[1, {\"c\":\"}]\\\"\"}] ,\"\\u0064\":\"x,y\"} ")),
        "a=1;b=[1, {\"c\":\"}]\\\"\"}];d=\"x,y\";");
    for (const auto& [text, why] : std::initializer_list<std::pair<const char*, const char*>>{
             {"", "not an object"},
             {"[]", "not an object"},
             {"{", "a comma is missing|name is missing"},
             {"{\"a\"", "colon is missing"},
             {"{\"a\":", "value is missing"},
             {"{\"a\":}", "value is missing"},
             {"{\"a\":[1}", "comma is missing"},
             {"{\"a\":\"x}", "ends early"},
             {"{\"a\":1", "comma is missing"},
             {"{\"a\":1,}", "comma is followed by nothing"},
             {"{\"a\":1}x", "something follows"},
             {"{\"a\":1 \"b\":2}", "comma is missing"},
             {"{\"a\":1,\"\\u0061\":2}", "two members \"a\""},
             {"{\"\xff\":1}", "valid JSON"}}) {
        const std::string message = told(members_in(text));
        const std::string_view expected = why;
        const auto bar = expected.find('|');
        EXPECT_TRUE(message.contains(expected.substr(0, bar)) ||
                    (bar != expected.npos && message.contains(expected.substr(bar + 1))))
            << text << ": " << message;
    }
}

TEST(Outline, names_the_items_of_an_array) {
    EXPECT_EQ(told(items_in("[]")), "");
    EXPECT_EQ(told(items_in("[ 1,\"a]\\\\\", {\"b\":[2]} , null ]")),
              "1;\"a]\\\\\";{\"b\":[2]};null;");
    EXPECT_TRUE(told(items_in("[1,]")).contains("comma is followed by nothing"));
    EXPECT_TRUE(told(items_in("[1")).contains("comma is missing"));
    EXPECT_TRUE(told(items_in("{}")).contains("not an array"));
}

TEST(Outline, two_members_of_one_name_are_refused_however_deep) {
    EXPECT_TRUE(parse_unambiguous(R"({"a":{"b":1},"c":[{"b":1},{"b":2}]})"));
    const auto deep =
        parse_unambiguous(R"({"a":[{"x":1,"b":{"long name":1,"\u006cong name":2}}]})");
    ASSERT_FALSE(deep);
    EXPECT_EQ(deep.error().code, Code::malformed);
    EXPECT_TRUE(deep.error().message.contains("two members \"long name\""));
    EXPECT_FALSE(parse_unambiguous("{\"a\":1"));
    EXPECT_FALSE(parse_unambiguous(std::string(1'000, '[')));
}

TEST(Outline, pretty_text_reads_well_and_means_the_same) {
    const json::value value{{"name", "Größe \"x\""},
                            {"none", json::array{}},
                            {"short", json::array{1, 2.5, nullptr, true}},
                            {"nested", json::array{{{"a", 1}, {"b", json::object{}}}}},
                            {"long", json::array{std::string(60, 'x'), std::string(60, 'y')}}};
    const std::string text = to_pretty_text(value);
    EXPECT_EQ(text, R"({
  "name": "Größe \"x\"",
  "none": [],
  "short": [1, 2.5, null, true],
  "nested": [
    {"a": 1, "b": {}}
  ],
  "long": [
    ")" + std::string(60, 'x') +
                        R"(",
    ")" + std::string(60, 'y') +
                        R"("
  ]
})");
    EXPECT_EQ(parse_json(text).value(), value);
}

} // namespace weft
