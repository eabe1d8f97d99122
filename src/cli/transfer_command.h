#pragma once

#include "cli/place.h"

namespace weft::cli {

/// `weft export` and `weft import`: a project to a file and back, by a server.
struct TransferOptions : Place {
    std::string project; ///< of export; empty: the key's only one
    bool records = false;
    std::string output; ///< empty: stdout
    std::string file;   ///< of import
    std::string name;   ///< of import; empty: as in the file
    bool json = false;
};

/// What the shell is told: 0 done, 2 wrong usage or a file that is no export, 3 no server or file.
int export_project(const server::GatheredSettings& settings, const TransferOptions& options);
int import_project(const server::GatheredSettings& settings, const TransferOptions& options);

} // namespace weft::cli
