#pragma once

#include "server/settings_gather.h"

namespace weft::cli {

struct SettingsOptions {
    bool json = false;
    bool markdown = false;
};

/// `weft settings`: every setting with what holds and where that is from, on stdout; secrets are
/// masked. Returns the exit code.
int show_settings(const server::GatheredSettings& gathered, const SettingsOptions& options);

/// The table of docs/settings.md.
std::string settings_markdown();

} // namespace weft::cli
