#pragma once

#include "cli/place.h"

namespace weft::cli {

struct ApiKeyOptions : Place {
    std::string name;
    std::string role = "viewer";
    std::string project; ///< empty: all
    std::string expires; ///< a date, or "30d" from now; empty: never
    std::string id;      ///< which to revoke
    bool json = false;
};

/// `weft apikey create|list|revoke`: on the data directory itself when no server holds it, else
/// through the server whose address stands in the directory, or through --server. Return the exit
/// code: 0 done, 2 wrong usage, 3 directory or server cannot be used or refused.
int create_key(const server::GatheredSettings& settings, const ApiKeyOptions& options);
int list_keys(const server::GatheredSettings& settings, const ApiKeyOptions& options);
int revoke_key(const server::GatheredSettings& settings, const ApiKeyOptions& options);

} // namespace weft::cli
