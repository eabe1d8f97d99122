#pragma once

#include "cli/place.h"

namespace weft::cli {

struct SecretsOptions : Place {
    std::string new_file;    ///< where the new master key is; WEFT_NEW_MASTER_KEY may have it too
    std::string new_command; ///< or what prints it
    std::string project;     ///< whose data key; empty: all
    bool json = false;
};

/// `weft secrets rotate-master|rotate-data-keys|status`: on the data directory itself when no
/// server holds it, else through the server. Return the exit code: 0 done, 2 wrong usage or key, 3
/// directory or server cannot be used or refused.
int rotate_master(const server::GatheredSettings& settings, const SecretsOptions& options);
int rotate_data_keys(const server::GatheredSettings& settings, const SecretsOptions& options);
int show_secrets(const server::GatheredSettings& settings, const SecretsOptions& options);

} // namespace weft::cli
