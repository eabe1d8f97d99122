#include "cli/version.h"

#include "store/inspect.h"

namespace weft::cli {

std::string version_text() {
    return fmt::format("weft {} (commit {}, {} build, SQLite {})", WEFT_VERSION, commit, build_type,
                       store::sqlite_version());
}

} // namespace weft::cli
