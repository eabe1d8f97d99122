// Every command in the documentation is run: the ```sh blocks of a page in their order, in a
// directory of its own, by bash, against the built weft; a ```text block behind one is what the
// block prints (… stands for anything). Blocks marked ```sh no-run are only parsed: what they need
// is not here.
#include "support/node_server.h"
#include "whole_server.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <re2/re2.h>

namespace weft {

namespace fs = std::filesystem;

namespace {

struct Block {
    std::string commands;
    std::string expected; ///< empty: anything
    bool is_run = true;
    int line = 0;
};

std::string read(const fs::path& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<Block> blocks_of(const fs::path& page) {
    std::vector<Block> blocks;
    std::ifstream in(page);
    std::string fence;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (!line.starts_with("```")) {
            if (fence.starts_with("```sh")) blocks.back().commands += line + "\n";
            if (fence == "```text" && !blocks.empty()) blocks.back().expected += line + "\n";
            continue;
        }
        fence = fence.empty() ? line : "";
        if (fence.starts_with("```sh"))
            blocks.push_back({"", "", fence.find("no-run") == fence.npos, number});
    }
    return blocks;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size())
        text.replace(at, what.size(), with);
}

/// A port that is free now.
std::string free_port() {
    testing::WholeServer server;
    return server.url().substr(server.url().rfind(':') + 1);
}

/// One page, its addresses replaced by ones of this test.
class Page {
public:
    Page(fs::path path, std::string model_url)
        : path_(std::move(path)), blocks_(blocks_of(path_)), port_(free_port()) {
        for (Block& block : blocks_)
            needs_stand_in_ |= block.commands.find("llm.example") != std::string::npos;
        for (Block& block : blocks_)
            for (std::string* text : {&block.commands, &block.expected}) {
                replace_all(*text, "127.0.0.1:8470", "127.0.0.1:" + port_);
                replace_all(*text, "https://llm.example/v1", model_url + "/v1");
                replace_all(*text, "127.0.0.1:11434", model_url.substr(7));
                replace_all(*text, "build/release/weft", "weft");
            }
    }

    void run() const {
        const testing::TemporaryDirectory scratch;
        const fs::path here = fs::absolute(WEFT_SOURCE_DIR);
        fs::create_directory(scratch.path() / "bin");
        fs::create_symlink(fs::absolute(WEFT_BINARY), scratch.path() / "bin/weft");
        fs::create_symlink(here / "marketplace", scratch.path() / "marketplace");
        std::ofstream(scratch.path() / "script") << script();
        const std::string command = fmt::format(
            "cd {0} && env -i HOME={0} PATH={0}/bin:$PATH LANG=C.UTF-8 "
            "WEFT_LISTEN=127.0.0.1:{1} {2}timeout 120 bash script >out 2>err "
            "</dev/null",
            scratch.path().string(), port_, needs_stand_in_ ? "WEFT_ALLOW_PRIVATE_NETWORK=1 " : "");
        const int exit = WEXITSTATUS(std::system(command.c_str()));
        const std::string output = read(scratch.path() / "out");
        EXPECT_EQ(exit, 0) << path_ << "\n" << output << read(scratch.path() / "err");
        for (std::size_t i = 0; i < blocks_.size(); ++i) compare(i, output);
    }

    std::size_t count() const { return blocks_.size(); }

private:
    /// All blocks in one shell; what the page left running ends with it.
    std::string script() const {
        std::string text = "set -euo pipefail\n"
                           "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n";
        for (std::size_t i = 0; i < blocks_.size(); ++i) {
            if (blocks_[i].is_run)
                text += fmt::format("echo '@@begin {0}'\n{1}echo '@@end {0}'\n", i,
                                    blocks_[i].commands);
            else
                text += fmt::format("parsed_only_{}() {{\n{}\n}}\n", i, blocks_[i].commands);
        }
        return text;
    }

    void compare(std::size_t i, const std::string& output) const {
        const Block& block = blocks_[i];
        if (block.expected.empty() || !block.is_run) return;
        const std::string begin = fmt::format("@@begin {}\n", i);
        const auto from = output.find(begin);
        const auto to = output.find(fmt::format("@@end {}\n", i));
        ASSERT_TRUE(from != output.npos && to != output.npos) << path_ << ":" << block.line;
        const std::string printed = output.substr(from + begin.size(), to - from - begin.size());
        std::string pattern = RE2::QuoteMeta(block.expected);
        replace_all(pattern, RE2::QuoteMeta("…"), ".*");
        EXPECT_TRUE(RE2::FullMatch(printed, pattern)) << path_ << ":" << block.line << " prints\n"
                                                      << printed << "instead of\n"
                                                      << block.expected;
    }

