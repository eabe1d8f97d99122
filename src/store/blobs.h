#pragma once

#include "store/store.h"

/// Large texts by their hash, compressed, once per project.
namespace weft::store {

inline constexpr std::size_t inline_bytes_max = 4 * 1024; ///< longer payloads become blobs
inline constexpr std::size_t payload_bytes_max = 64 * 1024 * 1024;
inline constexpr std::size_t piece_bytes_max =
    256 * 1024; ///< of text in one row, so that none holds the writer for milliseconds

/// A text ready to be stored as a blob.
struct Packed {
    Blob hash; ///< BLAKE2b-256 of the text
    std::int64_t size = 0;
    std::vector<Blob> pieces; ///< each of piece_bytes_max bytes of it, the last of the rest; zstd
};

namespace blobs {

/// Any thread; takes milliseconds per megabyte. too_large: beyond payload_bytes_max.
Result<Packed> pack(std::string_view text);

/// Stores it unless the project has it already. Where there are several pieces, those that
/// put_piece has not stored before hold the writer.
Result<> put(Tx& tx, const ProjectId& project, const Packed& packed);
Result<> put_piece(Tx& tx, const ProjectId& project, const Packed& packed, std::size_t number);
Result<bool> has(Rx& rx, const ProjectId& project, const Packed& packed);

/// The text again. internal: it is absent, or it is not what its hash says.
Result<std::string> get(Rx& rx, const ProjectId& project, const Blob& hash);

} // namespace blobs
} // namespace weft::store
