#include "cli/completion.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weft::cli {

namespace {

/// What follows an option, as far as a shell can know.
struct Values {
    const char* option;
    const char* words; ///< nullptr: files
};
constexpr Values known_values[] = {
    {"--log-level", "debug info warn error"},
    {"--role", "viewer operator editor owner"},
    {"--file", nullptr},
    {"--data", nullptr},
    {"--config", nullptr},
};

const Values* values_of(std::string_view option) {
    for (const Values& each : known_values)
        if (each.option == option) return &each;
    return nullptr;
}

struct Option {
    std::string name; ///< "--file"
    std::string sentence;
    bool takes_value;
};

struct Command {
    std::string path; ///< "weft apikey create"
    std::string sentence;
    std::vector<std::string> subcommands;
    std::vector<Option> options;
    const char* words; ///< of its first argument; nullptr: files
};

Command describe(const CLI::App& app, const std::string& path) {
    Command command{path, app.get_description(), {}, {}, ""};
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
        command.subcommands.push_back(each->get_name());
    for (const CLI::Option* each : app.get_options())
        for (const std::string& name : each->get_lnames())
            command.options.push_back(
                {"--" + name, each->get_description(), each->get_items_expected_max() > 0});
    if (app.get_name() == "run") command.words = nullptr;
    if (app.get_name() == "completion") command.words = "bash zsh fish";
    return command;
}

void collect(const CLI::App& app, const std::string& path, std::vector<Command>& all) {
    all.push_back(describe(app, path));
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
        collect(*each, path + " " + each->get_name(), all);
}

/// All commands, the outermost first. What `help` takes are the outermost's commands.
std::vector<Command> commands_of(const CLI::App& app) {
    std::vector<Command> all;
    collect(app, app.get_name(), all);
    for (Command& each : all)
        if (each.path == app.get_name() + " help") each.subcommands = all.front().subcommands;
    return all;
}

/// The words that may stand at this place, for bash and zsh.
std::string words_of(const Command& command) {
    std::vector<std::string> words = command.subcommands;
    for (const Option& option : command.options) words.push_back(option.name);
    return fmt::format("{}{}{}", fmt::join(words, " "), command.words && *command.words ? " " : "",
                       command.words ? command.words : "");
}

std::string paths_of(const std::vector<Command>& commands) {
    std::vector<std::string> quoted;
    for (const Command& each : commands)
        if (each.path.contains(' ')) quoted.push_back("\"" + each.path + "\"");
    return fmt::format("{}", fmt::join(quoted, " | "));
}

/// The cases of bash and zsh for what stands before the word being typed: `list` prints words
/// ({} = the words), `files` is how the shell takes files.
std::string value_cases(const std::vector<Command>& commands, const char* list, const char* files) {
    std::string text;
    for (const Command& command : commands)
        for (const Option& option : command.options) {
            if (!option.takes_value) continue;
            const Values* values = values_of(option.name);
            text += fmt::format("    \"{} {}\") ", command.path, option.name);
            text += !values          ? std::string("return")
                    : !values->words ? std::string(files) + "; return"
                                     : fmt::format(fmt::runtime(list), values->words) + "; return";
            text += " ;;\n";
        }
    return text;
}

std::string word_cases(const std::vector<Command>& commands, const char* list, const char* files) {
    std::string text;
    for (const Command& command : commands)
        text += fmt::format("    \"{}\") {}{} ;;\n", command.path,
                            fmt::format(fmt::runtime(list), words_of(command)),
                            command.words ? "" : fmt::format("; {}", files));
    return text;
}

constexpr const char* bash_list = R"(COMPREPLY+=($(compgen -W "{}" -- "$word")))";
constexpr const char* bash_files = R"(COMPREPLY+=($(compgen -f -- "$word")))";

std::string bash_script(const std::vector<Command>& commands) {
    return fmt::format(R"(# bash completion of weft: source <(weft completion bash)
_weft() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command=weft i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$command ${{COMP_WORDS[i]}}" in
        {}) command+=" ${{COMP_WORDS[i]}}" ;;
        esac
    done
    case "$command $before" in
{}    esac
    case "$command" in
{}    esac
}}
complete -o filenames -F _weft weft
)",
                       paths_of(commands), value_cases(commands, bash_list, bash_files),
                       word_cases(commands, bash_list, bash_files));
}

constexpr const char* zsh_list = "compadd -- {}";
constexpr const char* zsh_files = "_files";

std::string zsh_script(const std::vector<Command>& commands) {
    return fmt::format(R"(#compdef weft
# zsh completion of weft: source <(weft completion zsh)
_weft() {{
    local before=${{words[CURRENT-1]}} command=weft i
    for ((i = 2; i < CURRENT; i++)); do
        case "$command ${{words[i]}}" in
        {}) command+=" ${{words[i]}}" ;;
        esac
    done
    case "$command $before" in
{}    esac
    case "$command" in
{}    esac
}}
compdef _weft weft
)",
                       paths_of(commands), value_cases(commands, zsh_list, zsh_files),
                       word_cases(commands, zsh_list, zsh_files));
}

std::string quoted(std::string text) {
    std::string safe;
    for (const char c : text) {
        if (c == '\'' || c == '\\') safe += '\\';
        safe += c;
    }
    return "'" + safe + "'";
}

/// fish's condition for "the words so far name this command and no deeper one".
std::string fish_condition(const Command& command) {
    return fmt::format("test (_weft_command) = {}", quoted(command.path));
}

std::string fish_script(const std::vector<Command>& commands) {
    std::vector<std::string> paths;
    for (const Command& each : commands) paths.push_back(quoted(each.path));
    std::string text = fmt::format(R"(# fish completion of weft: weft completion fish | source
function _weft_command
    set -l command weft
    for word in (commandline -opc)[2..-1]
        contains -- "$command $word" {} && set command "$command $word"
    end
    echo $command
end
complete -c weft -f
)",
                                   fmt::join(paths, " "));
    for (const Command& command : commands) {
        const std::string condition = quoted(fish_condition(command));
        for (const Command& each : commands)
            if (each.path.starts_with(command.path + " ") &&
                !each.path.substr(command.path.size() + 1).contains(' '))
                text +=
                    fmt::format("complete -c weft -n {} -a {} -d {}\n", condition,
                                each.path.substr(command.path.size() + 1), quoted(each.sentence));
        if (!command.words) text += fmt::format("complete -c weft -n {} -F\n", condition);
        if (command.words && *command.words)
            text += fmt::format("complete -c weft -n {} -a {}\n", condition, quoted(command.words));
        for (const Option& option : command.options) {
            const Values* values = values_of(option.name);
            const std::string takes = !option.takes_value ? ""
                                      : !values           ? " -x"
                                      : values->words     ? " -x -a " + quoted(values->words)
                                                          : " -r -F";
            text += fmt::format("complete -c weft -n {} -l {}{} -d {}\n", condition,
                                option.name.substr(2), takes, quoted(option.sentence));
        }
    }
    return text;
}

} // namespace

Result<std::string> completion_script(const CLI::App& app, const std::string& shell) {
    const std::vector<Command> commands = commands_of(app);
    if (shell == "bash") return bash_script(commands);
    if (shell == "zsh") return zsh_script(commands);
    if (shell == "fish") return fish_script(commands);
    return fail(Code::invalid, fmt::format("\"{}\" is no shell that can be completed: take bash, "
                                           "zsh or fish.",
                                           shell));
}

} // namespace weft::cli
