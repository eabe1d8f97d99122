#include "cli/package_files.h"

#include "domain/package.h"

#include <fstream>
#include <sstream>

namespace weft::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t file_bytes_max = 64 * 1024 * 1024;

Result<> add_entry(const fs::path& root, const fs::directory_entry& entry,
                   std::map<std::string, std::string>& files) {
    const std::string inside = entry.path().lexically_relative(root).generic_string();
    std::error_code error;
    if (entry.is_symlink(error))
        return fail(Code::invalid, inside + " is a link: a package holds none.");
    if (entry.is_directory(error)) return {};
    if (!entry.is_regular_file(error) || !is_package_path(inside))
        return fail(Code::invalid, inside + " is not a file that a package may hold.");
    files[inside] = TRY(read_file(entry.path()));
    return {};
}

} // namespace

Result<std::string> read_file(const fs::path& path) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error)
        return fail(Code::not_found, "Cannot read " + path.string() + ": " + error.message() + ".");
    if (size > file_bytes_max)
        return fail(Code::too_large, path.string() + " is larger than 64 MiB.");
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) return fail(Code::not_found, "Cannot read " + path.string() + ".");
    return std::move(text).str();
}

Result<std::map<std::string, std::string>> read_package_files(const fs::path& directory) {
    std::error_code error;
    if (!fs::exists(directory / "coworker.json", error))
        return fail(Code::not_found,
                    directory.string() + " is not a package: it has no coworker.json.");
    std::map<std::string, std::string> files;
    fs::recursive_directory_iterator walk(directory, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error))
        TRY(add_entry(directory, *walk, files));
    if (error)
        return fail(Code::not_found,
                    "Cannot read " + directory.string() + ": " + error.message() + ".");
    return files;
}

} // namespace weft::cli
