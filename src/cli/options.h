#pragma once

#include "server/settings.h"

#include <CLI/App.hpp>

namespace weft::cli {

/// Adds one flag for each setting of the table that may stand on a command line. `settings` already
/// holds what the environment says; a flag overrides it. `Command::other`: without those that only
/// a server needs.
enum class Command { serve, other };
void add_settings(CLI::App& app, server::Settings& settings, Command command);

/// The table's settings with sentence, variable and default, as lines for --help.
std::string settings_help();

} // namespace weft::cli
