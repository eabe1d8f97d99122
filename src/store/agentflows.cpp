#include "store/agentflows.h"

#include "domain/limits.h"
#include "domain/members.h"
#include "store/projects.h"
#include "store/skills.h"

namespace weft::store::agentflows {

namespace {

constexpr microseconds used_within{100'000}; ///< `last_used` may be so much too early

struct Row {
    AgentflowId id;
    bool is_deleted = false;
    VersionId version;
    std::int64_t version_number = 0;
    Instant created_at;
    Instant updated_at;
    Instant last_used;
    std::optional<std::int64_t> published_number;
    json::value body;
};

constexpr Query<Row, ProjectId, AgentflowId> find_sql{"agentflows.find", R"sql(
    SELECT flow.id, flow.is_deleted, version.id, version.number, flow.created_at,
           version.created_at,
           flow.last_used, flow.published_number, version.body
      FROM agentflow AS flow
      JOIN agentflow_version AS version
        ON version.project_id = flow.project_id AND version.id = flow.version_id
     WHERE flow.project_id = $1 AND flow.id = $2 AND flow.is_deleted = 0)sql"};

constexpr Query<Row, ProjectId, VersionId> find_version_sql{"agentflows.find_version", R"sql(
    SELECT flow.id, flow.is_deleted, version.id, version.number, flow.created_at,
           version.created_at,
           flow.last_used, flow.published_number, version.body
      FROM agentflow_version AS version
      JOIN agentflow AS flow
        ON flow.project_id = version.project_id AND flow.id = version.agentflow_id
     WHERE version.project_id = $1 AND version.id = $2)sql"};

constexpr Query<Row, ProjectId, std::int64_t, std::int64_t> list_sql{"agentflows.list", R"sql(
    SELECT flow.id, flow.is_deleted, version.id, version.number, flow.created_at,
           version.created_at,
           flow.last_used, flow.published_number, version.body
      FROM agentflow AS flow
      JOIN agentflow_version AS version
        ON version.project_id = flow.project_id AND version.id = flow.version_id
     WHERE flow.project_id = $1 AND flow.is_deleted = 0
     ORDER BY flow.created_at, flow.id LIMIT $2 OFFSET $3)sql"};

constexpr Query<std::int64_t, ProjectId> count_sql{"agentflows.count", R"sql(
    SELECT count(*) FROM agentflow WHERE project_id = $1 AND is_deleted = 0)sql"};

constexpr Query<Current, ProjectId, AgentflowId> find_current_sql{"agentflows.find_current", R"sql(
    SELECT coalesce(published_id, version_id), name, is_active
      FROM agentflow WHERE project_id = $1 AND id = $2 AND is_deleted = 0)sql"};

constexpr Query<std::int64_t, ProjectId, AgentflowId> newest_sql{"agentflows.newest", R"sql(
    SELECT version_number FROM agentflow WHERE project_id = $1 AND id = $2 AND is_deleted = 0)sql"};

constexpr Query<void, ProjectId, AgentflowId, std::string, bool, VersionId, Instant, AgentflowId>
    insert_sql{"agentflows.insert", R"sql(
    INSERT INTO agentflow (project_id, id, name, is_active, is_deleted, version_id, version_number,
                           created_at, updated_at, last_used, failover_of)
    VALUES ($1, $2, $3, $4, 0, $5, 1, $6, $6, 0, $7))sql"};

constexpr Query<void, ProjectId, AgentflowId, std::string, bool, VersionId, std::int64_t, Instant,
                AgentflowId>
    update_sql{"agentflows.update", R"sql(
    UPDATE agentflow SET name = $3, is_active = $4, version_id = $5, version_number = $6,
           updated_at = $7, failover_of = $8
     WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<void, ProjectId, VersionId, AgentflowId, std::int64_t, std::string, std::string,
                Instant>
    insert_version_sql{"agentflows.insert_version", R"sql(
    INSERT INTO agentflow_version (project_id, id, agentflow_id, number, body, created_by,
                                   created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7))sql"};

constexpr Query<Instant, ProjectId, AgentflowId> last_used_sql{"agentflows.last_used", R"sql(
    SELECT last_used FROM agentflow WHERE project_id = $1 AND id = $2 AND is_deleted = 0)sql"};

constexpr Query<void, ProjectId, AgentflowId, Instant> touch_sql{"agentflows.touch", R"sql(
    UPDATE agentflow SET last_used = $3
     WHERE project_id = $1 AND id = $2 AND is_deleted = 0)sql"};

constexpr Query<void, ProjectId, AgentflowId, Instant> remove_sql{"agentflows.remove", R"sql(
    UPDATE agentflow SET is_deleted = 1, updated_at = $3
     WHERE project_id = $1 AND id = $2 AND is_deleted = 0)sql"};

constexpr Query<AgentflowId, ProjectId, AgentflowId, std::int64_t> failovers_sql{
    "agentflows.failovers", R"sql(
    SELECT id FROM agentflow WHERE project_id = $1 AND failover_of = $2 AND is_deleted = 0
     ORDER BY id LIMIT $3)sql"};

constexpr Query<Failover, ProjectId, AgentflowId> find_failover_sql{"agentflows.find_failover",
                                                                    R"sql(
    SELECT id, coalesce(published_id, version_id) FROM agentflow
     WHERE project_id = $1 AND failover_of = $2 AND is_deleted = 0 AND is_active = 1
     ORDER BY id LIMIT 1)sql"};

std::unexpected<Error> absent() { return fail(Code::not_found, "There is no such agentflow."); }

/// internal: what is stored is no flow.
Result<Agentflow> flow_of(const Row& row) {
    auto flow = agentflow_from_json(row.body);
    if (!flow)
        return fail(Code::internal, "A stored agentflow cannot be read.", flow.error().message);
    flow->id = row.id;
    flow->is_deleted = row.is_deleted;
    flow->version = row.version;
    flow->version_number = row.version_number;
    flow->published_number = row.published_number;
    flow->created_at = row.created_at;
    flow->updated_at = row.updated_at;
    flow->last_used = row.last_used;
    return flow;
}

/// Reads the skills of all agents, each once.
Result<> expand_skills(Rx& rx, const Scope& scope, Agentflow& flow) {
    std::map<SkillId, std::optional<Skill>> known;
    Faults faults;
    for (std::size_t a = 0; a < flow.agents.size(); ++a) {
        Agent& agent = flow.agents[a];
        agent.skills.clear();
        for (std::size_t s = 0; s < agent.skill_ids.size(); ++s) {
            const SkillId& id = agent.skill_ids[s];
            auto [at, fresh] = known.try_emplace(id);
            if (fresh) {
                auto found = skills::find(rx, scope, id);
                if (found)
                    at->second = *std::move(found);
                else if (found.error().code != Code::not_found)
                    return std::unexpected(found.error());
            }
            if (at->second)
                agent.skills.push_back(*at->second);
            else
                faults.add(fmt::format("agents.{}.skills.{}", a, s),
                           "there is no such skill: " + id.hex());
        }
    }
    return faults.result();
}

/// One that stays what it was may have been deleted meanwhile.
Result<> check_parent(Rx& rx, const Scope& scope, const Agentflow& flow) {
    if (!flow.parent) return {};
    if (flow.id)
        if (const auto before = find(rx, scope, flow.id); before && before->parent == flow.parent)
            return {};
    if (flow.parent == flow.id || !TRY(rx.maybe(newest_sql, scope.project, flow.parent)))
        return fail_field("parent_agentflow_id", "names no other agentflow of this project");
    return {};
}

/// The version's JSON. What stands in the row is not in it.
Result<std::string> body_of(const Agentflow& flow) {
    json::object body = to_json(flow);
    for (const char* name : {"_id", "created_at", "updated_at", "last_used", "is_deleted"})
        body.erase(name);
    std::string text = to_text(body);
    if (text.size() > limits::flow_json_bytes_max)
        return fail(Code::invalid,
                    fmt::format("An agentflow with its skills holds at most {} bytes.",
                                limits::flow_json_bytes_max));
    return text;
}

/// A new version, and what the flow's row says of it.
Result<> put(Tx& tx, const Scope& scope, std::uint32_t ordinal, Agentflow& flow) {
    flow.version = tx.minter().mint<VersionTag>(ordinal);
    TRY(tx.run(insert_version_sql, scope.project, flow.version, flow.id, flow.version_number,
               TRY(body_of(flow)), scope.principal.name, tx.now()));
    const AgentflowId failover_of = flow.is_failover() ? flow.parent : AgentflowId{};
    if (flow.version_number == 1)
        TRY(tx.run(insert_sql, scope.project, flow.id, flow.name, flow.is_active, flow.version,
                   tx.now(), failover_of));
    else
        TRY(tx.run(update_sql, scope.project, flow.id, flow.name, flow.is_active, flow.version,
                   flow.version_number, tx.now(), failover_of));
    return {};
}

} // namespace

Result<Agentflow> save(Tx& tx, const Scope& scope, Agentflow flow) {
    const bool is_new = !flow.id;
    const auto newest =
        is_new ? std::optional<std::int64_t>(0) : TRY(tx.maybe(newest_sql, scope.project, flow.id));
    if (!newest) return absent();
    const std::uint32_t ordinal = TRY(projects::ordinal_of(tx, scope));
    flow.name = TRY(checked_name(flow.name, "name"));
    for (Agent& agent : flow.agents)
        if (!agent.id) agent.id = tx.minter().mint<AgentTag>(ordinal);
    TRY(resolve(flow));
    TRY(expand_skills(tx, scope, flow));
    TRY(check_parent(tx, scope, flow));
    if (is_new) flow.id = tx.minter().mint<AgentflowTag>(ordinal);
    flow.version_number = *newest + 1;
    TRY(put(tx, scope, ordinal, flow));
    return find(tx, scope, flow.id);
}

Result<> insert(Tx& tx, const Scope& scope, Agentflow flow) {
    TRY(expand_skills(tx, scope, flow));
    flow.version_number = 1;
    return put(tx, scope, TRY(projects::ordinal_of(tx, scope)), flow);
}

Result<Agentflow> find(Rx& rx, const Scope& scope, const AgentflowId& id) {
    if (auto row = TRY(rx.maybe(find_sql, scope.project, id))) return flow_of(*row);
    return absent();
}

Result<Agentflow> find_version(Rx& rx, const Scope& scope, const VersionId& version) {
    if (auto row = TRY(rx.maybe(find_version_sql, scope.project, version))) return flow_of(*row);
    return fail(Code::not_found, "There is no such version of an agentflow.");
}

Result<Current> find_current(Rx& rx, const Scope& scope, const AgentflowId& id) {
    if (auto row = TRY(rx.maybe(find_current_sql, scope.project, id))) return *std::move(row);
    return absent();
}

Result<Page> list(Rx& rx, const Scope& scope, std::int64_t skip, std::int64_t limit) {
    Page page;
    page.total = TRY(rx.maybe(count_sql, scope.project))
    .value_or(0);
    const auto rows =
        TRY(rx.all(list_sql, scope.project, std::clamp<std::int64_t>(limit, 1, page_max),
                   std::max<std::int64_t>(skip, 0)));
    for (const Row& row : rows) page.flows.push_back(TRY(flow_of(row)));
    return page;
}

Result<std::vector<Agentflow>> list_failovers(Rx& rx, const Scope& scope, const AgentflowId& of) {
    TRY(find_current(rx, scope, of));
    std::vector<Agentflow> flows;
    for (const AgentflowId& id : TRY(rx.all(failovers_sql, scope.project, of, page_max)))
        flows.push_back(TRY(find(rx, scope, id)));
    return flows;
}

Result<std::optional<Failover>> find_failover(Rx& rx, const Scope& scope, const AgentflowId& of) {
    return rx.maybe(find_failover_sql, scope.project, of);
}

Result<> touch_last_used(Tx& tx, const Scope& scope, const AgentflowId& id) {
    const auto last_used = TRY(tx.maybe(last_used_sql, scope.project, id));
    if (!last_used) return absent();
    // Each write leaves an old row behind, which a long look of somebody else keeps there.
    if (*last_used + used_within < tx.now()) TRY(tx.put(touch_sql, scope.project, id, tx.now()));
    return {};
}

Result<> remove(Tx& tx, const Scope& scope, const AgentflowId& id) {
    if (TRY(tx.run(remove_sql, scope.project, id, tx.now())).count == 0) return absent();
    return {};
}

} // namespace weft::store::agentflows
