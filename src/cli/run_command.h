#pragma once

#include "server/settings.h"

#include <string>

namespace weft::cli {

/// `weft run PATH`: a packaged coworker's main flow on one document, from start to conclusion.
struct RunOptions {
    std::string package_directory;
    std::string file;    ///< the document; empty = the package's own sample
    std::string goal;    ///< empty = the flow's default goal
    std::string model;   ///< provider/name for every agent; empty = as the package says
    std::string server;  ///< empty = a server of its own inside this process
    std::string api_key; ///< for `server`; WEFT_API_KEY
    std::string project; ///< on `server`; empty = the key's only project
    bool json = false;
};

/// What the shell is told. Part of the public interface: docs/run.md lists them.
enum class Exit : int {
    completed = 0,
    failed = 1, ///< the run failed, or waits for a person
    usage = 2,  ///< the command line, the package or the file is wrong
    unreachable =
        3, ///< the server cannot be reached, refused, or its data directory cannot be used
    cancelled = 130, ///< stopped by Ctrl-C (or TERM)
};

/// Runs to the end; prints progress on stderr and the conclusion, or with `json` one object a line,
/// on stdout.
Exit run_package(const RunOptions& options, server::Settings settings, bool data_was_given);

} // namespace weft::cli
