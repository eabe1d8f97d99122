#include "domain/table.h"
#include "domain/limits.h"
#include "domain/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft {

namespace {

Table entries() {
    return table_from_json(js(R"({"table_name":"Entries","columns":[
        {"column_name":"Version"},
        {"column_name":"Count","column_type":"number","default_value":1},
        {"column_name":"Done","column_type":"BOOLEAN"},
        {"column_name":"When","column_type":"Date"},
        {"column_name":"Ids","column_type":"Array","array_type":"String"},
        {"column_name":"Place","column_type":"Object","object_fields":[{"key":"zip",
            "keyType":"Number"}]},
        {"column_name":"Level","column_type":"Enum","enum_options":["low","high"]},
        {"column_name":"Attachment","column_type":"File"}]})"),
                           "")
        .value();
}

} // namespace

TEST(Columns, ids_are_derived_from_names) {
    const auto table = table_from_json(js(R"({"table_name":"T","columns":[
        {"column_name":"First name"},{"column_name":"  E-Mail (work) "},
            {"column_name":"Größe (cm)!"},
        {"column_name":"first_name"},{"column_name":"Created at"},{"column_name":"%%"},
        {"column_name":"Other","column_id":"otherThing"},{"column_id":"only_id"}]
})"),
                                       "")
                           .value();
    std::vector<std::string> ids;
    for (const Column& column : table.columns) ids.push_back(column.id);
    EXPECT_THAT(ids, testing::ElementsAre("first_name", "e_mail_work", "größe_cm", "first_name_2",
                                          "created_at_2", "column", "otherThing", "only_id"));
}

TEST(Columns, a_long_name_is_cut_between_characters) {
    std::vector<Column> columns{{.name = "a" + std::string(29, ' ') + "x"}, {.name = ""}};
    for (int i = 0; i < 40; ++i) columns[1].name += "ö";
    ASSERT_TRUE(complete_columns(columns, "columns"));
    EXPECT_EQ(columns[0].id, "a_x");
    EXPECT_EQ(columns[1].id.size(), 60U);
    EXPECT_TRUE(parse_json("\"" + columns[1].id + "\"")); // still UTF-8
}

TEST(Columns, wrong_members_are_named) {
    const std::pair<const char*, const char*> cases[] = {
        {R"(7)", "c: must be an object, not number"},
        {R"({})", "c.column_name: is missing"},
        {R"({"column_name":"a","column_type":"Money"})",
         "c.column_type: must be one of String, Number, Boolean, Date, Array, Object, Enum, File"},
        {R"({"column_name":"a","column_id":"_id"})",
         "c.column_id: must be letters, digits, _ or -, and not _id, created_at or updated_at"},
        {R"({"column_name":"a","column_id":"a\".b"})",
         "c.column_id: must be letters, digits, _ or -, and not _id, created_at or updated_at"},
        {R"({"column_name":"a","column_type":"Array","array_type":"Money"})",
         "c.array_type: is no column type"},
        {R"({"column_name":"a","column_type":"Number","default_value":"1"})",
         "c.default_value: must be a number, not string"},
        {R"({"column_name":"a","column_type":"Object","object_fields":[{"keyType":"String"}]})",
         "c.object_fields.0.key: is missing"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(faults_of(column_from_json(js(text), "c")), expected) << text;
}

TEST(Columns, round_trip) {
    const auto given =
        js(R"({"column_name":"Level","column_type":"Enum","column_id":"level","array_type":null,
        "default_value":"low","object_fields":[{"key":"k","keyType":"Number"}],
            "enum_options":["low","high"],
        "triggers":[{"a":1}]})");
    EXPECT_EQ(json::value(to_json(column_from_json(given, "").value())), given);
}

TEST(Tables, wrong_tables) {
    EXPECT_EQ(faults_of(table_from_json(js("{}"), "")), "table_name: is missing");
    EXPECT_EQ(faults_of(table_from_json(js(R"({"table_name":"t","columns":[
        {"column_name":"a"},{"column_name":"a"},{"column_name":"b","column_id":"x"},
            {"column_name":"c","column_id":"x"}]})"),
                                        "")),
              "columns.1.column_name: is there twice: a | columns.3.column_id: is there twice: x");
    json::array many;
    for (int i = 0; i < 257; ++i) many.push_back(json::object{{"column_name", std::to_string(i)}});
    EXPECT_EQ(faults_of(table_from_json(json::object{{"table_name", "t"}, {"columns", many}}, "")),
              "columns: has more than 256 items");
}

TEST(Records, checked_column_by_column) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({})", "ok"},
        {R"({"_id":"whatever","created_at":1,"updated_at":2,"version":"1"})", "ok"},
        {R"({"version":null,"count":null,"when":null})", "ok"},
        {R"({"version":"1.0-1","count":3,"done":true,"when":1745295060.5,"ids":["A-1"],
             "place":{"zip":50667,"free":"x"},"level":"high",
                 "attachment":"aaaaaaaaaaaaaaaaaaaaaaaa"})",
         "ok"},
        {R"(["a"])", "records.3: must be an object, not array"},
        {R"({"count":"3"})", "records.3.count: must be a number, not string"},
        {R"({"version":3,"done":"yes"})", "records.3.version: must be a text, not number | "
                                          "records.3.done: must be true or false, not string"},
        {R"({"when":"yesterday"})",
         "records.3.when: must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z"},
        {R"({"ids":["a",1]})", "records.3.ids.1: must be a text, not number"},
        {R"({"place":{"zip":"50667"}})", "records.3.place.zip: must be a number, not string"},
        {R"({"level":"middle"})", "records.3.level: is not one of this column's 2 options"},
        {R"({"Version":"1"})", "records.3.Version: is not a column of this table"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(faults_of(check_record(entries(), js(text), "records.3")), expected) << text;
}

TEST(Records, defaults_fill_what_is_absent_and_null_stays) {
    EXPECT_EQ(json::value(check_record(entries(), js(R"({"version":"1"})"), "").value()),
              js(R"({"version":"1","count":1})"));
    EXPECT_EQ(json::value(check_record(entries(), js(R"({"count":null})"), "").value()),
              js(R"({"count":null})"));
}

TEST(Records, size_is_limited) {
    const json::object big{{"version", std::string(limits::record_bytes_max, 'x')}};
    EXPECT_EQ(faults_of(check_record(entries(), big, "records.0")),
              "records.0: is longer than 262144 bytes");
}

TEST(Records, shape) {
    Record record{.id = *RecordId::parse("aaaaaaaaaaaaaaaaaaaaaaaa"),
                  .values = {{"version", "1"}},
                  .created_at = {1'500'000},
                  .updated_at = {2'000'000}};
    EXPECT_EQ(json::value(to_json(record)),
              js(R"({"_id":"aaaaaaaaaaaaaaaaaaaaaaaa","created_at":1.5,"updated_at":2.0,
            "version":"1"})"));
}

} // namespace weft
