#pragma once

#include "store/backend.h"

namespace weft::store {

/// The database weft.db in the data directory: one writer, a pool of readers, and a connection of
/// their own for short reads on io threads. `directory` is locked by the caller.
Result<std::unique_ptr<Backend>> open_sqlite(const Options& options, class Directory& directory,
                                             Vault& vault, Clock& clock, IdMinter& minter);

inline constexpr const char* sqlite_file_name = "weft.db";

} // namespace weft::store
