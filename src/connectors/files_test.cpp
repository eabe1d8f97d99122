#include "connectors/files.h"

#include "connectors/file_text.h"
#include "connectors/testing.h"

namespace weft::connectors {

namespace {

class FilesTest : public StoreTest {
protected:
    Result<json::value> read_page(std::string_view input, std::vector<FileId> files = {}) {
        return run("files", {.scope = scope_,
                             .sort = "read",
                             .input = js(input).as_object(),
                             .files = std::move(files)});
    }
    std::string of(const FileId& id, std::string_view rest) {
        return fmt::format(R"({{"file_id": "{}"{}}})", id.hex(), rest);
    }
};

TEST_F(FilesTest, pages_count_characters_and_never_split_one) {
    const FileId id = make_file(scope_, "a.txt", "aé€😀z"); // 1, 2, 3, 4 and 1 bytes
    std::string text;
    json::value offset = 0;
    for (int pages = 0; !offset.is_null(); ++pages) {
        ASSERT_LT(pages, 5);
        const json::value page =
            must(read_page(of(id, R"(, "length": 2, "offset": )" + to_text(offset))));
        EXPECT_EQ(page.at("total"), 5);
        EXPECT_EQ(page.at("name"), "a.txt");
        text += text_or(page, "text");
        offset = page.at("next_offset");
    }
    EXPECT_EQ(text, "aé€😀z");
    const json::value third = must(read_page(of(id, R"(, "offset": 3, "length": 1)")));
    EXPECT_EQ(third.at("text"), "😀");
    EXPECT_EQ(third.at("next_offset"), 4);
    const json::value beyond = must(read_page(of(id, R"(, "offset": 99)")));
    EXPECT_EQ(beyond.at("text"), "");
    EXPECT_TRUE(beyond.at("next_offset").is_null());
}

TEST_F(FilesTest, reads_the_runs_first_file_when_none_is_named) {
    const FileId first = make_file(scope_, "first", "one");
    const FileId second = make_file(scope_, "second", "two");
    EXPECT_EQ(must(read_page("{}", {first, second})).at("text"), "one");
    EXPECT_EQ(must(read_page(of(second, ""), {first})).at("text"), "two");
    EXPECT_TRUE(is_code(read_page("{}"), Code::invalid));
    const json::value listed =
        must(run("files", {.scope = scope_, .sort = "list", .files = {second}}));
    EXPECT_EQ(listed.at("files").at(0),
              (json::object{
                  {"_id", second.hex()}, {"name", "second"}, {"size", 3}, {"type", "text/plain"}}));
}

TEST_F(FilesTest, refuses_with_the_reason) {
    const FileId text = make_file(scope_, "t", "text");
    const FileId zero = make_file(scope_, "z", std::string("a\0b", 3));
    const FileId pdf = make_file(scope_, "p", "%PDF-1.7 whatever");
    const FileId theirs = make_file(other_, "o", "secret");
    const FileId pending = write([&](store::Tx& tx) {
                               return store::files::create(tx, scope_, {.name = "later"});
                           }).id;
    const struct {
        std::string input;
        Code code;
    } cases[] = {
        {of(text, R"(, "offset": -1)"), Code::invalid},
        {of(text, R"(, "length": 0)"), Code::invalid},
        {of(text, R"(, "length": 32001)"), Code::invalid},
        {R"({"file_id": "zz"})", Code::invalid},
        {of(zero, ""), Code::invalid},
        {of(pdf, ""), Code::invalid},
        {of(theirs, ""), Code::not_found},
        {of(pending, ""), Code::conflict},
    };
    for (const auto& each : cases)
        EXPECT_TRUE(is_code(read_page(each.input), each.code)) << each.input;
    EXPECT_EQ(must(read_page(of(text, R"(, "length": 32000)"))).at("text"), "text");
}

TEST(FileText, is_utf_8_or_else_latin_1) {
    EXPECT_EQ(text_of("caf\xE9").value(), "café");
    EXPECT_EQ(text_of("café").value(), "café");
    EXPECT_EQ(text_of("\xEF\xBB\xBFmarked").value(), "marked");
    EXPECT_EQ(text_of("").value(), "");
    EXPECT_EQ(text_of("\xC0\x80").value(), "\xC3\x80\xC2\x80"); // overlong: no UTF-8
}

} // namespace
} // namespace weft::connectors
