#include "models/fill.h"
#include "models/rehearsal.h"
#include "tests/support/spawned.h"

#include <cstdio>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Two document formats through the same code. What the model finds is compared with loops that are
/// written for the one format by hand and use no regular expression.
namespace weft::models {
namespace {

Completion ask(const ModelRequest& request) {
    const auto model = make_rehearsal_model();
    asio::io_context context;
    testing::Spawned task(context, model->complete(request, [](std::string_view) {}));
    context.run();
    return task.get().value();
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string text_of(const json::object& record, const char* name) {
    const json::value* value = record.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

constexpr const char* changelog_fields = R"j([
    {"field_id": "records", "type": "array", "required": true,
     "split": "(?m)^[A-Za-z0-9][A-Za-z0-9+.-]* \\([^()\\n]+\\) [^\\n]*;",
     "items": [
        {"field_id": "version", "type": "text", "required": true,
         "pattern": "^\\S+ \\(([^()\\n]+)\\)"},
        {"field_id": "urgency", "type": "text", "pattern": "^[^\\n]*urgency=(\\w+)"},
        {"field_id": "date", "type": "date", "pattern": "(?m)^ -- [^\\n]*>  (.+)$"},
        {"field_id": "cves", "type": "array", "pattern": "CVE-\\d{4}-\\d{4,}"},
        {"field_id": "summary", "type": "text", "pattern": "(?m)^  \\* (.+)$"}]}])j";

constexpr const char* written_changelog = R"j(demo (2.0-1) unstable; urgency=high

  * Fixes CVE-2026-0001 and CVE-2026-00012.
  * Again CVE-2026-0001.

 -- Ada Lovelace <ada@example.org>  Sat, 31 Jan 2026 12:30:45 +0100

demo (1.0-1) unstable; urgency=medium

  * First release, nothing like CVE-20-1.

 -- Ada Lovelace <ada@example.org>  Thu, 01 Jan 2026 00:00:00 +0000
)j";

/// What a loop over lines and characters finds.
struct Entry {
    std::string version;
    std::string urgency;
    std::vector<std::string> cves;
    bool operator==(const Entry&) const = default;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t count = 0;
    while (at + count < text.size() && is_digit(text[at + count])) ++count;
    return count;
}

void add_cves(std::string_view line, std::vector<std::string>& out) {
    for (std::size_t at = line.find("CVE-"); at != line.npos; at = line.find("CVE-", at + 1)) {
        if (digits_at(line, at + 4) != 4 || line.substr(at + 8, 1) != "-") continue;
        const std::size_t number = digits_at(line, at + 9);
        if (number < 4) continue;
        std::string id(line.substr(at, 9 + number));
        if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(std::move(id));
    }
}

/// "name (version) distribution; key=value": the version, or nothing.
std::string_view header_version(std::string_view line) {
    std::size_t name = 0;
    while (name < line.size() &&
           (is_letter(line[name]) || is_digit(line[name]) ||
            (name > 0 && std::string_view("+.-").find(line[name]) != std::string_view::npos)))
        ++name;
    if (name == 0 || line.substr(name, 2) != " (") return {};
    const std::size_t close = line.find_first_of("()", name + 2);
    if (close == line.npos || line[close] != ')' || close == name + 2) return {};
    if (line.substr(close + 1, 1) != " " || line.find(';', close) == line.npos) return {};
    return line.substr(name + 2, close - name - 2);
}

std::vector<Entry> entries_by_hand(std::string_view text) {
    std::vector<Entry> out;
    for (const std::string_view line : lines_of(text)) {
        if (const std::string_view version = header_version(line); !version.empty()) {
            out.push_back({std::string(version), "", {}});
            const std::size_t key = line.rfind("urgency=");
            if (key != line.npos) {
                std::size_t end = key + 8;
                while (end < line.size() &&
                       (is_letter(line[end]) || is_digit(line[end]) || line[end] == '_'))
                    ++end;
                out.back().urgency = line.substr(key + 8, end - key - 8);
            }
        }
        if (!out.empty()) add_cves(line, out.back().cves);
    }
    return out;
}

std::string unpacked(const std::filesystem::path& path) {
    std::string out;
    FILE* pipe = popen(("zcat '" + path.string() + "'").c_str(), "r");
    if (!pipe) return out;
    char buffer[65536];
    for (std::size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        out.append(buffer, got);
    pclose(pipe);
    return out;
}

bool is_utf8(std::string_view text) {
    return parse_json(to_text(json::value(json::string(text)))).has_value();
}

/// Changelogs of this machine, each different, the longest first; the written one where there are
/// none.
std::vector<std::pair<std::string, std::string>> changelogs(std::size_t count_max,
                                                            std::size_t bytes_max) {
    std::map<std::size_t, std::filesystem::path, std::greater<>> by_size;
    std::error_code error;
    for (const auto& folder : std::filesystem::directory_iterator("/usr/share/doc", error)) {
        const auto path = folder.path() / "changelog.Debian.gz";
        const auto size = std::filesystem::file_size(path, error);
        if (!error) by_size.emplace(size, path);
    }
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [size, path] : by_size) {
        if (out.size() == count_max) break;
        std::string text = unpacked(path);
        if (text.size() <= bytes_max) out.emplace_back(path.string(), std::move(text));
    }
    if (out.empty()) out.emplace_back("written", written_changelog);
    return out;
}

json::array extracted(const char* fields, std::vector<Document> documents) {
    ModelRequest request;
    request.messages = {{Message::Role::user, "Extract"}};
    request.tools = {{"tables_insert_records", "",
                      fields_from_json(parse_json(fields).value(), "fields").value()}};
    request.documents = std::move(documents);
    const Completion answer = ask(request);
    EXPECT_EQ(answer.calls.size(), 1u);
    EXPECT_TRUE(check_value(request.tools[0].input, answer.calls[0].arguments, Unknown::refuse));
    return answer.calls[0].arguments.as_object().at("records").as_array();
}

std::vector<Entry> entries_of(const json::array& records) {
    std::vector<Entry> out;
    for (const json::value& each : records) {
        const json::object& record = each.as_object();
        out.push_back({text_of(record, "version"), text_of(record, "urgency"), {}});
        for (const json::value& cve : record.at("cves").as_array())
            out.back().cves.emplace_back(cve.as_string());
    }
    return out;
}

TEST(RehearsalDocuments, a_written_changelog) {
    const json::array records =
        extracted(changelog_fields, {{"65f000000000000000000001", "c.txt", written_changelog}});
    EXPECT_EQ(to_text(records), to_text(parse_json(R"j([
        {"version": "2.0-1", "urgency": "high", "date": "2026-01-31T11:30:45Z",
         "cves": ["CVE-2026-0001", "CVE-2026-00012"],
         "summary": "Fixes CVE-2026-0001 and CVE-2026-00012."},
        {"version": "1.0-1", "urgency": "medium", "date": "2026-01-01T00:00:00Z", "cves": [],
         "summary": "First release, nothing like CVE-20-1."}])j")
                                            .value()));
}

