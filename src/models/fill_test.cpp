#include "models/fill.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weft::models {
namespace {

struct Case {
    const char* name;
    const char* fields;
    const char* expected; ///< the arguments, or "!" and the error
    const char* facts = "{}";
    std::vector<const char*> texts = {}; ///< of documents a.txt, b.txt, …
    const char* results = "[]";
};

// What earlier agents and the caller left, for the cases by name.
constexpr const char* known = R"j({
    "goal": "Write to ada@example.org by 2026-02-01",
    "inputs": {"Table ID": "t1", "limit": 5, "urgent": true, "due": "2026-02-01", "as_text": "7", "nothing": null,
               "to": ["ada", "bob"]},
    "agents": {
        "First": {"text": "one", "data": {"tables_list": {"total_count": 9, "records": [{"name": "n1", "score": 1}, {"name": "n2"}]}}},
        "Summary": {"text": "two", "data": {"files_read": {"content": "page", "meta": {"deep_value": 4}, "total_count": 10}}}},
    "files": [{"_id": "65f000000000000000000001", "name": "a.txt"}, {"_id": "65f000000000000000000002", "name": "b.txt"}]})j";

const Case cases[] = {
    // --- by name: case, underscores, hyphens and blanks do not count, the type does
    {"an input", R"j([{"field_id": "table_id"}])j", R"j({"table_id": "t1"})j", known},
    {"the name in another style", R"j([{"field_id": "TableId"}])j", R"j({"TableId": "t1"})j",
     known},
    {"by label", R"j([{"field_id": "x", "label": "Table-ID"}])j", R"j({"x": "t1"})j", known},
    {"a number", R"j([{"field_id": "limit", "type": "number"}])j", R"j({"limit": 5})j", known},
    {"a boolean", R"j([{"field_id": "urgent", "type": "boolean"}])j", R"j({"urgent": true})j",
     known},
    {"a date", R"j([{"field_id": "due", "type": "date"}])j", R"j({"due": "2026-02-01"})j", known},
    {"an array", R"j([{"field_id": "to", "type": "array"}])j", R"j({"to": ["ada", "bob"]})j",
     known},
    {"a string is no number", R"j([{"field_id": "as_text", "type": "number"}])j", R"j({})j", known},
    {"a number is no text", R"j([{"field_id": "limit"}])j", R"j({})j", known},
    {"null is nothing", R"j([{"field_id": "nothing"}])j", R"j({})j", known},
    {"the goal", R"j([{"field_id": "goal"}])j",
     R"j({"goal": "Write to ada@example.org by 2026-02-01"})j", known},
    {"deep in an agent's data", R"j([{"field_id": "deepValue", "type": "number"}])j",
     R"j({"deepValue": 4})j", known},
    {"of two agents the later", R"j([{"field_id": "total_count", "type": "number"}])j",
     R"j({"total_count": 10})j", known},
    {"an agent's title", R"j([{"field_id": "summary"}])j", R"j({"summary": "two"})j", known},
    {"a tool's answer before agents",
     R"j([{"field_id": "total_count", "type": "number"}])j",
     R"j({"total_count": 1})j",
     known,
     {},
     R"j([{"total_count": 0}, {"total_count": 1}])j"},
    {"an input before a tool's answer",
     R"j([{"field_id": "limit", "type": "number"}])j",
     R"j({"limit": 5})j",
     known,
     {},
     R"j([{"limit": 6}])j"},
    {"the first record of a list", R"j([{"field_id": "score", "type": "number"}])j",
     R"j({"score": 1})j", known},
    // --- by what a name says
    {"a file by its type", R"j([{"field_id": "attachment", "type": "file"}])j",
     R"j({"attachment": "65f000000000000000000001"})j", known},
    {"a file by its name", R"j([{"field_id": "file_id"}, {"field_id": "file_name"}])j",
     R"j({"file_id": "65f000000000000000000001", "file_name": "a.txt"})j", known},
    {"all files", R"j([{"field_id": "files", "type": "array"}])j",
     R"j({"files": [{"_id": "65f000000000000000000001", "name": "a.txt"}, {"_id": "65f000000000000000000002", "name": "b.txt"}]})j",
     known},
    {"all files' ids", R"j([{"field_id": "file_ids", "type": "array"}])j",
     R"j({"file_ids": ["65f000000000000000000001", "65f000000000000000000002"]})j", known},
    {"the last agent's text", R"j([{"field_id": "body"}])j", R"j({"body": "two"})j", known},
    {"a document's text",
     R"j([{"field_id": "content"}, {"field_id": "file_id"}])j",
     R"j({"content": "hello", "file_id": "000000000000000000000001"})j",
     "{}",
     {"hello"}},
    {"the goal as a query", R"j([{"field_id": "query"}])j",
     R"j({"query": "Write to ada@example.org by 2026-02-01"})j", known},
    // --- lists of records
    {"records by name keep the known items",
     R"j([{"field_id": "records", "type": "array", "items": [{"field_id": "Name"}, {"field_id": "colour"}]}])j",
     R"j({"records": [{"Name": "n1"}, {"Name": "n2"}]})j", known},
    {"records by their items",
     R"j([{"field_id": "rows", "type": "array", "items": [{"field_id": "name", "required": true}]}])j",
     R"j({"rows": [{"name": "n1"}, {"name": "n2"}]})j", known},
    {"records that lack a required item are not taken",
     R"j([{"field_id": "rows", "type": "array", "items": [{"field_id": "score", "type": "number", "required": true}]}])j",
     R"j({})j", known},
    {"an object keeps the known items",
     R"j([{"field_id": "meta", "type": "object", "items": [{"field_id": "deep_value", "type": "number"}]}])j",
     R"j({"meta": {"deep_value": 4}})j", known},
    // --- examples and values that are always the same
    {"an example", R"j([{"field_id": "x", "examples": ["one", "two"]}])j", R"j({"x": "one"})j"},
    {"the first example of the type",
     R"j([{"field_id": "x", "type": "number", "examples": ["one", 2]}])j", R"j({"x": 2})j"},
    {"what is known comes before an example",
     R"j([{"field_id": "limit", "type": "number", "examples": [1]}])j", R"j({"limit": 5})j", known},
    {"optional and unknown", R"j([{"field_id": "x"}, {"field_id": "y", "type": "array"}])j",
     R"j({})j"},
    {"required and unknown",
     R"j([{"field_id": "a", "required": true}, {"field_id": "b", "type": "number", "required": true},
         {"field_id": "c", "type": "boolean", "required": true}, {"field_id": "d", "type": "date", "required": true},
         {"field_id": "e", "type": "array", "required": true}, {"field_id": "f", "type": "object", "required": true},
         {"field_id": "g", "type": "file", "required": true}, {"field_id": "h", "type": "object", "required": true,
          "items": [{"field_id": "i", "required": true}]}])j",
     R"j({"a": "rehearsal", "b": 0, "c": false, "d": "2000-01-01", "e": [], "f": {}, "g": "000000000000000000000000", "h": {"i": "rehearsal"}})j"},
    // --- patterns
    {"group 1", R"j([{"field_id": "x", "pattern": "to (\\w+)@(\\w+)"}])j", R"j({"x": "ada"})j",
     known},
    {"the whole match", R"j([{"field_id": "x", "pattern": "\\w+@[\\w.]+"}])j",
     R"j({"x": "ada@example.org"})j", known},
    {"documents before the goal",
     R"j([{"field_id": "x", "pattern": "\\w+@[\\w.]+"}])j",
     R"j({"x": "eve@a.net"})j",
     known,
     {"no", "eve@a.net"}},
    {"in an input", R"j([{"field_id": "x", "pattern": "^t\\d$"}])j", R"j({"x": "t1"})j", known},
    {"a number from text",
     R"j([{"field_id": "n", "type": "number", "pattern": "\\S+ kg"}, {"field_id": "m", "type": "number", "pattern": "(\\S+) kg"}])j",
     R"j({"m": -2.5})j",
     "{}",
     {"x kg, -2.5 kg"}},
    {"a date in the form of mail",
     R"j([{"field_id": "d", "type": "date", "pattern": "(?m)^Date: (.*)$"}])j",
     R"j({"d": "2026-01-31T11:30:45Z"})j",
     "{}",
     {"x\nDate: Sat, 31 Jan 2026 12:30:45 +0100\ny"}},
    {"a boolean says whether it matches",
     R"j([{"field_id": "y", "type": "boolean", "pattern": "b"}, {"field_id": "n", "type": "boolean", "pattern": "z"}])j",
     R"j({"y": true, "n": false})j",
     "{}",
     {"abc"}},
    {"all different matches",
     R"j([{"field_id": "x", "type": "array", "pattern": "[a-z]\\d"}])j",
     R"j({"x": ["b2", "a1"]})j",
     "{}",
     {"b2 a1 b2 a1"}},
    {"no match, optional", R"j([{"field_id": "x", "pattern": "z"}])j", R"j({})j", "{}", {"abc"}},
    {"no match, required",
     R"j([{"field_id": "x", "pattern": "z", "required": true, "examples": ["e"]}])j",
     R"j({"x": "rehearsal"})j",
     "{}",
     {"abc"}},
    {"no match of an array",
     R"j([{"field_id": "x", "type": "array", "pattern": "z"}])j",
     R"j({"x": []})j",
     "{}",
     {"abc"}},
    {"empty matches are none",
     R"j([{"field_id": "x", "type": "array", "pattern": "a*"}])j",
     R"j({"x": ["aa", "a"]})j",
     "{}",
     {"baabab"}},
    {"a pattern RE2 refuses",
     R"j([{"field_id": "x", "pattern": "a"}])j",
     "!RE2 does not accept the pattern (: missing ): (.",
     "{}",
     {"abc"}},
    // --- records of documents
    {"each match of split begins a record",
     R"j([{"field_id": "rows", "type": "array", "split": "(?m)^\\d\\.", "items": [{"field_id": "n", "type": "number", "pattern": "^(\\d)"},
         {"field_id": "name", "pattern": "name=(\\w+)"}, {"field_id": "ids", "type": "array", "pattern": "x\\d"}]}])j",
     R"j({"rows": [{"n": 1, "name": "ab", "ids": ["x1", "x2"]}, {"n": 2, "ids": []}, {"n": 3, "name": "q", "ids": ["x9"]}]})j",
     "{}",
     {"preface name=no x7\n1. name=ab x1 x2 x1\n2. nothing\n", "3. name=q x9"}},
    {"patterns stay inside their record",
     R"j([{"field_id": "rows", "type": "array", "split": "#", "items": [{"field_id": "a", "pattern": "a=(\\w+)", "required": true}]
}])j",
     R"j({"rows": [{"a": "rehearsal"}, {"a": "x"}]})j",
     R"j({"inputs": {"a": "an input"}, "goal": "a=goal"})j",
     {"# # a=x"}},
    {"items without a pattern come from what is known",
     R"j([{"field_id": "rows", "type": "array", "split": "#", "items": [{"field_id": "a", "pattern": "\\w"}, {"field_id": "limit", "type": "number"},
         {"field_id": "kind", "examples": ["line"]}]}])j",
     R"j({"rows": [{"a": "x", "limit": 5, "kind": "line"}, {"a": "y", "limit": 5, "kind": "line"}]})j",
     known,
     {"#x#y"}},
    {"without split a document is a record",
     R"j([{"field_id": "rows", "type": "array", "items": [{"field_id": "a", "pattern": "a=(\\w+)"}]
}])j",
     R"j({"rows": [{"a": "1"}, {"a": "2"}]})j",
     "{}",
     {"a=1 a=0", "a=2"}},
    {"split without items",
     R"j([{"field_id": "x", "type": "array", "split": "#"}, {"field_id": "y", "type": "array", "split": "#", "pattern": "\\d+"}])j",
     R"j({"x": ["# one 1", "# two 22 3"], "y": ["1", "22"]})j",
     "{}",
     {"# one 1\n# two 22 3\n"}},
    {"an object of patterns",
     R"j([{"field_id": "o", "type": "object", "items": [{"field_id": "a", "pattern": "a=(\\w+)"}]
}])j",
     R"j({"o": {"a": "1"}})j",
     "{}",
     {"a=1"}},
    {"a list inside a record",
     R"j([{"field_id": "rows", "type": "array", "split": "#", "items": [{"field_id": "lines", "type": "array", "split": "(?m)^- ",
         "items": [{"field_id": "t", "pattern": "- (\\w+)"}]
}]
}])j",
     R"j({"rows": [{"lines": [{"t": "a"}, {"t": "b"}]}, {"lines": []}]})j",
     "{}",
     {"#1\n- a\n- b\n#2\n"}},
    {"no match of split",
     R"j([{"field_id": "rows", "type": "array", "split": "#", "items": [{"field_id": "a", "pattern": "a"}]}])j",
     R"j({"rows": []})j",
     "{}",
     {"abc"}},
    {"no document",
     R"j([{"field_id": "rows", "type": "array", "split": "#", "items": [{"field_id": "name", "pattern": "a"}]}])j",
     R"j({"rows": [{"name": "n1"}, {"name": "n2"}]})j", known},
};

std::string filled(const Case& row) {
    Fields fields = fields_from_json(parse_json(row.fields).value(), "fields").value();
    if (row.expected[0] == '!') fields[0].pattern = "("; // one that would not have been saved
    std::vector<Document> documents;
    for (const char* text : row.texts) {
        const std::size_t i = documents.size();
        documents.push_back({fmt::format("{:024}", i + 1),
                             std::string(1, static_cast<char>('a' + i)) + ".txt", text});
    }
    const json::value facts = parse_json(row.facts).value();
    const json::value results = parse_json(row.results).value();
    const auto out = fill(fields, Known{facts.get_object(), documents, results.get_array()});
    if (!out) return "!" + out.error().message;
    EXPECT_TRUE(check_value(fields, *out, Unknown::refuse))
        << row.name << ": not what the schema says";
    return to_text(*out);
}

TEST(Fill, cases) {
    for (const Case& row : cases) {
        const std::string expected =
            row.expected[0] == '!' ? row.expected : to_text(parse_json(row.expected).value());
        EXPECT_EQ(filled(row), expected) << row.name;
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
