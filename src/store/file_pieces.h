#pragma once

#include "store/store.h"

/// The bytes of files where they lie in the database, in rows of piece_bytes_max.
namespace weft::store::file_pieces {

inline constexpr std::size_t bytes_at_once_max = 256 * 1024; ///< of one row

/// How many rows `size` bytes take; one at least.
std::int64_t count(std::size_t size);

Result<> put(Tx& tx, const ProjectId& project, const FileId& file, std::int64_t number,
             std::string_view bytes);
/// Also those of a longer file that it replaces, from `first` on.
Result<> remove(Tx& tx, const ProjectId& project, const FileId& file, std::int64_t first = 0);
/// Some of a project's rows; false: there were none.
Result<bool> remove_some(Tx& tx, const ProjectId& project);
/// not_found: there are no bytes.
Result<std::string> get(Rx& rx, const ProjectId& project, const FileId& file);

} // namespace weft::store::file_pieces
