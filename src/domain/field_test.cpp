#include "domain/field.h"
#include "domain/testing.h"
#include "domain/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft {

namespace {

Fields fields(std::string_view text) { return fields_from_json(js(text), "f").value(); }

const char* const entry_fields = R"([
    {"field_id":"table","type":"String","required":true},
    {"field_id":"records","type":"array","required":true,"items":[
        {"field_id":"version","type":"text","required":true},
        {"field_id":"count","type":"Number"},
        {"field_id":"when","type":"date"},
        {"field_id":"tags","type":"array"},
        {"field_id":"place","type":"object","items":[{"field_id":"city","type":"text",
            "required":true}]}]},
    {"field_id":"dry","type":"BOOL"}])";

} // namespace

TEST(Fields, wrong_members_are_named) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({})", "f: must be an array of fields, not object"},
        {R"([1])", "f.0: must be an object, not number"},
        {R"([{}])", "f.0.field_id: is missing"},
        {R"([{"field_id":""}])", "f.0.field_id: must not be empty"},
        {R"([{"field_id":"a"},{"field_id":"a"}])", "f.1.field_id: is there twice"},
        {R"([{"field_id":"a","type":"blob"}])",
         "f.0.type: must be one of text, number, boolean, date, array, object, file"},
        {R"([{"field_id":"a","required":"yes"}])",
         "f.0.required: must be true or false, not string"},
        {R"([{"field_id":"a","items":[{"field_id":7}]}])",
         "f.0.items.0.field_id: must be a text, not number"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(faults_of(fields_from_json(js(text), "f")), expected);
    EXPECT_THAT(faults_of(fields_from_json(js(R"([{"field_id":"a","pattern":"("}])"), "f")),
                testing::StartsWith("f.0.pattern: is not a regular expression that RE2 accepts"));
}

TEST(Fields, too_deep_or_too_many_is_refused) {
    std::string deep = "[]";
    for (int i = 0; i < 9; ++i) deep = R"([{"field_id":"a","items":)" + deep + "}]";
    EXPECT_THAT(faults_of(fields_from_json(js(deep), "f")), testing::HasSubstr("8 levels"));
    json::array many;
    for (int i = 0; i < 129; ++i) many.push_back(json::object{{"field_id", std::to_string(i)}});
    EXPECT_THAT(faults_of(fields_from_json(many, "f")), testing::HasSubstr("more than 128"));
}

TEST(Fields, round_trip_keeps_everything) {
    const auto given = js(R"([{"field_id":"ids","label":"Ids","type":"array","required":true,
        "description":"d","pattern":"(A)-\\d+","examples":["A-1",2],"items":[{"field_id":"x",
            "label":"",
        "type":"number","required":false,"description":""}],"split":"^=="}])");
    EXPECT_EQ(json::value(to_json(fields_from_json(given, "f").value())), given);
    // items may also be written as a schema of its own
    EXPECT_EQ(
        fields(R"([{"field_id":"a","type":"array","items":{"fields":[{"field_id":"b"}]}}])")[0]
            .items[0]
            .field_id,
        "b");
}

TEST(Fields, json_schema_is_what_a_model_is_shown) {
    EXPECT_EQ(json::value(to_json_schema(fields(entry_fields))), js(R"({
        "type":"object","properties":{
            "table":{"type":"string"},
            "records":{"type":"array","items":{"type":"object","properties":{
                "version":{"type":"string"},"count":{"type":"number"},
                "when":{"type":"string","format":"date-time"},
                "tags":{"type":"array","items":{}},
                "place":{"type":"object","properties":{"city":{"type":"string"}},
                    "required":["city"],
                         "additionalProperties":false}},
                "required":["version"],"additionalProperties":false}},
            "dry":{"type":"boolean"}},
        "required":["table","records"],"additionalProperties":false})"));
    // a pattern finds a value in a document, it does not describe it
    EXPECT_EQ(
        json::value(to_json_schema(fields(R"([{"field_id":"a","label":"L","pattern":"x"}])"))),
        js(R"({"type":"object","properties":{"a":{"type":"string","description":"L"}},
                     "required":[],"additionalProperties":false})"));
}

TEST(Fields, values_are_checked_member_by_member) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"table":"t","records":[]})", "ok"},
        {R"({"table":"t","records":[{"version":"1","count":2.5,"when":"2026-01-31","tags":[1,"x"],
             "place":{"city":"Köln"}}],"dry":false})",
         "ok"},
        {R"({"table":"t","records":[],"dry":null})", "ok"},
        {R"([])", "must be an object, not array"},
        {R"({})", "table: is missing | records: is missing"},
        {R"({"table":null,"records":[]})", "table: is missing"},
        {R"({"table":"t","records":{}})", "records: must be an array, not object"},
        {R"({"table":"t","records":[{"version":"1"},7]})",
         "records.1: must be an object, not number"},
        {R"({"table":"t","records":[{"version":"1","count":"2"}]})",
         "records.0.count: must be a number, not string"},
        {R"({"table":"t","records":[{"version":1,"place":{}}]})",
         "records.0.version: must be a text, not number | records.0.place.city: is missing"},
        {R"({"table":"t","records":[{"version":"1","when":"2026-02-30"}]})",
         "records.0.when: must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z"},
        {R"({"table":"t","records":[],"other":1})", "other: is not a known field"},
        {R"({"table":"t","records":[{"version":"1","o":1}]})", "records.0.o: is not a known field"},
    };
    const Fields schema = fields(entry_fields);
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(faults_of(check_value(schema, js(text), Unknown::refuse)), expected) << text;
    EXPECT_TRUE(check_value(schema, js(R"({"table":"t","records":[],"other":1})"), Unknown::keep));
}

TEST(Fields, faults_beyond_the_limit_are_counted) {
    json::object value{{"table", "t"}, {"records", json::array(80, json::value(1))}};
    const auto checked = check_value(fields(entry_fields), value, Unknown::refuse);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().fields.size(), 50U);
    EXPECT_EQ(checked.error().message, "records.0: must be an object, not number (and 79 more)");
}

TEST(Values, dates_of_the_calendar) {
    for (const char* good : {"2026-01-31", "2024-02-29", "2026-01-31T12:00", "2026-01-31 12:00:59",
                             "2026-01-31T12:00:00.123456Z", "2026-01-31T23:59:59+02:00"})
        EXPECT_TRUE(is_iso8601(good)) << good;
    for (const char* bad :
         {"", "2026", "2026-13-01", "2026-02-29", "2026-1-1", "31.01.2026", "2026-01-31T",
          "2026-01-31T24:00", "2026-01-31T12:00:60", "2026-01-31T12:00:00.", "2026-01-31T12",
          "2026-01-31T12:00:00+0200", "2026-01-31Z", "2026-01-31T12:00:00Zx", "0000-01-01"})
        EXPECT_FALSE(is_iso8601(bad)) << bad;
}

} // namespace weft
