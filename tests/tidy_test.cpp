// The house lint: reads the tree and fails with file, line and what to write instead. Each rule is
// itself tested on a few lines that it must catch. The rules are in STYLE.md; the numbers, folders
// and names are in the tables below.

#include "tidy_bans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tidy {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t file_lines_max = 500;
constexpr std::size_t function_lines_max = 70;
constexpr std::size_t columns_max = 100;
constexpr std::size_t file_bytes_max = 2 * 1024 * 1024; // larger ones are data and not read

// A folder may include itself and those before it.
const Strings folders = {"base",   "json",   "http",       "domain",    "expr",   "store",
                         "engine", "models", "connectors", "knowledge", "agents", "triggers",
                         "auth",   "api",    "server",     "cli"};

const std::set<std::string> skipped_names = {".git",  ".tools", ".weft",
                                             "build", "dist",   "node_modules"};

std::size_t columns(std::string_view line) {
    return static_cast<std::size_t>(std::ranges::count_if(
        line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_source(std::string_view path) {
    for (std::string_view end : {".cpp", ".h", ".sh", ".sql", ".cmake", "CMakeLists.txt"})
        if (path.ends_with(end)) return true;
    return path == "dev";
}

void check_lengths(const Source& source, Findings& findings) {
    if (is_source(source.path) && source.text.size() > file_lines_max)
        findings.push_back(
            {source.path, file_lines_max + 1, "more than 500 lines: split the file by subject"});
    if (!is_cpp(source.path)) return;
    for (std::size_t i = 0; i < source.text.size(); ++i)
        if (columns(source.text[i]) > columns_max)
            findings.push_back(
                {source.path, i + 1, "more than 100 columns: ./dev fmt, or break the line"});
}

// Finds functions by their braces. A `{` opens a function when what stands before it since the last
// `;`, `{` or `}` has parentheses and is neither a type, a namespace, nor a value; what is inside a
// function belongs to it.
class FunctionScanner {
public:
    explicit FunctionScanner(const Source& source) : source_(source) {}

    Findings scan() {
        bool continued = false; // a line of a macro's definition
        for (line_ = 0; line_ < source_.code.size(); ++line_) {
            const std::string& code = source_.code[line_];
            const std::size_t first = code.find_first_not_of(' ');
            const bool directive = continued || (first != code.npos && code[first] == '#');
            continued = directive && code.ends_with('\\');
            if (directive) continue;
            for (const char c : code) step(c);
            head_ += ' ';
        }
        return std::move(findings_);
    }

private:
    enum class Kind { scope, function, value };

    void step(char c) {
        if (c == '{') {
            const Kind kind = inside_function() ? Kind::value : kind_of_head();
            open_.push_back({kind, head_line_});
            if (kind != Kind::value) head_.clear();
        } else if (c == '}') {
            close();
        } else if (c == ';' && (open_.empty() || open_.back().kind != Kind::value)) {
            head_.clear();
        } else if (open_.empty() || open_.back().kind == Kind::scope) {
            if (head_.find_first_not_of(' ') == head_.npos && c != ' ') head_line_ = line_;
            head_ += c;
        }
    }

    bool inside_function() const {
        return std::ranges::any_of(open_,
                                   [](const Brace& brace) { return brace.kind != Kind::scope; });
    }

    Kind kind_of_head() const {
        if (RE2::PartialMatch(head_, R"(\)\s*(noexcept|try)?\s*:\s*(.*[,\s])?[\w:<>]+\s*$)"))
            return Kind::value; // a member of an initializer list: a_{1}
        if (RE2::PartialMatch(head_, R"((=|\breturn)\s*$|=\s*[\w:<>, ]+$)")) return Kind::value;
        if (!head_.contains('(')) return Kind::scope;
        if (RE2::PartialMatch(
                head_, R"(^[\s\w<>,=:]*\b(namespace|class|struct|union|enum|extern)\b[^)]*$)"))
            return Kind::scope;
        if (RE2::PartialMatch(head_, R"(\b(class|struct|union)\s+(__attribute__|alignas|\[\[))"))
            return Kind::scope;
        return Kind::function;
    }

    void close() {
        if (open_.empty()) return;
        const Brace brace = open_.back();
        open_.pop_back();
        const std::size_t lines = line_ - brace.line + 1;
        if (brace.kind == Kind::function && lines > function_lines_max)
            findings_.push_back(
                {source_.path, brace.line + 1,
                 "a function of " + std::to_string(lines) + " lines: cut it at its comments"});
        if (brace.kind != Kind::value) {
            head_.clear();
        } else if (!inside_function()) {
            head_ += '}';
        }
    }

    struct Brace {
        Kind kind;
        std::size_t line; // where its head starts
    };

    const Source& source_;
    std::size_t line_ = 0;
    std::size_t head_line_ = 0;
    std::string head_;
    std::vector<Brace> open_;
    Findings findings_;
};

struct Include {
    std::size_t line;
    std::string path;
    bool quoted;
};

std::vector<Include> includes_of(const Source& source) {
    std::vector<Include> includes;
    for (std::size_t i = 0; i < source.text.size(); ++i) {
        std::string quote;
        std::string path;
        const bool code = source.code[i].contains('#');
        if (code &&
            RE2::PartialMatch(source.text[i], R"(^\s*#\s*include\s*([<"])([^>"]+))", &quote, &path))
            includes.push_back({i + 1, path, quote == "\""});
    }
    return includes;
}

std::size_t rank(const std::string& folder) {
    return static_cast<std::size_t>(std::ranges::find(folders, folder) - folders.begin());
}

// The header that a .cpp or _test.cpp of src/ belongs to, as it is included.
std::string own_header(std::string path) {
    RE2::Replace(&path, R"(^src/(.*?)(_test)?\.cpp$)", "\\1.h");
    return path;
}

void check_includes(const Source& source, const std::set<std::string>& paths, Findings& findings) {
    if (!is_cpp(source.path)) return;
    const auto add = [&](std::size_t line, std::string what) {
        findings.push_back({source.path, line, std::move(what)});
    };
    if (source.path.ends_with(".h") &&
        std::ranges::find(source.code, "#pragma once") == source.code.end())
        add(1, "no '#pragma once'");
    const std::vector<Include> includes = includes_of(source);
    const std::string own = own_header(source.path);
    if (own != source.path && paths.contains("src/" + own) &&
        (includes.empty() || includes[0].path != own))
        add(includes.empty() ? 1 : includes[0].line,
            "include the own header first: \"" + own + "\"");

    const std::string folder = folder_of(source.path);
    bool angle = false;
    for (const Include& include : includes) {
        angle = angle || !include.quoted;
        if (!include.quoted) continue;
        if (angle) add(include.line, "our own headers come before those in <>");
        const std::string to = include.path.substr(0, include.path.find('/'));
        const std::string beside = source.path.substr(0, source.path.rfind('/') + 1) + include.path;
        const bool shared = (folder.empty() || is_test(source.path)) &&
                            (paths.contains(beside) || paths.contains(include.path));
        if (paths.contains("src/" + include.path)) {
            if (!folder.empty() && rank(to) > rank(folder))
                add(include.line,
                    "src/" + folder + " may include only what is before it, not " + to);
        } else if (!shared) {
            add(include.line, "no such file: include by its full path under src/");
        }
    }
}

struct Tree {
    std::vector<Source> sources;
    std::set<std::string> paths;

    const Source* find(std::string_view path) const {
        const auto at = std::ranges::find(sources, path, &Source::path);
        return at == sources.end() ? nullptr : &*at;
    }
    bool says(std::string_view path, std::string_view text) const {
        const Source* source = find(path);
        return source && std::ranges::any_of(source->text,
                                             [&](const auto& line) { return line.contains(text); });
    }
};

void check_dead_files(const Tree& tree, Findings& findings) {
    std::map<std::string, std::set<std::string>> included_by;
    for (const Source& source : tree.sources)
        if (is_cpp(source.path))
            for (const Include& include : includes_of(source))
                included_by[include.path].insert(source.path);
    for (const Source& source : tree.sources) {
        const std::string folder = folder_of(source.path);
        if (folder.empty() || !is_cpp(source.path)) continue;
        if (rank(folder) == folders.size())
            findings.push_back(
                {source.path, 1, "src/" + folder + " is not a folder of the layout"});
        if (!tree.says("CMakeLists.txt", "weft_folder(" + folder))
            findings.push_back({source.path, 1, "CMakeLists.txt builds no src/" + folder});
        if (!source.path.ends_with(".h") || tree.says("CMakeLists.txt", source.path)) continue;
        const std::string header = source.path.substr(4);
        const auto& users = included_by[header];
        if (std::ranges::all_of(users,
                                [&](const auto& user) { return own_header(user) == header; }))
            findings.push_back(
                {source.path, 1,
                 "nothing uses this header: remove it, or what it is for is missing"});
    }
}

void check_architecture(const Tree& tree, Findings& findings) {
    const Source* page = tree.find("ARCHITECTURE.md");
    if (!page) {
        findings.push_back(
            {"ARCHITECTURE.md", 1, "is missing: one page, one line per folder of src/"});
        return;
    }
    std::set<std::string> there;
    for (const std::string& path : tree.paths)
        if (const auto folder = folder_of(path);
            !folder.empty() && path.contains("/" + folder + "/"))
            there.insert(folder);
    std::set<std::string> named;
    for (std::size_t i = 0; i < page->text.size(); ++i) {
        re2::StringPiece rest = page->text[i];
        std::string folder;
        while (RE2::FindAndConsume(&rest, R"(\bsrc/([a-z_]+))", &folder)) {
            named.insert(folder);
            if (!there.contains(folder))
                findings.push_back(
                    {page->path, i + 1, "there is no src/" + folder + ": mend the page"});
        }
    }
    for (const std::string& folder : there)
        if (!named.contains(folder))
            findings.push_back(
                {page->path, 1, "does not mention src/" + folder + ": give it its line"});
}

// Everything the house lint finds in a tree.
Findings check(const std::vector<File>& files) {
    Tree tree;
    for (const File& file : files) {
        tree.sources.push_back(source_of(file));
        tree.paths.insert(file.path);
    }
    Findings findings;
    for (const Source& source : tree.sources) {
        check_bans(source, findings);
        check_lengths(source, findings);
        check_includes(source, tree.paths, findings);
        if (is_cpp(source.path))
            std::ranges::move(FunctionScanner(source).scan(), std::back_inserter(findings));
    }
    check_dead_files(tree, findings);
    check_architecture(tree, findings);
    return findings;
}

std::vector<File> read_tree(const fs::path& root) {
    std::vector<File> files;
    for (auto at = fs::recursive_directory_iterator(root); at != fs::recursive_directory_iterator();
         ++at) {
        const bool skipped = skipped_names.contains(at->path().filename().string());
        if (at->is_directory() && skipped) at.disable_recursion_pending();
        if (skipped || at->is_symlink() || !at->is_regular_file() ||
            at->file_size() > file_bytes_max)
            continue;
        std::ostringstream text;
        text << std::ifstream(at->path(), std::ios::binary).rdbuf();
        if (text.view().contains('\0')) continue; // not text
        files.push_back({fs::relative(at->path(), root).generic_string(), std::move(text).str()});
    }
    std::ranges::sort(files, {}, &File::path);
    return files;
}

std::string to_text(const Findings& findings) {
    std::string text;
    for (const Finding& finding : findings)
        text += finding.path + ":" + std::to_string(finding.line) + ": " + finding.what + "\n";
    return text;
}

TEST(Tidy, the_tree_keeps_the_house_rules) {
    const std::vector<File> files = read_tree(WEFT_SOURCE_DIR);
    ASSERT_GT(files.size(), 10U) << "no tree in " << WEFT_SOURCE_DIR;
    const Findings findings = check(files);
    EXPECT_TRUE(findings.empty()) << findings.size() << " breaches of the house rules:\n"
                                  << to_text(findings);
}

// What the lint finds in one file, beside a tree that is in order.
std::string findings_in(const std::string& path, const std::string& text,
                        std::vector<File> others = {}) {
    std::vector<File> files = {
        {"ARCHITECTURE.md", "`src/engine/` runs flows.\n"},
        {"CMakeLists.txt", "weft_folder(engine)\nweft_folder(store)\n"},
        {"src/engine/main.cpp", "int main() { return 0; }\n"},
    };
    others.push_back({path, text});
    for (File& other : others) {
        std::erase_if(files, [&](const File& file) { return file.path == other.path; });
        files.push_back(std::move(other));
    }
    return to_text(check(files));
}

TEST(Tidy, catches_every_banned_name_where_it_counts) {
    for (const Ban& ban : bans) {
        const std::string line = std::string(ban.sample) + "\n";
        const std::string at = "src/engine/sample.cpp:2: '";
        EXPECT_THAT(findings_in("src/engine/sample.cpp", "\n" + line), StartsWith(at)) << line;
        EXPECT_THAT(findings_in("src/engine/sample.cpp", "\n" + line), HasSubstr(ban.instead));
        if (ban.look == Look::text) continue;
        EXPECT_EQ(findings_in("src/engine/sample.cpp", "// " + line), "");
        EXPECT_EQ(findings_in("src/engine/sample.cpp", "/* " + line + "*/\n"), "");
        for (const std::string& allowed : ban.allowed)
            EXPECT_THAT(findings_in(allowed + "x.cpp", line), Not(HasSubstr(ban.instead)));
    }
}

TEST(Tidy, reads_code_and_literals_apart) {
    const std::string path = "src/engine/sample.cpp";
    EXPECT_EQ(findings_in(path, "auto a = \"throw\"; auto b = R\"x(rand())\" rand())x\";\n"), "");
    EXPECT_EQ(findings_in(path, "int n = 1'000; char c = '\"'; char d = '\\''; // throw\n"), "");
    EXPECT_THAT(findings_in(path, "int n = 1'000; throw 1;\n"), HasSubstr("sample.cpp:1: 'throw'"));
    EXPECT_THAT(findings_in(path, "auto a = \"\\\"\"; throw 1;\n"), HasSubstr("'throw'"));
    EXPECT_THAT(findings_in(path, "auto a = R\"sql(\n  UPDATE task SET a = 1)sql\";\n"),
                HasSubstr("sample.cpp:2: 'UPDATE task SET'"));
    EXPECT_EQ(findings_in(path, "auto a = \"Delete from the list, update and set.\";\n"), "");
}

TEST(Tidy, catches_what_is_too_long) {
    const std::string path = "src/engine/sample.cpp";
    const auto lines = [](std::size_t count, const std::string& line) {
        std::string text;
        for (; count > 0; --count) text += line + "\n";
        return text;
    };
    EXPECT_EQ(findings_in(path, lines(500, "int a;")), "");
    EXPECT_THAT(findings_in(path, lines(501, "int a;")), HasSubstr(":501: more than 500 lines"));
    EXPECT_THAT(findings_in("tools/x.sh", lines(501, "true")), HasSubstr("more than 500 lines"));
    EXPECT_EQ(findings_in(path, "// " + std::string(97, 'x') + "\n"), "");
    EXPECT_THAT(findings_in(path, "\n// " + std::string(98, 'x') + "\n"),
                HasSubstr(":2: more than 100"));
    EXPECT_EQ(findings_in(path, "// " + lines(1, "äöü" + std::string(94, 'x'))), "");

    const std::string body = lines(68, "    if (a) { b(); }");
    const std::string long_body = lines(69, "    if (a) { b(); }");
    for (const std::string head :
         {"int f(int a) {\n", "A::A(int a) : a_{a}, b_(a), c_{1} {\n",
          "template <class T> T f() {\n", "Task<Result<A>> f(A a) {\n", "TEST(A, b) {\n",
          "#define X {\nauto f() -> int {\n",
          "namespace a {\nclass B : C {\nint d_ = 1;\nvoid f() const override {\n"}) {
        EXPECT_EQ(findings_in(path, head + body + "}\n"), "") << head;
        EXPECT_THAT(findings_in(path, head + long_body + "}\n"),
                    HasSubstr("a function of 71 lines"))
            << head;
    }
    for (const std::string head :
         {"namespace a {\n", "struct A {\n", "constexpr Route routes[] = {\n", "enum class A {\n",
          "class __attribute__((capability(\"m\"))) A {\n", "namespace {\nstruct B : C<int> {\n"})
        EXPECT_EQ(findings_in(path, head + lines(80, "    g(a),") + "};\n"), "") << head;
}

TEST(Tidy, catches_includes_out_of_order) {
    const std::string path = "src/engine/sample.cpp";
    const std::vector<File> others = {{"src/engine/sample.h", "#pragma once\n"},
                                      {"src/store/store.h", "#pragma once\n"},
                                      {"src/engine/a.cpp", "#include \"engine/sample.h\"\n"},
                                      {"src/engine/b.cpp", "#include \"store/store.h\"\n"},
                                      {"ARCHITECTURE.md", "src/engine, src/store\n"}};
    const std::string own = "#include \"engine/sample.h\"\n";
    EXPECT_EQ(findings_in(path, own + "#include \"store/store.h\"\n#include <vector>\n", others),
              "");
    EXPECT_THAT(findings_in(path, "#include <vector>\n" + own, others),
                HasSubstr("own header first"));
    EXPECT_THAT(findings_in(path, own + "#include <v>\n#include \"store/store.h\"\n", others),
                HasSubstr(":3: our own headers come before"));
    EXPECT_THAT(findings_in(path, own + "#include \"store.h\"\n", others),
                HasSubstr(":2: no such"));
    EXPECT_THAT(findings_in("src/store/x.cpp", own, others), HasSubstr("not engine"));
    EXPECT_THAT(findings_in("src/engine/x.h", "int a;\n", others), HasSubstr("no '#pragma once'"));
}

TEST(Tidy, catches_what_the_tree_does_not_use_or_name) {
    EXPECT_EQ(findings_in("src/engine/main.cpp", "int main() {}\n"), "");
    EXPECT_THAT(findings_in("src/engine/x.h", "#pragma once\n"),
                HasSubstr("nothing uses this header"));
    EXPECT_THAT(findings_in("src/engine/x.h", "#pragma once\n",
                            {{"src/engine/x.cpp", "#include \"engine/x.h\"\n"},
                             {"src/engine/x_test.cpp", "#include \"engine/x.h\"\n"}}),
                HasSubstr("nothing uses this header"));
    EXPECT_EQ(findings_in("src/engine/x.h", "#pragma once\n",
                          {{"src/engine/y.cpp", "#include \"engine/x.h\"\n"}}),
              "");
    EXPECT_THAT(findings_in("src/auth/x.cpp", "\n"),
                HasSubstr("CMakeLists.txt builds no src/auth"));
    EXPECT_THAT(findings_in("src/auth/x.cpp", "\n"), HasSubstr("does not mention src/auth"));
    EXPECT_THAT(findings_in("src/misc/x.cpp", "\n"), HasSubstr("not a folder of the layout"));
    EXPECT_THAT(findings_in("ARCHITECTURE.md", "src/engine\nsrc/gone/\n"),
                HasSubstr("ARCHITECTURE.md:2: there is no src/gone"));
}

} // namespace
} // namespace tidy
