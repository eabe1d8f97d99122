// What the command line says to someone who typed something else than it expects.
#include "base/nearest.h"
#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

namespace weft::cli {

namespace {

/// The innermost command that was recognized.
const CLI::App& innermost(const CLI::App& app) {
    const auto parsed = app.get_subcommands();
    return parsed.empty() ? app : innermost(*parsed.front());
}

std::vector<std::string> commands_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(each->get_name());
    return names;
}

std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* each : app.get_options())
        if (each->nonpositional())
            for (const std::string& name : each->get_lnames()) names.push_back("--" + name);
    return names;
}

std::string upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c -= 'a' - 'A';
    return text;
}

std::string too_much(const CLI::App& command, const std::string& word) {
    if (word.starts_with('-')) {
        const std::string bare = word.substr(0, word.find('='));
        return fmt::format("There is no option {}.{} `{} --help` lists all.", bare,
                           did_you_mean(bare, options_of(command)), path_of(command));
    }
    if (commands_of(command).empty())
        return fmt::format("\"{}\" is one word too many. `{} --help` says what there is.", word,
                           path_of(command));
    return no_such_command(command, word);
}

std::string missing(const CLI::App& command) {
    if (!commands_of(command).empty())
        return fmt::format("Say what to do: {}. `{} --help` explains them.",
                           fmt::join(commands_of(command), ", "), path_of(command));
    for (const CLI::Option* each : command.get_options())
        if (each->get_required() && each->count() == 0)
            return fmt::format("{} is missing: {}.",
                               each->get_positional() ? upper(each->get_name()) : each->get_name(),
                               each->get_description());
    return "Something is missing.";
}

} // namespace

std::string path_of(const CLI::App& command) {
    return command.get_parent() ? path_of(*command.get_parent()) + " " + command.get_name()
                                : command.get_name();
}

std::string no_such_command(const CLI::App& above, const std::string& word) {
    return fmt::format("There is no command {}.{} `{} --help` lists all.", word,
                       did_you_mean(word, commands_of(above)), path_of(above));
}

std::string explain(const CLI::ParseError& error, const CLI::App& app) {
    const CLI::App& command = innermost(app);
    const std::vector<std::string> left = app.remaining(true);
    std::string sentence;
    if (!left.empty() &&
        (dynamic_cast<const CLI::ExtrasError*>(&error) || !commands_of(command).empty()))
        sentence = too_much(command, left.front());
    else if (dynamic_cast<const CLI::RequiredError*>(&error))
        sentence = missing(command);
    else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error))
        sentence = fmt::format(
            "{} needs a value. `{} --help` says which.",
            std::string_view(error.what()).substr(0, std::string_view(error.what()).find(':')),
            path_of(command));
    else
        sentence =
            fmt::format("{}. `{} --help` says what there is.", error.what(), path_of(command));
    return path_of(command) + ": " + sentence;
}

} // namespace weft::cli
