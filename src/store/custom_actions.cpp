#include "store/custom_actions.h"

#include "domain/limits.h"
#include "store/projects.h"

namespace weft::store::custom_actions {

namespace {

struct Row {
    json::object body;
    Instant created_at;
};

constexpr Query<void, ProjectId, ActionId, ConnectorId, std::string, json::object, Instant>
    insert_sql{"custom_actions.insert", R"sql(
    INSERT INTO custom_action (project_id, id, connector_id, sort, body, created_at)
    VALUES ($1, $2, $3, $4, $5, $6))sql"};

constexpr Query<std::int64_t, ProjectId, ConnectorId> count_sql{"custom_actions.count", R"sql(
    SELECT count(*) FROM custom_action WHERE project_id = $1 AND connector_id = $2)sql"};

constexpr Query<Row, ProjectId, ActionId> find_sql{"custom_actions.find", R"sql(
    SELECT body, created_at FROM custom_action WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<Row, ProjectId, ConnectorId, std::string> find_by_sort_sql{
    "custom_actions.find_by_sort", R"sql(
    SELECT body, created_at FROM custom_action
     WHERE project_id = $1 AND connector_id = $2 AND sort = $3)sql"};

constexpr Query<Row, ProjectId, ConnectorId> list_sql{"custom_actions.list", R"sql(
    SELECT body, created_at FROM custom_action
     WHERE project_id = $1 AND connector_id = $2 ORDER BY created_at, id)sql"};

constexpr Query<void, ProjectId, ConnectorId> remove_of_connector_sql{
    "custom_actions.remove_of_connector", R"sql(
    DELETE FROM custom_action WHERE project_id = $1 AND connector_id = $2)sql"};

/// internal: what is stored is no action.
Result<CustomAction> action_of(Row row) {
    auto custom = custom_action_from_json(row.body);
    if (!custom)
        return fail(Code::internal, "A stored action cannot be read.", custom.error().message);
    custom->created_at = row.created_at;
    return custom;
}

std::unexpected<Error> absent() { return fail(Code::not_found, "There is no such action."); }

} // namespace

Result<CustomAction> create(Tx& tx, const Scope& scope, CustomAction custom) {
    const std::string& sort = custom.action.sort;
    if (TRY(tx.maybe(find_by_sort_sql, scope.project, custom.connector, sort)))
        return fail(
            Code::conflict,
            fmt::format("The connector has an action {} already: give another name.", sort));
    if (TRY(tx.maybe(count_sql, scope.project, custom.connector)).value_or(0) >=
        static_cast<std::int64_t>(limits::custom_actions_per_connector_max))
        return fail(Code::conflict, fmt::format("A connector has at most {} actions of its own.",
                                                limits::custom_actions_per_connector_max));
    const auto id = tx.minter().mint<ActionTag>(TRY(projects::ordinal_of(tx, scope)));
    custom.action.id = id.hex();
    custom.created_at = tx.now();
    TRY(insert(tx, scope, custom));
    return custom;
}

Result<> insert(Tx& tx, const Scope& scope, const CustomAction& custom) {
    const auto id = ActionId::parse(custom.action.id);
    CHECK(id);
    TRY(tx.run(insert_sql, scope.project, *id, custom.connector, custom.action.sort,
               to_json(custom), tx.now()));
    return {};
}

Result<CustomAction> find(Rx& rx, const Scope& scope, const ActionId& id) {
    if (auto row = TRY(rx.maybe(find_sql, scope.project, id))) return action_of(*std::move(row));
    return absent();
}

Result<CustomAction> find_by_sort(Rx& rx, const Scope& scope, const ConnectorId& connector,
                                  const std::string& sort) {
    if (auto row = TRY(rx.maybe(find_by_sort_sql, scope.project, connector, sort)))
        return action_of(*std::move(row));
    return absent();
}

Result<std::vector<CustomAction>> list(Rx& rx, const Scope& scope, const ConnectorId& connector) {
    std::vector<CustomAction> all;
    for (Row& row : TRY(rx.all(list_sql, scope.project, connector)))
        all.push_back(TRY(action_of(std::move(row))));
    return all;
}

Result<> remove_of_connector(Tx& tx, const Scope& scope, const ConnectorId& connector) {
    TRY(tx.run(remove_of_connector_sql, scope.project, connector));
    return {};
}

} // namespace weft::store::custom_actions