    fs::path path_;
    std::vector<Block> blocks_;
    std::string port_;
    bool needs_stand_in_ = false; ///< for a service on the internet, by one on this machine
};

std::vector<fs::path> pages() {
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(WEFT_SOURCE_DIR "/docs"))
        if (entry.path().extension() == ".md") all.push_back(entry.path());
    std::ranges::sort(all);
    return all;
}

} // namespace

TEST(Docs, every_command_of_every_page_is_run) {
    const testing::NodeServer model("openai_api_mock_server.mjs");
    const std::string url = "http://127.0.0.1:" + std::to_string(model.port());
    std::size_t count = 0;
    for (const fs::path& path : pages()) {
        const Page page(path, url);
        count += page.count();
        if (page.count() > 0) page.run();
    }
    EXPECT_GE(count, 15U);
}

TEST(Docs, links_lead_to_files_that_are_there) {
    std::vector<fs::path> all = pages();
    for (const char* top : {"README.md", "ARCHITECTURE.md", "CHANGELOG.md"})
        all.push_back(fs::path(WEFT_SOURCE_DIR) / top);
    for (const fs::path& path : all) {
        const std::string text = read(path);
        re2::StringPiece rest(text);
        std::string target;
        while (RE2::FindAndConsume(&rest, R"(\]\(([^)#:]+)(?:#[^)]*)?\))", &target))
            EXPECT_TRUE(fs::exists(path.parent_path() / target)) << path << " links to " << target;
    }
}

TEST(Docs, promises_name_tests_that_there_are) {
    std::string sources;
    for (const char* top : {"/src", "/tests", "/sim", "/fuzz"})
        for (const auto& entry :
             fs::recursive_directory_iterator(WEFT_SOURCE_DIR + std::string(top)))
            if (entry.path().string().ends_with("_test.cpp")) sources += read(entry.path());
    std::erase_if(sources, [](char c) { return c == ' ' || c == '\n'; });
    for (const char* page : {"reliability", "security"}) {
        const std::string text = read(fmt::format("{}/docs/{}.md", WEFT_SOURCE_DIR, page));
        re2::StringPiece rest(text);
        std::string suite, name;
        int named = 0;
        while (RE2::FindAndConsume(&rest, R"(`([A-Z]\w+)\.([a-z]\w+)`)", &suite, &name)) {
            ++named;
            EXPECT_NE(sources.find("(" + suite + "," + name + ")"), std::string::npos)
                << page << " names " << suite << "." << name;
        }
        EXPECT_GT(named, 10) << page;
    }
}

// A row without one says that this version lacks what it is about.
TEST(Docs, each_class_of_attack_has_a_test_or_no_feature) {
    std::istringstream lines(read(WEFT_SOURCE_DIR "/docs/security.md"));
    int rows = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!RE2::PartialMatch(line, R"(^\|(?:[^|]*\|){4}$)") || line.starts_with("|---")) continue;
        if (line.starts_with("| class |")) continue;
        ++rows;
        EXPECT_TRUE(RE2::PartialMatch(line, R"(`[A-Z]\w+\.[a-z]\w+`)") ||
                    line.contains("this version has no "))
            << line;
    }
    EXPECT_GT(rows, 20);
}

TEST(Docs, the_readme_names_commands_that_there_are) {
    for (const Block& block : blocks_of(WEFT_SOURCE_DIR "/README.md")) {
        std::istringstream lines(block.commands);
        for (std::string line; std::getline(lines, line);) {
            std::string command;
            if (RE2::PartialMatch(line, R"(^\./dev (\w+))", &command))
                EXPECT_NE(read(WEFT_SOURCE_DIR "/dev").find("./dev " + command), std::string::npos)
                    << line;
            if (RE2::PartialMatch(line, R"(^build/release/weft (\w+))", &command))
                EXPECT_EQ(
                    std::system(
                        (std::string(WEFT_BINARY) + " help " + command + " >/dev/null").c_str()),
                    0)
                    << line;
        }
    }
}

} // namespace weft
