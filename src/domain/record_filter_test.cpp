#include "domain/record_filter.h"

#include "domain/testing.h"

#include <gtest/gtest.h>

namespace weft {

namespace {

const Table& things() {
    static const Table table = table_from_json(js(R"({"table_name":"t","columns":[{"column_id":"s"},
            {"column_id":"n","column_type":"Number"},{"column_id":"b","column_type":"Boolean"},
            {"column_id":"d","column_type":"Date"},{"column_id":"a","column_type":"Array"},
            {"column_id":"o","column_type":"Object"}]})"),
                                               "")
                                   .value();
    return table;
}

/// "yes", "no" or the fault.
std::string asked(const RecordFilter& filter, const std::string& record) {
    if (filter.empty()) return "yes";
    const auto matcher = RecordMatcher::from_text(to_text(filter)).value();
    return matcher->matches(js(record).as_object(), "0123456789abcdef01234567", 2'000'000,
                            3'500'000)
               ? "yes"
               : "no";
}

} // namespace

TEST(RecordFilter, conditions_as_a_table) {
    struct Case {
        const char* condition; ///< {field, operator, value}
        const char* record;
        const char* expected;
    };
    const Case cases[] = {
        {R"({"field":"s","operator":"eq","value":"x"})", R"({"s":"x"})", "yes"},
        {R"({"field":"s","value":"x"})", R"({"s":"X"})", "no"},
        {R"({"field":"s","op":"!=","value":"x"})", R"({})", "yes"},
        {R"({"field":"s","op":"eq","value":null})", R"({})", "yes"},
        {R"({"field":"s","op":"eq","value":null})", R"({"s":""})", "no"},
        {R"({"field":"n","op":"eq","value":1})", R"({"n":1.0})", "yes"},
        {R"({"field":"n","op":"$gt","value":"1.5"})", R"({"n":2})", "yes"},
        {R"({"field":"n","op":">=","value":2})", R"({"n":2})", "yes"},
        {R"({"field":"n","op":"lt","value":2})", R"({"n":2})", "no"},
        {R"({"field":"n","op":"lte","value":2})", R"({})", "no"},
        {R"({"field":"n","op":"in","value":[1,"3"]})", R"({"n":3})", "yes"},
        {R"({"field":"n","op":"nin","value":[1,3]})", R"({"n":2})", "yes"},
        {R"({"field":"b","op":"eq","value":"true"})", R"({"b":true})", "yes"},
        {R"({"field":"d","op":"eq","value":"1970-01-02"})", R"({"d":86400})", "yes"},
        {R"({"field":"d","op":"gt","value":"1970-01-01T01:00:00+01:00"})", R"({"d":0})", "no"},
        {R"({"field":"d","op":"lt","value":"1970-01-01T00:00:01.5Z"})",
         R"({"d":"1970-01-01 00:00:01"})", "yes"},
        {R"({"field":"s","op":"contains","value":"GRÖSS"})", R"({"s":"die größse"})", "no"},
        {R"({"field":"s","op":"contains","value":"GRÖß"})", R"({"s":"die größe"})", "yes"},
        {R"({"field":"s","op":"contains","value":"a.c"})", R"({"s":"abc"})", "no"},
        {R"({"field":"s","op":"not_contains","value":"b"})", R"({"s":"abc"})", "no"},
        {R"({"field":"s","op":"starts_with","value":"AB"})", R"({"s":"abc"})", "yes"},
        {R"({"field":"s","op":"ends_with","value":"bc"})", R"({"s":"abcd"})", "no"},
        {R"({"field":"a","op":"contains","value":2})", R"({"a":[1,2]})", "yes"},
        {R"({"field":"a","op":"contains","value":"x"})", R"({"a":["ax"]})", "yes"},
        {R"({"field":"s","op":"exists"})", R"({"s":null})", "no"},
        {R"({"field":"s","op":"exists","value":false})", R"({})", "yes"},
        {R"({"field":"_id","op":"starts_with","value":"0123"})", R"({})", "yes"},
        {R"({"field":"created_at","op":"lte","value":2})", R"({})", "yes"},
        {R"({"field":"updated_at","op":"gt","value":"1970-01-01T00:00:03Z"})", R"({})", "yes"},
        {R"({"field":"x","value":1})", "{}", "at.field: is not a column of this table: x"},
        {R"({"field":7,"value":1})", "{}", "at.field: must be a text"},
        {R"({"field":"n","value":"many"})", "{}", "at.value: must be a number, not string"},
        {R"({"field":"d","value":"soon"})", "{}", "at.value: must be a date such as"},
        {R"({"field":"n","op":"in","value":3})", "{}", "at.value: must be an array of at most"},
        {R"({"field":"n","op":"in","value":["x"]})", "{}", "at.value.0: must be a number"},
        {R"({"field":"n","op":"near","value":3})", "{}", "at.op: must be one of eq, ne"},
        {R"({"field":"n","operator":3,"value":3})", "{}", "at.operator: must be one of"},
        {R"(7)", "{}", "at: must be an object, not number"},
    };
    for (const Case& each : cases) {
        const auto condition = condition_from_json(things(), js(each.condition), "at");
        const std::string answer =
            condition ? asked({{}, {*condition}}, each.record) : condition.error().message;
        EXPECT_TRUE(answer.starts_with(each.expected)) << each.condition << each.record << answer;
    }
}

TEST(RecordFilter, an_object_means_equality_choice_or_comparison) {
    struct Case {
        const char* filters;
        const char* record;
        const char* expected;
    };
    const Case cases[] = {
        {"{}", "{}", "yes"},
        {R"({"n":1,"s":"x"})", R"({"n":1,"s":"x"})", "yes"},
        {R"({"n":1,"s":"x"})", R"({"n":1,"s":"y"})", "no"},
        {R"({"n":[1,2]})", R"({"n":2})", "yes"},
        {R"({"a":[1,2]})", R"({"a":[1,2]})", "yes"},
        {R"({"n":{"$gt":1,"lt":3}})", R"({"n":2})", "yes"},
        {R"({"n":{"$gt":1,"lt":3}})", R"({"n":3})", "no"},
        {R"({"n":{"about":1}})", "{}", "filters.n.about: must be one of"},
        {R"({"q":1})", "{}", "filters.q: is not a column"},
    };
    for (const Case& each : cases) {
        const auto conditions =
            conditions_from_object(things(), js(each.filters).as_object(), "filters");
        const std::string answer =
            conditions ? asked({{}, *conditions}, each.record) : conditions.error().message;
        EXPECT_TRUE(answer.starts_with(each.expected)) << each.filters << each.record << answer;
    }
}

TEST(RecordFilter, each_word_stands_in_some_text) {
    const auto all = [](const char* query, const char* record) {
        return asked({words_of(query), {}}, record);
    };
    EXPECT_EQ(all("  ", "{}"), "yes");
    EXPECT_EQ(all("WORLD hello", R"({"s":"hello","o":"x","a":["the world"]})"), "yes");
    EXPECT_EQ(all("hello moon", R"({"s":"hello","a":["the world"]})"), "no");
    EXPECT_EQ(all("1", R"({"n":1})"), "no"); // a number is no text
}

} // namespace weft
