// The command line as a person meets it: wrong usage with its exact sentence, settings, completion.
#include "weft_process.h"
#include "whole_server.h"

#include "cli/settings_command.h"

#include <re2/re2.h>

namespace weft {

using testing::WeftProcess;

namespace {

struct Outcome {
    int exit;
    std::string output;
    std::string errors;
};

/// Runs the built weft with a data directory of its own and no settings of this machine.
Outcome weft_says(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    const testing::TemporaryDirectory directory;
    environment.push_back("WEFT_DATA=" + (directory.path() / "data").string());
    for (const server::Setting& setting : server::settings_table())
        if (setting.name != std::string_view("data"))
            environment.push_back(std::string(setting.environment) + "=");
    WeftProcess process(std::move(arguments), directory.path() / "out", std::move(environment));
    const int exit = process.wait();
    return {exit, process.output(), process.errors()};
}

/// What bash completes `line` to, with our script loaded.
std::vector<std::string> completed(const std::string& line) {
    const testing::TemporaryDirectory directory;
    std::ofstream(directory.path() / "script") << weft_says({"completion", "bash"}).output;
    const std::string out = directory.path() / "words";
    const std::string command =
        fmt::format("bash --norc -c 'source {}/script; read -ra COMP_WORDS <<<\"{}\"; "
                    "[[ \"{}\" != *\" \" ]] || COMP_WORDS+=(\"\"); "
                    "COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _weft; "
                    "printf \"%s\\n\" \"${{COMPREPLY[@]}}\"' >{}",
                    directory.path().string(), line, line, out);
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::ifstream in(out);
    std::vector<std::string> words;
    for (std::string word; std::getline(in, word);)
        if (!word.empty()) words.push_back(word);
    return words;
}

} // namespace

TEST(CommandLine, wrong_usage_is_told_in_a_sentence_with_exit_code_2) {
    struct Case {
        std::vector<std::string> arguments;
        std::string says;
    };
    const Case cases[] = {
        {{},
         "weft: Say what to do: serve, run, apikey, user, audit, export, import, secrets, plan, "
         "migrate, doctor, settings, completion, help. `weft --help` explains them."},
        {{"flie"}, "weft: There is no command flie. `weft --help` lists all."},
        {{"sevre"},
         "weft: There is no command sevre. Did you mean serve? `weft --help` lists all."},
        {{"--verison"},
         "weft: There is no option --verison. Did you mean --version? `weft --help` lists all."},
        {{"help", "rn"},
         "weft: There is no command rn. Did you mean run? `weft --help` lists all."},
        {{"run"}, "weft run: PACKAGE is missing: Directory of the packaged coworker."},
        {{"run", "a", "b"},
         "weft run: \"b\" is one word too many. `weft run --help` says what there is."},
        {{"run", "a", "--fille=x"},
         "weft run: There is no option --fille. Did you mean --file? "
         "`weft run --help` lists all."},
        {{"run", "a", "--file"}, "weft run: --file needs a value. `weft run --help` says which."},
        {{"run", "a", "--listen", "127.0.0.1:1"},
         "weft run: There is no option --listen. `weft run --help` lists all."},
        {{"serve", "now"},
         "weft serve: \"now\" is one word too many. `weft serve --help` says what there is."},
        {{"serve", "--threads", "1000"},
         "weft: The setting threads (flag --threads) is \"1000\" but "
         "must be a whole number from 0 to 64."},
        {{"serve", "--listen", "here"},
         "weft: The setting listen (flag --listen) is \"here\" but must "
         "be an address and a port, such as 127.0.0.1:8470."},
        {{"serve", "--log-level", "loud"},
         "weft: The setting log-level (flag --log-level) is \"loud\" "
         "but must be debug, info, warn or error."},
        {{"serve", "--openai-api-key", "sk-x"},
         "weft serve: There is no option --openai-api-key. `weft serve --help` lists all."},
        {{"serve", "--config", "/nowhere/weft.conf"},
         "weft: Cannot read the settings file /nowhere/weft.conf: No such file or directory."},
        {{"migrate"}, "weft migrate: --from is missing: The data directory."},
        {{"migrate", "--from", "/nowhere"},
         "weft migrate: Say where to: --to postgres://user@host/database, or the same in "
         "WEFT_STORE."},
        {{"completion"}, "weft completion: SHELL is missing: bash, zsh or fish."},
        {{"completion", "tcsh"},
         "weft: \"tcsh\" is no shell that can be completed: take bash, zsh or fish."},
    };
    for (const Case& each : cases) {
        const Outcome outcome = weft_says(each.arguments);
        EXPECT_EQ(outcome.exit, 2) << each.says;
        EXPECT_EQ(outcome.errors, each.says + "\n");
        EXPECT_EQ(outcome.output, "");
    }
}

TEST(CommandLine, version_names_commit_build_and_sqlite) {
    const Outcome outcome = weft_says({"--version"});
    EXPECT_EQ(outcome.exit, 0);
    EXPECT_TRUE(RE2::FullMatch(outcome.output,
                               R"(weft \d+\.\d+\.\d+ \(commit ([0-9a-f]{12}|unknown), )"
                               R"([a-z, ]+ build, SQLite 3\.\d+\.\d+\)\n)"))
        << outcome.output;
}

TEST(CommandLine, help_explains_each_command_both_ways) {
    for (const std::string command :
         {"serve", "run", "apikey", "user", "audit", "export", "import", "secrets", "plan",
          "migrate", "doctor", "settings", "completion"}) {
        const Outcome by_help = weft_says({"help", command});
        const Outcome by_flag = weft_says({command, "--help"});
        EXPECT_EQ(by_help.exit, 0);
        EXPECT_EQ(by_help.output, by_flag.output);
        EXPECT_NE(by_help.output.find("Usage: weft " + command), std::string::npos);
        EXPECT_NE(weft_says({"help"}).output.find("  " + command + " "), std::string::npos);
    }
}

TEST(CommandLine, settings_are_shown_with_their_origin_and_without_secrets) {
    const testing::TemporaryDirectory directory;
    std::ofstream(directory.path() / "weft.conf") << "threads = 3\n";
    const std::vector<std::string> flags{"settings", "--data", directory.path(), "--log-level",
                                         "debug"};
    const std::vector<std::string> environment{"OPENAI_API_KEY=sk-canary-not-real",
                                               "WEFT_KEY_IN_QUERY=1"};
    const Outcome shown = weft_says(flags, environment);
    ASSERT_EQ(shown.exit, 0) << shown.errors;
    EXPECT_TRUE(RE2::PartialMatch(shown.output, R"((?m)^threads +3 +line 1 of \S+weft.conf$)"));
    EXPECT_TRUE(RE2::PartialMatch(shown.output, R"((?m)^log-level +debug +flag --log-level$)"));
    EXPECT_TRUE(RE2::PartialMatch(
        shown.output, R"((?m)^key-in-query +on +environment variable WEFT_KEY_IN_QUERY$)"));
    EXPECT_TRUE(RE2::PartialMatch(shown.output, R"((?m)^listen +127.0.0.1:8470 +default$)"));
    EXPECT_TRUE(RE2::PartialMatch(
        shown.output,
        R"((?m)^openai-api-key +\(set, not shown\) +environment variable OPENAI_API_KEY$)"));

    auto with_json = flags;
    with_json.emplace_back("--json");
    const Outcome json = weft_says(with_json, environment);
    const auto all = parse_json(json.output);
    ASSERT_TRUE(all) << json.output;
    const json::array& rows = all->at("settings").as_array();
    EXPECT_EQ(rows.size(), server::settings_table().size());
    for (const json::value& row : rows) {
        if (row.at("name") == "threads") {
            EXPECT_EQ(row.at("value"), 3);
            EXPECT_EQ(row.at("from"), "file");
        }
        if (row.at("name") == "openai-api-key") {
            EXPECT_TRUE(row.at("value").is_null());
            EXPECT_EQ(row.at("is_set"), true);
        }
    }
    for (const Outcome* each : {&shown, &json})
        EXPECT_EQ(each->output.find("sk-canary-not-real"), std::string::npos);
}

TEST(CommandLine, the_page_of_settings_is_the_table) {
    const std::string path = WEFT_SOURCE_DIR "/docs/settings.md";
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    const std::string page = text.str();
    const auto from = page.find("| setting |");
    ASSERT_NE(from, std::string::npos);
    auto to = from;
    while (to < page.size() && page[to] == '|') to = page.find('\n', to) + 1;
    const std::string table = page.substr(from, to - from);
    if (std::getenv("WEFT_TEST_UPDATE") && table != cli::settings_markdown()) {
        std::ofstream(path) << page.substr(0, from) << cli::settings_markdown() << page.substr(to);
        return;
    }
    EXPECT_EQ(table, cli::settings_markdown()) << "./dev test --update rewrites the table";
    EXPECT_EQ(weft_says({"settings", "--markdown"}).output, cli::settings_markdown());
}

TEST(Completion, bash_completes_commands_options_and_values) {
    using Words = std::vector<std::string>;
    EXPECT_EQ(completed("weft se"), (Words{"serve", "secrets", "settings"}));
    EXPECT_EQ(completed("weft run --fi"), Words{"--file"});
    EXPECT_EQ(completed("weft serve --log-level "), (Words{"debug", "info", "warn", "error"}));
    EXPECT_EQ(completed("weft serve --log-level w"), Words{"warn"});
    EXPECT_EQ(completed("weft completion z"), Words{"zsh"});
    EXPECT_EQ(completed("weft apikey "), (Words{"create", "list", "revoke", "--help"}));
    EXPECT_EQ(completed("weft user "),
              (Words{"list", "add", "set-role", "reset-password", "end-sessions", "--help"}));
    EXPECT_EQ(completed("weft audit "), (Words{"verify", "--help"}));
    EXPECT_EQ(completed("weft apikey create --role o"), (Words{"operator", "owner"}));
    EXPECT_EQ(completed("weft help se"), (Words{"serve", "secrets", "settings"}));
    EXPECT_EQ(completed("weft settings --js"), Words{"--json"});
    EXPECT_EQ(completed("weft run READ"), Words{"README.md"});
    EXPECT_EQ(completed("weft serve --listen "), Words{});
    EXPECT_EQ(completed("weft run --bootstrap"), Words{}); // means nothing to run
}

/// What `shell -c script` writes, with our completion script in the file "script"; nothing when the
/// shell is not installed.
std::optional<std::string> tried_in(const std::string& shell, const std::string& before,
                                    const std::string& script) {
    const Outcome outcome = weft_says({"completion", shell});
    EXPECT_EQ(outcome.exit, 0);
    if (std::system(("command -v " + shell + " >/dev/null").c_str()) != 0) {
        std::printf("%s is not installed: its script was not tried\n", shell.c_str());
        return std::nullopt;
    }
    const testing::TemporaryDirectory directory;
    const std::string file = directory.path() / "script";
    const std::string out = directory.path() / "out";
    std::ofstream(file) << outcome.output;
    EXPECT_EQ(std::system((shell + " -n " + file).c_str()), 0);
    std::ofstream(directory.path() / "try") << before << "\nsource " << file << "\n"
                                            << script << "\n";
    const std::string command = fmt::format("{} {}/try >{}", shell, directory.path().string(), out);
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::ifstream in(out);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(Completion, zsh_offers_what_stands_there) {
    // compadd is what zsh's own machinery would be told; it works only inside of a line editor.
    const std::string script = "words=(weft run --mod); CURRENT=3; _weft; print --; "
                               "words=(weft completion \"\"); CURRENT=3; _weft; print --; "
                               "words=(weft serve --log-level \"\"); CURRENT=4; _weft";
    const auto text =
        tried_in("zsh", "compdef() {}; compadd() { shift; print -l -- $@ }; _files() {}", script);
    if (!text) return;
    EXPECT_NE(text->find("\n--model\n"), std::string::npos) << *text;
    EXPECT_NE(text->find("\nzsh\n"), std::string::npos) << *text;
    EXPECT_TRUE(text->ends_with("debug\ninfo\nwarn\nerror\n")) << *text;
}

TEST(Completion, fish_offers_what_stands_there) {
    const auto text = tried_in("fish", "",
                               "complete -C 'weft se'; complete -C 'weft run --goa'; "
                               "complete -C 'weft serve --log-level w'");
    if (!text) return;
    EXPECT_EQ(*text, "secrets\tReplace the keys that protect stored secrets\n"
                     "serve\tAnswer requests and run flows until stopped\n"
                     "settings\tShow every setting and where its value is from\n"
                     "--goal\tWhat to achieve (default: the flow's own goal)\n"
                     "warn\tLeast serious message that is logged: debug, info, warn, error "
                     "[WEFT_LOG_LEVEL, default info]\n");
}

} // namespace weft
