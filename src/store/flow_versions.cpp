#include "store/flow_versions.h"

#include "store/agentflows.h"

namespace weft::store::flow_versions {

namespace {

struct State {
    std::int64_t newest = 0;
    std::optional<std::int64_t> published;
};
constexpr Query<State, ProjectId, AgentflowId> state_sql{"flow_versions.state", R"sql(
    SELECT version_number, published_number
      FROM agentflow WHERE project_id = $1 AND id = $2 AND is_deleted = 0)sql"};

constexpr Query<Saved, ProjectId, AgentflowId, std::int64_t, std::int64_t> list_sql{
    "flow_versions.list", R"sql(
    SELECT id, number, created_by, created_at
      FROM agentflow_version WHERE project_id = $1 AND agentflow_id = $2
     ORDER BY number DESC LIMIT $3 OFFSET $4)sql"};

constexpr Query<VersionId, ProjectId, AgentflowId, std::int64_t> find_sql{"flow_versions.find",
                                                                          R"sql(
    SELECT id FROM agentflow_version
     WHERE project_id = $1 AND agentflow_id = $2 AND number = $3)sql"};

constexpr Query<void, ProjectId, AgentflowId, VersionId, std::optional<std::int64_t>> publish_sql{
    "flow_versions.publish", R"sql(
    UPDATE agentflow SET published_id = $3, published_number = $4
     WHERE project_id = $1 AND id = $2 AND is_deleted = 0)sql"};

Result<State> state_of(Rx& rx, const Scope& scope, const AgentflowId& flow) {
    if (const auto state = TRY(rx.maybe(state_sql, scope.project, flow))) return *state;
    return fail(Code::not_found, "There is no such agentflow.");
}

Result<VersionId> id_of(Rx& rx, const Scope& scope, const AgentflowId& flow, std::int64_t number) {
    const State state = TRY(state_of(rx, scope, flow));
    if (const auto id = TRY(rx.maybe(find_sql, scope.project, flow, number))) return *id;
    return fail(Code::not_found,
                fmt::format("There is no version {}: the flow has versions 1 to {}.", number,
                            state.newest));
}

} // namespace

Result<Page> list(Rx& rx, const Scope& scope, const AgentflowId& flow, std::int64_t skip,
                  std::int64_t limit) {
    const State state = TRY(state_of(rx, scope, flow));
    return Page {
        TRY(rx.all(list_sql, scope.project, flow, std::clamp<std::int64_t>(limit, 0, page_max),
                   std::max<std::int64_t>(skip, 0)))
        , state.newest, state.published
    };
}

Result<Agentflow> find(Rx& rx, const Scope& scope, const AgentflowId& flow, std::int64_t number) {
    return agentflows::find_version(rx, scope, TRY(id_of(rx, scope, flow, number)));
}

Result<> publish(Tx& tx, const Scope& scope, const AgentflowId& flow,
                 std::optional<std::int64_t> number) {
    VersionId version;
    if (number)
        version = TRY(id_of(tx, scope, flow, *number));
    else
        TRY(state_of(tx, scope, flow));
    TRY(tx.run(publish_sql, scope.project, flow, version, number));
    return {};
}

} // namespace weft::store::flow_versions