TEST(RehearsalDocuments, real_changelogs_as_counted_by_hand) {
    std::size_t entries = 0;
    std::size_t dated = 0;
    for (const auto& [path, text] : changelogs(40, 400'000)) {
        if (!is_utf8(text))
            continue; // one in another encoding would be converted before it comes here
        const json::array records =
            extracted(changelog_fields, {{"65f000000000000000000001", path, text}});
        EXPECT_EQ(entries_of(records), entries_by_hand(text)) << path;
        entries += records.size();
        for (const json::value& record : records) dated += record.as_object().contains("date");
    }
    RecordProperty("entries", static_cast<int>(entries));
    EXPECT_GT(entries, 1u);
    EXPECT_GT(dated * 100, entries * 90) << "hardly any date was read";
}

/// The whole of it: extract into one agent's data, then the digest of a second agent.
TEST(RehearsalDocuments, the_digest_of_a_second_agent_has_the_counts) {
    for (const auto& [path, text] : changelogs(3, 300'000)) {
        const std::vector<Entry> counted = entries_by_hand(text);
        std::set<std::string> cves;
        for (const Entry& entry : counted) cves.insert(entry.cves.begin(), entry.cves.end());
        ModelRequest request;
        request.messages = {{Message::Role::user, "Write a digest"}};
        const json::array records =
            extracted(changelog_fields, {{"65f000000000000000000001", path, text}});
        request.facts = {
            {"agents",
             json::object{
                 {"Extract",
                  json::object{{"text", "done"},
                               {"data", json::object{{"tables_insert_records",
                                                      json::object{{"records", records}}}}}}}}}};
        const std::string digest = ask(request).text;
        EXPECT_THAT(digest, ::testing::HasSubstr(fmt::format(": {} record", counted.size())))
            << path;
        EXPECT_THAT(digest,
                    ::testing::HasSubstr(fmt::format("**cves**: {} different", cves.size())))
            << path;
        EXPECT_THAT(digest, ::testing::HasSubstr("**" + counted[0].version + "**")) << path;
    }
}

constexpr const char* mail_fields = R"j([
    {"field_id": "records", "type": "array", "split": "(?m)^From \\S+ .*\\d{4}$",
     "items": [
        {"field_id": "sender", "type": "text",
         "pattern": "(?mi)^From: (?:.*<)?([^<>\\s]+@[^<>\\s]+)"},
        {"field_id": "subject", "type": "text", "pattern": "(?mi)^Subject: (.*)$"},
        {"field_id": "date", "type": "date", "pattern": "(?mi)^Date: (.*)$"},
        {"field_id": "size", "type": "number", "pattern": "(?mi)^Content-Length: (\\d+)$"},
        {"field_id": "is_reply", "type": "boolean", "pattern": "(?mi)^Subject: Re:"},
        {"field_id": "links", "type": "array", "pattern": "https?://[^\\s<>]+"}]}])j";

