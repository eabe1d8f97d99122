// The shipped package "release-notes-digest", run on real documents and compared with what is
// counted here by other means: no regular expressions, no pattern of the package.
#include "agents/testing.h"
#include "domain/package.h"
#include "models/rehearsal.h"
#include "store/agentflows.h"
#include "store/skills.h"

#include <cctype>
#include <cstdio>
#include <fstream>
#include <set>

namespace weft::agents {

namespace {

using testing::HasSubstr;

std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string unzipped(const std::filesystem::path& path) {
    const std::string command = "gzip -dc '" + path.string() + "'";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (!pipe) return {};
    std::string text;
    char part[8192];
    for (std::size_t got = 0; (got = std::fread(part, 1, sizeof part, pipe)) > 0;)
        text.append(part, got);
    ::pclose(pipe);
    return text;
}

struct Counts {
    std::size_t entries = 0;
    std::size_t entries_with_ids = 0;
    std::set<std::string> versions;
    std::set<std::string> ids;
    std::map<std::string, std::int64_t> urgencies;
};

/// "name (version) distribution …; urgency=…" at the start of a line.
bool begins_entry(const std::string& line) {
    if (line.empty() || !std::isalnum(static_cast<unsigned char>(line[0]))) return false;
    const auto open = line.find(" (");
    const auto close = line.find(") ");
    const auto semicolon = line.find(';');
    return open != line.npos && close != line.npos && semicolon != line.npos && open < close &&
           close < semicolon && line.find(' ') == open;
}

std::set<std::string> ids_in(const std::string& line) {
    std::set<std::string> ids;
    const auto digits = [&](std::size_t from) {
        std::size_t count = 0;
        while (from + count < line.size() &&
               std::isdigit(static_cast<unsigned char>(line[from + count])))
            ++count;
        return count;
    };
    for (std::size_t at = line.find("CVE-"); at != line.npos; at = line.find("CVE-", at + 4)) {
        if (digits(at + 4) != 4 || line[at + 8] != '-') continue;
        if (const std::size_t more = digits(at + 9); more >= 4)
            ids.insert(line.substr(at, 9 + more));
    }
    return ids;
}

Counts count(const std::string& text) {
    Counts counts;
    std::set<std::string> of_entry;
    const auto close = [&] {
        counts.entries_with_ids += of_entry.empty() ? 0 : 1;
        counts.ids.merge(of_entry);
        of_entry.clear();
    };
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (begins_entry(line)) {
            close();
            ++counts.entries;
            const auto open = line.find('(');
            counts.versions.insert(line.substr(open + 1, line.find(')') - open - 1));
            const auto urgency = line.find("urgency=");
            if (urgency != line.npos) {
                auto end = urgency + 8;
                while (end < line.size() && std::isalpha(static_cast<unsigned char>(line[end])))
                    ++end;
                ++counts.urgencies[line.substr(urgency + 8, end - urgency - 8)];
            }
        }
        if (counts.entries) of_entry.merge(ids_in(line));
    }
    close();
    return counts;
}

class DigestTest : public ExecutorTest {
protected:
    DigestTest() {
        registry_.providers.emplace_back("weft", models::make_rehearsal_model());
        const std::filesystem::path root =
            std::filesystem::path(WEFT_SOURCE_DIR) / "marketplace" / "release-notes-digest";
        std::map<std::string, std::string> files;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
            if (entry.is_regular_file())
                files[std::filesystem::relative(entry.path(), root).generic_string()] =
                    read_text(entry.path());
        package_ = must(package_from_files(files));
        flow_ = write([&](store::Tx& tx) { return install(tx); });
    }

    Result<Agentflow> install(store::Tx& tx) {
        for (const Table& table : package_.tables) TRY(store::tables::create(tx, scope_, table));
        std::map<std::string, SkillId> ids;
        for (const Skill& skill : TRY(store::skills::install(tx, scope_, package_.skills,
                                                             connectors::kinds(catalogue_))))
            ids[skill.name] = skill.id;
        const auto mint = [&] { return tx.minter().mint<AgentTag>(1); };
        return store::agentflows::save(tx, scope_,
                                       TRY(agentflow_from_package(package_.entry(), ids, mint)));
    }

