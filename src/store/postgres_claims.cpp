#include "store/postgres_claims.h"

namespace weft::store::postgres_claims {

namespace {

constexpr Query<Taken, ProjectId, std::int64_t, std::int64_t, Instant> take_sql{
    "postgres_claims.take", R"sql(
    WITH first AS (
        SELECT since, execution_id FROM ready WHERE project_id = $1
         ORDER BY since, execution_id LIMIT $2 FOR UPDATE SKIP LOCKED),
    gone AS (
        DELETE FROM ready r USING first f
         WHERE r.project_id = $1 AND r.execution_id = f.execution_id),
    taken AS (
        UPDATE execution e SET owner = $3, epoch = e.epoch + 1, state = 1, wake_at = NULL,
               updated_at = $4
          FROM first f
         WHERE e.project_id = $1 AND e.id = f.execution_id AND e.owner = 0 AND e.state < 3
        RETURNING e.id, e.epoch)
    SELECT f.execution_id, coalesce(t.epoch, 0)
      FROM first f LEFT JOIN taken t ON t.id = f.execution_id
     ORDER BY f.since, f.execution_id)sql"};

} // namespace

Result<std::vector<Taken>> take(Tx& tx, const ProjectId& project, std::int64_t node,
                                std::int64_t max) {
    return tx.all(take_sql, project, max, node, tx.now());
}

} // namespace weft::store::postgres_claims
