#pragma once

#include "base/result.h"

#include <string>

namespace weft::cli {

/// A password from the terminal, typed twice and not shown, or without a terminal the first line of
/// standard input. invalid: the two differ, there is none, or it is too short or too long.
Result<std::string> read_new_password(const std::string& whose);

} // namespace weft::cli