    engine::Run digest_of(const std::string& name, std::string text) {
        engine::Run run = run_of(std::make_shared<Agentflow>(flow_));
        run.start.goal = flow_.default_goal;
        run.start.files = {make_file(scope_, name, std::move(text))};
        return drive(std::move(run));
    }
    std::string title_of(const engine::Step& step) { return flow_.find(step.agent)->title; }

    /// Runs the package on the document and compares records, facts, branch and conclusion with the
    /// counts.
    void check(const std::string& name, const std::string& text) {
        SCOPED_TRACE(name);
        const Counts expected = count(text);
        const engine::Run run = digest_of(name, text);
        ASSERT_EQ(run.state, ExecutionState::completed) << run.error->message;
        ASSERT_EQ(run.steps.size(), 3U);
        EXPECT_EQ(title_of(run.steps[1]), "Security relevant?");
        EXPECT_TRUE(run.steps[1].effects.empty());
        EXPECT_EQ(title_of(run.steps[2]),
                  expected.ids.empty() ? "Write digest" : "Write security digest");
        const json::value facts(run.steps[0].output->data.at("tables_insert_records"));
        EXPECT_EQ(facts.at("total"), expected.entries);
        EXPECT_EQ(facts.at("columns").at("version").at("distinct"), expected.versions.size());
        EXPECT_EQ(facts.at("columns").at("cve_ids").at("filled"), expected.entries_with_ids);
        EXPECT_EQ(facts.at("columns").at("cve_ids").at("distinct"), expected.ids.size());
        check_records(facts.at("record_ids").as_array(), expected);
        EXPECT_THAT(run.conclusion, HasSubstr("rehearsal, not a language model"));
        EXPECT_THAT(run.conclusion, HasSubstr(fmt::format("total_count: {}", expected.entries)));
    }

    void check_records(const json::array& ids, const Counts& expected) {
        ASSERT_EQ(ids.size(), expected.entries);
        Counts found;
        std::size_t dated = 0;
        std::size_t summed = 0;
        const Table table = read([&](store::Rx& rx) {
            return store::tables::find_by_name(rx, scope_, "Release entries");
        });
        for (const json::value& id : ids) {
            const Record record = read([&](store::Rx& rx) {
                return store::records::find(rx, scope_, table.id, *RecordId::parse(id.as_string()));
            });
            const json::value values(record.values);
            found.versions.emplace(text_or(values, "version"));
            if (const auto urgency = text_or(values, "urgency"); !urgency.empty())
                ++found.urgencies[std::string(urgency)];
            dated += text_or(values, "date").empty() ? 0 : 1;
            summed += text_or(values, "summary").empty() ? 0 : 1;
            for (const json::value& each : values.at("cve_ids").as_array())
                found.ids.emplace(each.as_string());
        }
        EXPECT_EQ(found.versions, expected.versions);
        EXPECT_EQ(found.ids, expected.ids);
        EXPECT_EQ(found.urgencies, expected.urgencies);
        EXPECT_GE(dated * 100, expected.entries * 95);
        EXPECT_GE(summed * 100, expected.entries * 80);
    }

