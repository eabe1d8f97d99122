#include "store/ready.h"

namespace weft::store::ready {

namespace {

constexpr Query<void, ProjectId, ExecutionId, Instant> add_sql{"ready.add", R"sql(
    INSERT INTO ready (project_id, since, execution_id) VALUES ($1, $3, $2)
    ON CONFLICT (project_id, execution_id) DO NOTHING)sql"};

constexpr Query<void, ProjectId, ExecutionId> remove_sql{"ready.remove", R"sql(
    DELETE FROM ready WHERE project_id = $1 AND execution_id = $2)sql"};

} // namespace

Result<> add(Tx& tx, const ProjectId& project, const ExecutionId& execution, Instant since) {
    TRY(tx.put(add_sql, project, execution, since));
    return {};
}

Result<> remove(Tx& tx, const ProjectId& project, const ExecutionId& execution) {
    TRY(tx.put(remove_sql, project, execution));
    return {};
}

} // namespace weft::store::ready
