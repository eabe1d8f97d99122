#include "json/schema.h"

#include <gtest/gtest.h>

namespace weft {
namespace {

struct Row {
    const char* schema;
    const char* value;
    const char* fault; ///< "" = fits
};

TEST(Schema, checks_what_models_are_asked_for) {
    const char* order = R"({"type":"object","properties":{"code":{"type":"string","minLength":2},
        "rows":{"type":"array","minItems":1,"items":{"type":"object",
        "properties":{"n":{"type":"integer","minimum":1}},"required":["n"]}}},
        "required":["code"],"additionalProperties":false})";
    const char* tree = R"({"type":"object","properties":{"name":{"type":"string"},
        "children":{"type":"array","items":{"$ref":"#"}}},"required":["name"]})";
    const Row rows[] = {
        {order, R"({"code":"ab","rows":[{"n":1},{"n":2.0}]})", ""},
        {order, R"({"rows":[]})", "code is missing; rows must have at least 1 elements, not 0."},
        {order, R"({"code":"a","rows":[{"n":1},{"n":0},{}]})",
         "code must have at least 2 characters, not 1; rows.1.n must be at least 1; rows.2.n is "
         "missing."},
        {order, R"({"code":"ab","more":1})", "more is not a known member."},
        {order, "[]", "The whole must be of type object, not array."},
        {order, R"({"code":null})", "code must be of type string, not null."},
        {R"({"type":["string","null"]})", "null", ""},
        {R"({"type":["string","null"]})", "1",
         "The whole must be of one of the types [\"string\",\"null\"], not number."},
        {R"({"type":"integer"})", "1.5", "The whole must be of type integer, not number."},
        {R"({"type":"string","minLength":2,"maxLength":2})", "\"äö\"", ""},
        {R"({"enum":["a",1]})", "\"a\"", ""},
        {R"({"enum":["a",1]})", "\"b\"", "The whole must be one of [\"a\",1]."},
        {R"({"const":3})", "4", "The whole must be 3."},
        {R"({"pattern":"^[A-Z]{2}$"})", "\"AB\"", ""},
        {R"({"pattern":"^[A-Z]{2}$"})", "\"ABC\"", "The whole must match \"^[A-Z]{2}$\"."},
        {"{\"pattern\":\"(?=x)\"}", "\"ABC\"",
         "The whole cannot be checked: \"(?=x)\" is no expression of RE2."},
        {R"({"minimum":1,"exclusiveMaximum":2})", "2", "The whole must be less than 2."},
        {R"({"multipleOf":0.1})", "0.3", ""},
        {R"({"multipleOf":2})", "3", "The whole must be a multiple of 2."},
        {R"({"additionalProperties":{"type":"number"}})", R"({"x":"y"})",
         "x must be of type number, not string."},
        {R"({"anyOf":[{"type":"string"},{"minimum":5}]})", "7", ""},
        {R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "3",
         "The whole fits none of the 2 forms that are allowed."},
        {R"({"oneOf":[{"minimum":1},{"minimum":5}]})", "7",
         "The whole must fit exactly one of the 2 forms that are allowed."},
        {R"({"allOf":[{"minimum":1},{"maximum":5}]})", "7", "The whole must be at most 5."},
        {tree, R"({"name":"a","children":[{"name":"b","children":[{"name":"c"}]}]})", ""},
        {tree, R"({"name":"a","children":[{"name":"b","children":[{}]}]})",
         "children.0.children.0.name is missing."},
        {R"({"$defs":{"x":{"type":"number"}},"properties":{"a":{"$ref":"#/$defs/x"}}})",
         R"({"a":"b"})", "a must be of type number, not string."},
        {R"({"$ref":"#/$defs/none"})", "1",
         "The whole cannot be checked: the schema refers to \"#/$defs/none\", which it does not "
         "have."},
        {R"({"$ref":"https://example.com/schema"})", "1",
         "The whole cannot be checked: the schema refers to \"https://example.com/schema\", which "
         "it does not have."},
        {R"({"$ref":"#"})", "1",
         "The whole cannot be checked: the schema refers to itself too often."},
        {R"({"properties":{"a":false}})", R"({"a":1})", "a is not allowed here."},
        {R"({"format":"email","x":1})", "\"no\"", ""},
        {"{}", "[1,{}]", ""},
    };
    for (const Row& row : rows) {
        const auto schema = parse_json(row.schema).value();
        const auto checked = check_against(schema.as_object(), parse_json(row.value).value());
        EXPECT_EQ(checked ? "" : checked.error().message, row.fault)
            << row.schema << " " << row.value;
    }
}

TEST(Schema, work_is_bounded) {
    const auto schema = parse_json(R"({"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},
        {"$ref":"#/$defs/a"},{"type":"null"}]}},"$ref":"#/$defs/a"})")
                            .value();
    const auto checked = check_against(schema.as_object(), json::value(1));
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message.find("cannot be checked"), std::string::npos);

    json::array many(100, json::value("x"));
    const auto numbers = parse_json(R"({"items":{"type":"number"}})").value();
    const auto faults = check_against(numbers.as_object(), many);
    ASSERT_FALSE(faults);
    EXPECT_EQ(faults.error().fields.size(), 20);
}

} // namespace
} // namespace weft
