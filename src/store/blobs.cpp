#include "store/blobs.h"

#include <sodium.h>
#include <zstd.h>

namespace weft::store::blobs {

namespace {

constexpr std::size_t hash_bytes = 32;
constexpr int compression_level = 1;

constexpr Query<void, ProjectId, Blob, std::int64_t, Blob> put_sql{"blobs.put", R"sql(
    INSERT INTO blob (project_id, hash, size, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT (project_id, hash) DO NOTHING)sql"};

constexpr Query<void, ProjectId, Blob, std::int64_t, Blob> put_piece_sql{"blobs.put_piece", R"sql(
    INSERT INTO blob_piece (project_id, hash, number, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT (project_id, hash, number) DO NOTHING)sql"};

constexpr Query<std::int64_t, ProjectId, Blob> count_pieces_sql{"blobs.count_pieces", R"sql(
    SELECT count(*) FROM blob_piece WHERE project_id = $1 AND hash = $2)sql"};

struct Stored {
    std::int64_t size = 0;
    Blob body;
};
constexpr Query<Stored, ProjectId, Blob> get_sql{"blobs.get", R"sql(
    SELECT size, body FROM blob WHERE project_id = $1 AND hash = $2)sql"};

constexpr Query<Blob, ProjectId, Blob> get_pieces_sql{"blobs.get_pieces", R"sql(
    SELECT body FROM blob_piece WHERE project_id = $1 AND hash = $2 ORDER BY number)sql"};

constexpr Query<std::int64_t, ProjectId, Blob> has_sql{"blobs.has", R"sql(
    SELECT 1 FROM blob WHERE project_id = $1 AND hash = $2)sql"};

Blob hash_of(std::string_view text) {
    Blob hash{std::vector<std::uint8_t>(hash_bytes)};
    crypto_generichash(hash.bytes.data(), hash_bytes,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr,
                       0);
    return hash;
}

Blob compressed(std::string_view text) {
    Blob body;
    body.bytes.resize(ZSTD_compressBound(text.size()));
    const std::size_t size = ZSTD_compress(body.bytes.data(), body.bytes.size(), text.data(),
                                           text.size(), compression_level);
    CHECK(ZSTD_isError(size) == 0);
    body.bytes.resize(size);
    body.bytes.shrink_to_fit();
    return body;
}

std::unexpected<Error> damaged(const Blob& hash) {
    return fail(Code::internal, "A part of the run's history is damaged.",
                "blob " + to_hex(hash.bytes));
}

/// The text of `pieces`, which together have `size` bytes.
Result<std::string> text_of(const std::vector<Blob>& pieces, std::size_t size, const Blob& hash) {
    std::string text(size, '\0');
    std::size_t filled = 0;
    for (const Blob& piece : pieces) {
        const std::size_t got = ZSTD_decompress(text.data() + filled, size - filled,
                                                piece.bytes.data(), piece.bytes.size());
        if (ZSTD_isError(got) != 0) return damaged(hash);
        filled += got;
    }
    if (filled != size || hash_of(text) != hash) return damaged(hash);
    return text;
}

} // namespace

Result<Packed> pack(std::string_view text) {
    if (text.size() > payload_bytes_max)
        return fail(Code::too_large, fmt::format("A step's data may have {} MiB at most.",
                                                 payload_bytes_max / 1024 / 1024));
    Packed packed{hash_of(text), static_cast<std::int64_t>(text.size()), {}};
    for (std::size_t at = 0; at < text.size(); at += piece_bytes_max)
        packed.pieces.push_back(compressed(text.substr(at, piece_bytes_max)));
    return packed;
}

Result<> put(Tx& tx, const ProjectId& project, const Packed& packed) {
    const bool whole = packed.pieces.size() == 1;
    if (!whole) {
        const auto stored = TRY(tx.maybe(count_pieces_sql, project, packed.hash));
        if (stored != static_cast<std::int64_t>(packed.pieces.size()))
            for (std::size_t number = 0; number < packed.pieces.size(); ++number)
                TRY(put_piece(tx, project, packed, number));
    }
    TRY(tx.put(put_sql, project, packed.hash, packed.size, whole ? packed.pieces.front() : Blob{}));
    return {};
}

Result<> put_piece(Tx& tx, const ProjectId& project, const Packed& packed, std::size_t number) {
    TRY(tx.put(put_piece_sql, project, packed.hash, static_cast<std::int64_t>(number),
               packed.pieces[number]));
    return {};
}

Result<bool> has(Rx& rx, const ProjectId& project, const Packed& packed) {
    return TRY(rx.maybe(has_sql, project, packed.hash))
    .has_value();
}

Result<std::string> get(Rx& rx, const ProjectId& project, const Blob& hash) {
    auto stored = TRY(rx.maybe(get_sql, project, hash));
    if (!stored)
        return fail(Code::internal, "A part of the run's history is missing.",
                    "blob " + to_hex(hash.bytes));
    CHECK(stored->size >= 0 && static_cast<std::size_t>(stored->size) <= payload_bytes_max);
    std::vector<Blob> pieces;
    if (stored->body.bytes.empty())
        pieces = TRY(rx.all(get_pieces_sql, project, hash));
    else
        pieces.push_back(std::move(stored->body));
    return text_of(pieces, static_cast<std::size_t>(stored->size), hash);
}

} // namespace weft::store::blobs
