#pragma once

#include "whole_server.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace weft::testing {

struct Outcome {
    int exit = -1;
    std::string output; ///< both streams
};

/// Runs a command of the shell to its end.
inline Outcome run(const std::string& command) {
    const TemporaryDirectory directory;
    const std::string out = directory.path() / "out";
    Outcome outcome;
    outcome.exit = WEXITSTATUS(std::system(("(" + command + ") >" + out + " 2>&1").c_str()));
    std::ifstream in(out);
    std::ostringstream text;
    text << in.rdbuf();
    outcome.output = text.str();
    return outcome;
}

} // namespace weft::testing
