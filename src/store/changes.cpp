#include "store/changes.h"

#include "store/id_bytes.h"
#include "store/query.h"

namespace weft::store::changes {

namespace {

// `>=` on the time and the comparison of both: one range of the index, on both databases.
constexpr Query<ChangedExecution, ProjectId, Instant, Blob, std::int64_t> executions_sql{
    "changes.executions", R"sql(
    SELECT e.id, e.uuid, e.task_id, e.agentflow_id, t.name, e.state, e.settling, e.updated_at
      FROM execution e JOIN task t ON t.project_id = e.project_id AND t.id = e.task_id
     WHERE e.project_id = $1 AND e.updated_at >= $2 AND (e.updated_at > $2 OR e.id > $3)
     ORDER BY e.updated_at, e.id LIMIT $4)sql"};

constexpr Query<ChangedItem, ProjectId, Instant, Blob, std::int64_t> items_sql{"changes.items",
                                                                               R"sql(
    SELECT i.id, i.type, i.status, e.uuid, i.updated_at
      FROM inbox i
      LEFT JOIN execution e ON e.project_id = i.project_id AND e.id = i.execution_id
     WHERE i.project_id = $1 AND i.updated_at >= $2 AND (i.updated_at > $2 OR i.id > $3)
     ORDER BY i.updated_at, i.id LIMIT $4)sql"};

} // namespace

Result<std::vector<ChangedExecution>> executions(Rx& rx, const Scope& scope,
                                                 const Place<ExecutionTag>& after) {
    return rx.all(executions_sql, scope.project, after.at, bytes_of(after.id), page_max);
}

Result<std::vector<ChangedItem>> items(Rx& rx, const Scope& scope, const Place<InboxTag>& after) {
    return rx.all(items_sql, scope.project, after.at, bytes_of(after.id), page_max);
}

} // namespace weft::store::changes
