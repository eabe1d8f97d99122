#include "store/postgres_claims.h"

namespace weft::store::postgres_claims {

namespace {

constexpr std::size_t rows_seen_max = 256;

constexpr SystemQuery<ProjectId, Instant, std::int64_t> since_sql{"postgres_claims.since", R"sql(
    SELECT project_id FROM ready WHERE since >= $1 ORDER BY since LIMIT $2)sql"};

constexpr Query<Taken, ProjectId, std::int64_t, std::int64_t, Instant, Instant> take_sql{
    "postgres_claims.take", R"sql(
    WITH first AS (
        SELECT since, execution_id FROM ready WHERE project_id = $1 AND since >= $5
         ORDER BY since, execution_id LIMIT $2 FOR UPDATE SKIP LOCKED),
    gone AS (
        DELETE FROM ready r USING first f
         WHERE r.project_id = $1 AND r.execution_id = f.execution_id),
    taken AS (
        UPDATE execution e SET owner = $3, epoch = e.epoch + 1, state = 1, wake_at = NULL,
               updated_at = $4
          FROM first f
         WHERE e.project_id = $1 AND e.id = f.execution_id AND e.owner = 0 AND +e.state < 3
        RETURNING e.id, e.epoch)
    SELECT f.execution_id, coalesce(t.epoch, 0)
      FROM first f LEFT JOIN taken t ON t.id = f.execution_id
     ORDER BY f.since, f.execution_id)sql"};

} // namespace

Result<std::optional<std::vector<ProjectId>>> projects_since(Tx& tx, Instant since) {
    auto projects = TRY(tx.all(since_sql, since, static_cast<std::int64_t>(rows_seen_max + 1)));
    if (projects.size() > rows_seen_max) return std::nullopt;
    const auto by_id = [](const ProjectId& a, const ProjectId& b) { return a.bytes < b.bytes; };
    std::ranges::sort(projects, by_id);
    projects.erase(std::ranges::unique(projects).begin(), projects.end());
    return projects;
}

Result<std::vector<Taken>> take(Tx& tx, const ProjectId& project, Instant since, std::int64_t node,
                                std::int64_t max) {
    return tx.all(take_sql, project, max, node, tx.now(), since);
}

} // namespace weft::store::postgres_claims
