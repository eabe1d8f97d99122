#pragma once

#include "base/result.h"
#include "base/time.h"

#include <vector>

namespace weft::server {

/// Runs a program, without a shell, and answers what it writes to its standard output; its
/// standard error is ours, and it reads nothing. Blocks. unavailable: it cannot be started, ends
/// with another code than 0, writes more than `bytes_max`, or takes longer than `within` and is
/// killed with all that it started.
Result<std::string> output_of(const std::vector<std::string>& words, milliseconds within,
                              std::size_t bytes_max);

} // namespace weft::server
