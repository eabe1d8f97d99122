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

struct Stored {
    std::int64_t size = 0;
    Blob body;
};
constexpr Query<Stored, ProjectId, Blob> get_sql{"blobs.get", R"sql(
    SELECT size, body FROM blob WHERE project_id = $1 AND hash = $2)sql"};

Blob hash_of(std::string_view text) {
    Blob hash{std::vector<std::uint8_t>(hash_bytes)};
    crypto_generichash(hash.bytes.data(), hash_bytes,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr,
                       0);
    return hash;
}

} // namespace

Result<Packed> pack(std::string_view text) {
    if (text.size() > payload_bytes_max)
        return fail(Code::too_large, fmt::format("A step's data may have {} MiB at most.",
                                                 payload_bytes_max / 1024 / 1024));
    Packed packed{hash_of(text), static_cast<std::int64_t>(text.size()), {}};
    packed.body.bytes.resize(ZSTD_compressBound(text.size()));
    const std::size_t size = ZSTD_compress(packed.body.bytes.data(), packed.body.bytes.size(),
                                           text.data(), text.size(), compression_level);
    CHECK(ZSTD_isError(size) == 0);
    packed.body.bytes.resize(size);
    packed.body.bytes.shrink_to_fit();
    return packed;
}

Result<> put(Tx& tx, const ProjectId& project, const Packed& packed) {
    TRY(tx.run(put_sql, project, packed.hash, packed.size, packed.body));
    return {};
}

Result<std::string> get(Rx& rx, const ProjectId& project, const Blob& hash) {
    const auto stored = TRY(rx.maybe(get_sql, project, hash));
    if (!stored)
        return fail(Code::internal, "A part of the run's history is missing.",
                    "blob " + to_hex(hash.bytes));
    CHECK(stored->size >= 0 && static_cast<std::size_t>(stored->size) <= payload_bytes_max);
    std::string text(static_cast<std::size_t>(stored->size), '\0');
    const std::size_t size = ZSTD_decompress(text.data(), text.size(), stored->body.bytes.data(),
                                             stored->body.bytes.size());
    if (ZSTD_isError(size) != 0 || size != text.size() || hash_of(text) != hash)
        return fail(Code::internal, "A part of the run's history is damaged.",
                    "blob " + to_hex(hash.bytes));
    return text;
}

} // namespace weft::store::blobs
