#include "models/fill.h"

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weft::models {
namespace {

// fill_cases.json: {"known": what some cases take as their facts, "cases": [{name, fields, facts:
// "known" or an object, texts of documents a.txt, b.txt, …, results of earlier tools, and what is
// expected: the arguments or an error}]}.

std::vector<Document> documents_of(const json::value& row) {
    std::vector<Document> documents;
    const json::value* texts = find(row, "texts");
    if (!texts) return documents;
    for (const json::value& text : texts->as_array()) {
        const std::size_t i = documents.size();
        documents.push_back({fmt::format("{:024}", i + 1),
                             std::string(1, static_cast<char>('a' + i)) + ".txt",
                             std::string(text.as_string())});
    }
    return documents;
}

std::string filled(const json::value& row, const json::value& known) {
    Fields fields = fields_from_json(*find(row, "fields"), "fields").value();
    if (find(row, "error")) fields[0].pattern = "("; // one that would not have been saved
    const std::vector<Document> documents = documents_of(row);
    const json::value* own = find(row, "facts");
    json::value facts = own ? *own : json::object();
    if (facts.is_string()) facts = known;
    const json::value* answers = find(row, "results");
    const json::array results = answers ? answers->as_array() : json::array();
    const auto out = fill(fields, Known{facts.get_object(), documents, results});
    if (!out) return "error: " + out.error().message;
    EXPECT_TRUE(check_value(fields, *out, Unknown::refuse)) << "not what the schema says";
    return to_text(*out);
}

TEST(Fill, cases) {
    std::ifstream in(WEFT_SOURCE_DIR "/src/models/fill_cases.json");
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const json::value data = parse_json(text).value();
    for (const json::value& row : find(data, "cases")->as_array()) {
        SCOPED_TRACE(text_or(row, "name"));
        const json::value* expected = find(row, "expected");
        EXPECT_EQ(filled(row, *find(data, "known")),
                  expected ? to_text(*expected)
                           : "error: " + std::string(text_or(row, "error", "neither is expected")));
    }
}

TEST(Extract, records_of_a_text_are_limited) {
    Extractor extractor;
    EXPECT_EQ(extractor.records(std::string(records_max + 10, '#'), "#")->size(), records_max);
    EXPECT_EQ(extractor.records("a\nb\n", "(?m)^")->size(), 3u);
    EXPECT_EQ(extractor.records("", "x*")->size(), 1u);
}

} // namespace
} // namespace weft::models
