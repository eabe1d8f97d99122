#pragma once

#include "base/result.h"

#include <filesystem>
#include <map>
#include <string>

namespace weft::cli {

/// Reads a package's directory: path inside it → text. Refuses links, hidden and unlisted files
/// before opening them. invalid: names the file. not_found: no such directory.
Result<std::map<std::string, std::string>>
read_package_files(const std::filesystem::path& directory);

/// A whole file. not_found, too_large (64 MiB).
Result<std::string> read_file(const std::filesystem::path& path);

} // namespace weft::cli
