// A document beyond a model's window, through the wire: the model reads it in pages and inserts
// page by page.
#include "release_notes.h"
#include "support/fault_server.h"
#include "weft_process.h"
#include "whole_server.h"

namespace weft {

using testing::Scripted;
using testing::WeftProcess;

namespace {

constexpr std::size_t document_bytes_min = 300'000;

/// A document of release notes with `count` entries of about 1 KB each.
std::string large_document(int count) {
    std::string text;
    for (int i = count; i >= 1; --i) {
        text += fmt::format("tool (1.{}-1) unstable; urgency=medium\n\n", i);
        for (int line = 0; line < 12; ++line)
            text += fmt::format(
                "  * Change {} of version {}, which is described here, ünïcode too.\n", line, i);
        if (i % 3 == 0) text += fmt::format("  * Fix CVE-2026-{:05}.\n", 10'000 + i);
        text += "\n -- A Person <person@example.org>  Mon, 02 Nov 2026 10:00:00 +0000\n\n";
    }
    return text;
}

/// Plays a language model that follows the instructions of the package: it keeps what a page cut
/// off for the next one, inserts the whole entries of a page and asks for the next page in the same
/// turn.
class PagingModel {
public:
    Scripted answer(const testing::SeenRequest& seen) {
        const json::value request = parse_json(seen.body).value();
        const json::array& messages = request.at("messages").as_array();
        largest_request_ = std::max(largest_request_, seen.body.size());
        const bool extracting = offers(request, "files_read");
        Scripted reply;
        if (!extracting) {
            reply.text = "# Digest\n\nAll done.";
            return reply;
        }
        ++turns_;
        const json::value* page = last_page(messages);
        if (turns_ == 1) {
            reply.calls = {{"call_1", "files_read", "{}"}};
            return reply;
        }
        const json::value* next = page ? find(*page, "next_offset") : nullptr;
        const bool more = next && !next->is_null();
        if (page && done_) {
            reply.text = "Every entry is in the table.";
            return reply;
        }
        rest_ += page ? text_or(*page, "text") : "";
        const std::size_t cut =
            more ? std::min(rest_.rfind("\ntool ("), rest_.size()) : rest_.size();
        reply.calls.push_back({"insert_" + std::to_string(turns_), "tables_insert_records",
                               to_text(entries(rest_.substr(0, cut)))});
        rest_.erase(0, cut);
        done_ = !more;
        if (more)
            reply.calls.push_back({"read_" + std::to_string(turns_), "files_read",
                                   weft::to_text(json::object{{"offset", *next}})});
        return reply;
    }
    std::size_t largest_request() const { return largest_request_; }
    int turns() const { return turns_; }

private:
    static bool offers(const json::value& request, std::string_view tool) {
        const json::value* tools = find(request, "tools");
        if (!tools) return false;
        for (const json::value& each : tools->as_array())
            if (text_or(each.at("function"), "name") == tool) return true;
        return false;
    }
    /// The answer to the newest files_read that is in the conversation.
    const json::value* last_page(const json::array& messages) {
        for (std::size_t i = messages.size(); i-- > 0;) {
            if (text_or(messages[i], "role") != "tool") continue;
            auto page = parse_json(text_or(messages[i], "content"));
            if (!page || !find(*page, "text")) continue;
            page_ = std::move(*page);
            return &page_;
        }
        return nullptr;
    }
    static json::object entries(const std::string& text) {
        json::array records;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) {
            if (const std::string version = testing::version_of(line); !version.empty())
                records.push_back(json::object{{"version", version},
                                               {"urgency", "medium"},
                                               {"cve_ids", json::array()},
                                               {"summary", "Changes."}});
            std::set<std::string> ids;
            testing::add_ids(line, ids);
            for (const std::string& id : ids)
                records.back().as_object()["cve_ids"].as_array().emplace_back(id);
        }
        return {{"records", std::move(records)}};
    }
    static std::string to_text(const json::object& object) {
        return weft::to_text(json::value(object));
    }

    json::value page_;
    std::string rest_;
    std::size_t largest_request_ = 0;
    int turns_ = 0;
    bool done_ = false;
};

} // namespace

TEST(LargeDocument, is_read_in_pages_and_inserted_page_by_page) {
    const testing::TemporaryDirectory directory;
    const int count = 320;
    const std::string text = large_document(count);
    ASSERT_GT(text.size(), document_bytes_min);
    const testing::ReleaseNotes notes = testing::read_release_notes(text);
    ASSERT_EQ(notes.entries.size(), std::size_t(count));
    const std::string file = directory.path() / "notes";
    std::ofstream(file, std::ios::binary) << text;

    PagingModel script;
    testing::FaultServer model(
        [&script](const testing::SeenRequest& seen) { return script.answer(seen); });
    WeftProcess run({"run", WEFT_SOURCE_DIR "/marketplace/release-notes-digest", "--file", file,
                     "--json", "--model", "openai/gpt-4", "--allow-private-network"},
                    directory.path() / "out",
                    {"OPENAI_API_KEY=sk-test-not-real", "OPENAI_BASE_URL=" + model.base_url()});
    ASSERT_EQ(run.wait(), 0) << run.errors();
    const auto lines = run.json_lines();
    const json::value& result = lines.back();
    EXPECT_EQ(text_or(result, "status"), "completed");
    const json::array& records = result.at("records").as_object().begin()->value().as_array();
    ASSERT_EQ(records.size(), notes.entries.size());
    for (std::size_t i = 0; i < records.size(); ++i)
        EXPECT_EQ(text_or(records[i], "version"), notes.entries[i].version);
    EXPECT_GT(script.turns(), 10);
    EXPECT_EQ(int_or(result.at("usage"), "output_tokens") > 0, true);
    // The first request did not carry the document.
    EXPECT_LT(model.requests().front().body.size(), 60'000U);
}

} // namespace weft
