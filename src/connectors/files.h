#pragma once

#include "connectors/connector.h"
#include "store/store.h"

namespace weft::connectors {

inline constexpr std::int64_t page_chars_max = 32'000;
inline constexpr std::int64_t page_chars_default = 16'000;

/// Category `files`: the project's files as text.
///
///     read  pure  {file_id, offset, length} → {name, offset, next_offset, total, text}
///     list  pure  {} → {files: [{_id, name, size, type}]}
///
/// Offsets and lengths count characters (code points), so that no page splits one. `file_id`: the
/// run's first file when left out. `next_offset` is null after the last page. `list` tells of the
/// run's files. What counts as text: file_text.h.
std::unique_ptr<Connector> make_files(store::Store& store);

} // namespace weft::connectors
