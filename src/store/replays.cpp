#include "store/replays.h"

namespace weft::store::replays {

namespace {

struct Row {
    Instant arrived_at;
    Blob body_hash;
    Blob answer;
};

constexpr Query<Row, OrganizationId, Blob, Instant> find_sql{"replays.find", R"sql(
    SELECT arrived_at, body_hash, answer
      FROM replay
     WHERE organization_id = $1 AND request = $2 AND expires_at > $3
     ORDER BY arrived_at LIMIT 16)sql"};

constexpr Query<void, OrganizationId, Blob, Instant, Blob, Blob, Instant> keep_sql{"replays.keep",
                                                                                   R"sql(
    INSERT INTO replay (organization_id, request, arrived_at, body_hash, answer, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (organization_id, request, arrived_at) DO UPDATE
       SET body_hash = excluded.body_hash, answer = excluded.answer,
           expires_at = excluded.expires_at)sql"};

constexpr SystemQuery<void, Instant, std::int64_t> forget_sql{"replays.forget", R"sql(
    DELETE FROM replay WHERE (organization_id, request, arrived_at) IN
        (SELECT organization_id, request, arrived_at FROM replay
          WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

/// A sealed answer opens only as the answer to its own request.
std::string context_of(const Blob& request) { return {request.bytes.begin(), request.bytes.end()}; }

} // namespace

Result<std::vector<Kept>> find(Rx& rx, const Vault& vault, const OrganizationId& organization,
                               const Blob& request, Instant now) {
    std::vector<Kept> all;
    for (Row& row : TRY(rx.all(find_sql, organization, request, now)))
        all.push_back({
            row.arrived_at, std::move(row.body_hash),
                TRY(vault.open(row.answer, context_of(request)))
        });
    return all;
}

Result<> keep(Tx& tx, const Vault& vault, const OrganizationId& organization, const Blob& request,
              const Kept& kept, Instant expires_at) {
    TRY(tx.run(keep_sql, organization, request, kept.arrived_at, kept.body_hash,
               vault.seal(kept.answer, context_of(request)), expires_at));
    return {};
}

Result<std::int64_t> forget_expired(Tx& tx, std::int64_t count) {
    return TRY(tx.run(forget_sql, tx.now(), count))
    .count;
}

} // namespace weft::store::replays