struct Mail {
    std::string sender, subject, date_text;
    int size;
    std::vector<std::string> links;
};

/// Messages that are made, not parsed: what is expected is known beforehand.
std::vector<Mail> mails(int count) {
    std::vector<Mail> out;
    for (int i = 0; i < count; ++i) {
        Mail mail{fmt::format("person{}@example.org", i % 7),
                  fmt::format("{}Topic {}", i % 3 ? "Re: " : "", i / 3),
                  fmt::format("{:02} Mar 2026 {:02}:{:02}:00 +0200", i % 28 + 1, i % 24, i % 60),
                  100 + i,
                  {}};
        for (int link = 0; link < i % 4; ++link)
            mail.links.push_back(fmt::format("https://example.org/{}/{}", i, link));
        out.push_back(std::move(mail));
    }
    return out;
}

std::string mailbox(const std::vector<Mail>& mails) {
    std::string out;
    for (const Mail& mail : mails) {
        out += fmt::format("From {0} Sun Mar  1 10:00:00 2026\nReceived: by a.example.org\n"
                           "from: Some One <{0}>\nSUBJECT: {1}\n"
                           "Date: {2}\nContent-Length: {3}\n\nHello,\n>From here on it is text.\n",
                           mail.sender, mail.subject, mail.date_text, mail.size);
        for (const std::string& link : mail.links)
            out += "see <" + link + "> and again " + link + "\n";
        out += "\n";
    }
    return out;
}

TEST(RehearsalDocuments, a_mailbox_through_the_same_code) {
    const std::vector<Mail> sent = mails(90);
    const json::array records =
        extracted(mail_fields, {{"65f000000000000000000001", "in.mbox", mailbox(sent)}});
    ASSERT_EQ(records.size(), sent.size());
    std::size_t links = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const json::object& record = records[i].as_object();
        EXPECT_EQ(text_of(record, "sender"), sent[i].sender);
        EXPECT_EQ(text_of(record, "subject"), sent[i].subject);
        EXPECT_EQ(record.at("size").as_int64(), sent[i].size);
        EXPECT_EQ(record.at("is_reply").as_bool(), i % 3 != 0);
        EXPECT_EQ(record.at("links").as_array().size(), sent[i].links.size());
        links += sent[i].links.size();
        const int hour = static_cast<int>(i % 24) - 2; // the zone is two hours east
        const int day = static_cast<int>(i % 28) + 1 - (hour < 0);
        const std::string date = day == 0 ? "2026-02-28" : fmt::format("2026-03-{:02}", day);
        EXPECT_EQ(text_of(record, "date"),
                  fmt::format("{}T{:02}:{:02}:00Z", date, (hour + 24) % 24, i % 60));
    }
    ModelRequest request;
    request.messages = {{Message::Role::user, "Write a digest"}};
    request.facts = {
        {"agents",
         json::object{
             {"Inbox",
              json::object{{"text", ""},
                           {"data", json::object{{"t", json::object{{"records", records}}}}}}}}}};
    const std::string digest = ask(request).text;
    EXPECT_THAT(digest, ::testing::HasSubstr("`t.records`: 90 records"));
    EXPECT_THAT(digest, ::testing::HasSubstr("- By **is_reply**: true 60, false 30\n"));
    EXPECT_THAT(digest, ::testing::HasSubstr(
                            "- By **sender**: person0@example.org 13, person1@example.org 13"));
    EXPECT_THAT(digest, ::testing::HasSubstr(fmt::format("- **links**: {} different", links)));
}

} // namespace
} // namespace weft::models
