#include "domain/flow_diff.h"

#include <gtest/gtest.h>

namespace weft {

namespace {

std::string diff(std::string_view before, std::string_view after) {
    std::string text;
    for (const FlowChange& each : changes_between(parse_json(before).value().as_object(),
                                                  parse_json(after).value().as_object()))
        text += fmt::format("{} {} {} {}\n", to_text(each.what), each.path, to_text(each.before),
                            to_text(each.after));
    return text;
}

} // namespace

TEST(FlowDiff, members_at_any_depth) {
    EXPECT_EQ(diff(R"({"name":"A","cron":{"n":1,"old":true}})",
                   R"({"name":"B","cron":{"n":1,"new":[1]},"role":"R"})"),
              "changed name \"A\" \"B\"\n"
              "removed cron.old true null\n"
              "added cron.new null [1]\n"
              "added role null \"R\"\n");
    EXPECT_EQ(diff(R"({"list":[1,2],"was":{"a":1}})", R"({"list":[2,1],"was":null})"),
              "changed list [1,2] [2,1]\n"
              "changed was {\"a\":1} null\n");
}

TEST(FlowDiff, nothing_differs_and_what_belongs_to_the_server_is_not_looked_at) {
    EXPECT_EQ(diff(R"({"_id":"1","updated_at":1.5,"name":"A","agents":[]})",
                   R"({"_id":"1","updated_at":2.5,"name":"A","agents":[]})"),
              "");
}

TEST(FlowDiff, agents_are_the_same_wherever_they_stand) {
    const char* writer = R"({"_id":"a","title":"Writer","prompt":{"template":"one"}})";
    const char* reader = R"({"_id":"b","title":"Reader"})";
    const auto flow = [](std::string agents) { return R"({"agents":[)" + agents + "]}"; };
    EXPECT_EQ(diff(flow(fmt::format("{},{}", writer, reader)),
                   flow(fmt::format("{},{}", reader, writer))),
              "moved agents null null\n");
    EXPECT_EQ(diff(flow(fmt::format("{},{}", writer, reader)),
                   flow(R"({"_id":"a","title":"Author","prompt":{"template":"two"}},)"
                        R"({"_id":"c","title":"Judge"})")),
              "changed agents[Writer].title \"Writer\" \"Author\"\n"
              "changed agents[Writer].prompt.template \"one\" \"two\"\n"
              "removed agents[Reader] {\"_id\":\"b\",\"title\":\"Reader\"} null\n"
              "added agents[Judge] null {\"_id\":\"c\",\"title\":\"Judge\"}\n");
    EXPECT_EQ(diff(flow(reader), R"({"agents":[7]})"),
              "changed agents [{\"_id\":\"b\",\"title\":\"Reader\"}] [7]\n");
}

} // namespace weft