    Package package_;
    Agentflow flow_;
};

TEST_F(DigestTest, the_sample_by_its_known_counts) {
    const std::string text =
        read_text(std::filesystem::path(WEFT_SOURCE_DIR) /
                  "marketplace/release-notes-digest/sample/lanternd-changelog.txt");
    const Counts counts = count(text);
    EXPECT_EQ(counts.entries, 6U);
    EXPECT_THAT(counts.ids,
                testing::ElementsAre("CVE-2099-10102", "CVE-2099-10417", "CVE-2099-10418"));
    check("lanternd-changelog.txt", text);
    const engine::Run run = digest_of("lanternd-changelog.txt", text);
    const Table table = read(
        [&](store::Rx& rx) { return store::tables::find_by_name(rx, scope_, "Release entries"); });
    EXPECT_EQ(records_in(table), 12) << "two runs";
    const json::value first =
        read([&](store::Rx& rx) { return store::records::list(rx, scope_, table.id, {}); })
            .records[0]
            .values;
    EXPECT_EQ(text_or(first, "version"), "2.4.1-1");
    EXPECT_EQ(text_or(first, "date"), "2025-10-14T07:12:44Z");
    EXPECT_EQ(text_or(first, "urgency"), "high");
    EXPECT_EQ(first.at("cve_ids"), js(R"(["CVE-2099-10417", "CVE-2099-10418"])"));
    EXPECT_EQ(text_or(first, "summary"),
              "Refuse control messages that name a lamp twice, which let anybody on the\n"
              "    same network write beyond a buffer. (CVE-2099-10417, CVE-2099-10418)");
}

TEST_F(DigestTest, real_documents_by_an_independent_count) {
    int checked = 0;
    for (const char* package :
         {"openssl", "binutils", "bash", "libc6", "clang-19", "tzdata", "perl", "apt"}) {
        const std::filesystem::path path =
            std::filesystem::path("/usr/share/doc") / package / "changelog.Debian.gz";
        if (!std::filesystem::exists(path)) continue;
        check(package, unzipped(path));
        ++checked;
    }
    if (checked == 0) GTEST_SKIP() << "this image has no documents under /usr/share/doc";
}

TEST_F(DigestTest, a_document_without_entries_ends_well) {
    check("notes.txt", "Nothing to see here.\n");
}

/// A model with a small window that works page by page: inserts the entries it sees and reads on in
/// the same turn.
TEST_F(DigestTest, a_real_models_window_may_be_smaller_than_the_document) {
    std::string text;
    for (int i = 0; text.size() < 300'000; ++i)
        text +=
            fmt::format("lanternd (1.{}-1) unstable; urgency=medium\n\n  * Change {} of many.{}\n\n"
                        " -- Iria Castro <iria@example.org>  Tue, 14 Oct 2025 09:12:44 +0200\n\n",
                        i, i, i % 10 ? "" : fmt::format(" (CVE-2099-{})", 20'000 + i));
    const Counts expected = count(text);
    model_->known_limits.window_tokens = 24'000;
    std::string rest;
    model_->script.push_back([&](const models::ModelRequest& request) -> models::ModelAnswer {
        if (request.tools.size() == 1) return models::Completion{.text = "A digest."};
        models::Completion turn{.stop = models::StopReason::tool_calls};
        json::value offset = 0;
        if (request.messages.size() > 2) {
            const json::value page = js(request.messages.back().text);
            offset = page.at("next_offset");
            rest += text_or(page, "text");
            json::array records;
            for (std::size_t end = rest.find("\n -- "); end != rest.npos;
                 end = rest.find("\n -- ")) {
                const std::size_t line = rest.find('\n', end + 1);
                if (line == rest.npos) break;
                const Counts one = count(rest.substr(0, line));
                json::array ids(one.ids.begin(), one.ids.end());
                records.push_back(
                    json::object{{"version", *one.versions.begin()}, {"cve_ids", std::move(ids)}});
                rest.erase(0, line + 2);
            }
            if (!records.empty())
                turn.calls.push_back(
                    {"i", "tables_insert_records", json::object{{"records", std::move(records)}}});
        }
        if (!offset.is_null())
            turn.calls.push_back(
                {"r", "files_read", json::object{{"offset", offset}, {"length", 8'000}}});
        if (turn.calls.empty() || offset.is_null()) {
            if (turn.calls.empty()) return models::Completion{.text = "All in."};
        }
        return turn;
    });
    // The turn after the last insert has no page to read: it ends the step.
    const auto work = model_->script.front();
    bool ended = false;
    model_->script.front() = [&, work](const models::ModelRequest& request) -> models::ModelAnswer {
        if (ended)
            return models::Completion{.text = request.tools.size() == 1 ? "A digest." : "All in."};
        auto turn = work(request);
        ended = turn && !turn->calls.empty() && turn->calls.back().name != "files_read";
        return turn;
    };
    for (Agent& agent : flow_.agents) agent.llm.model = "test/any";
    flow_.version = {};
    const engine::Run run = digest_of("long.txt", text);
    ASSERT_EQ(run.state, ExecutionState::completed) << run.error->message;
    EXPECT_EQ(run.conclusion, "A digest.");
    EXPECT_EQ(title_of(run.steps[2]), "Write security digest");
    const json::value facts(run.steps[0].output->data.at("tables_insert_records"));
    EXPECT_EQ(facts.at("total"), expected.entries) << "of all pages, not of the last one";
    EXPECT_EQ(facts.at("columns").at("version").at("distinct"), expected.versions.size());
    EXPECT_EQ(facts.at("columns").at("cve_ids").at("distinct"), expected.ids.size());
    EXPECT_LT(facts.at("inserted").as_int64(), facts.at("total").as_int64());
}

} // namespace
} // namespace weft::agents
