#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace weft::cli {

void add_settings(CLI::App& app, server::Settings& settings, Command command) {
    for (const server::Setting& setting : server::settings_table()) {
        if (setting.is_secret) continue; // command lines are visible to every user of the machine
        if (setting.is_for_serving && command != Command::serve) continue;
        const std::string flag = std::string("--") + setting.name;
        const std::string sentence = fmt::format("{} [{}, default {}]", setting.sentence,
                                                 setting.environment, setting.unset);
        if (setting.text)
            app.add_option(flag, settings.*setting.text, sentence);
        else if (setting.number)
            app.add_option(flag, settings.*setting.number, sentence);
        else
            app.add_flag(flag, settings.*setting.flag, sentence);
    }
}

std::string settings_help() {
    std::string text = "Secrets are given by the environment only:\n";
    for (const server::Setting& setting : server::settings_table())
        if (setting.is_secret)
            text += fmt::format("  {:<24} {} (default: {})\n", setting.environment,
                                setting.sentence, setting.unset);
    return text;
}

} // namespace weft::cli
