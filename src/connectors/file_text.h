#pragma once

#include "domain/file.h"
#include "store/store.h"

namespace weft::connectors {

inline constexpr std::int64_t text_file_bytes_max = 16 << 20;

/// The file's row. `scope` outlives the task. not_found: no such file in this project.
Task<Result<File>> find_file(store::Store& store, const Scope& scope, FileId id);

/// The file's text as UTF-8. Bytes that are not UTF-8 are taken for Latin-1 (ISO 8859-1), each byte
/// one character; a byte order mark is dropped. invalid: it is no text (it has a zero byte, or is a
/// PDF). conflict: it is not uploaded yet. too_large. not_found. unavailable.
Task<Result<std::string>> read_text(store::Store& store, Scope scope, File file);

/// The same for bytes in memory. invalid: it is no text.
Result<std::string> text_of(std::string bytes);

/// The byte at which character `index` begins, or text.size() when there are fewer.
std::size_t byte_of(std::string_view utf8, std::int64_t index);
std::int64_t characters_of(std::string_view utf8);
/// As many whole characters as fit into `bytes_max`.
std::string_view first_bytes(std::string_view utf8, std::size_t bytes_max);

} // namespace weft::connectors
