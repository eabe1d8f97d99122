#include "store/claims.h"

#include "store/id_bytes.h"
#include "store/postgres_claims.h"
#include "store/ready.h"
#include "store/uncharged.h"

namespace weft::store::claims {

namespace {

constexpr microseconds lately{1'000'000};    // nodes' clocks may differ, and a commit takes a while
constexpr microseconds all_after{2'000'000}; // what that leaves out is found by then

constexpr SystemQuery<ProjectId, Blob> next_project_sql{"claims.next_project", R"sql(
    SELECT project_id FROM ready WHERE project_id > $1 ORDER BY project_id LIMIT 1)sql"};

struct Owner {
    OrganizationId organization;
    bool has_budgets = false;
};
constexpr Query<Owner, ProjectId> owner_sql{"claims.owner", R"sql(
    SELECT organization_id,
           CASE WHEN EXISTS (SELECT 1 FROM budget b
                              WHERE b.organization_id = project.organization_id)
                THEN 1 ELSE 0 END
      FROM project
     WHERE id = $1 AND deleted_at IS NULL AND trashed_at IS NULL)sql"};

constexpr Query<ExecutionId, ProjectId, std::int64_t> first_sql{"claims.first", R"sql(
    SELECT execution_id FROM ready WHERE project_id = $1
     ORDER BY since, execution_id LIMIT $2)sql",
                                                                R"sql(
    SELECT execution_id FROM ready WHERE project_id = $1
     ORDER BY since, execution_id LIMIT $2 FOR UPDATE SKIP LOCKED)sql"};

constexpr Query<std::int64_t, ProjectId, ExecutionId, std::int64_t, Instant> take_sql{"claims.take",
                                                                                      R"sql(
    UPDATE execution SET owner = $3, epoch = epoch + 1, state = 1, wake_at = NULL, updated_at = $4
     WHERE project_id = $1 AND id = $2 AND owner = 0 AND +state < 3
    RETURNING epoch)sql"};

struct Which {
    ProjectId project;
    ExecutionId id;
};

constexpr SystemQuery<Which, Instant, std::int64_t> due_sql{"claims.due", R"sql(
    SELECT project_id, id FROM execution
     WHERE wake_at IS NOT NULL AND state < 3 AND wake_at <= $1 ORDER BY wake_at LIMIT $2)sql"};

/// Another node may have woken it since it was read, and it may wait for another time by now. It
/// waits for nobody any more: a pause that finds it not claimed yet must not bring that back.
constexpr Query<void, ProjectId, ExecutionId, Instant> woken_sql{"claims.woken", R"sql(
    UPDATE execution SET wake_at = NULL, state = CASE WHEN state = 2 THEN 1 ELSE state END
     WHERE project_id = $1 AND id = $2 AND +state < 3 AND wake_at <= $3)sql"};

constexpr SystemQuery<Instant> next_wake_sql{"claims.next_wake", R"sql(
    SELECT wake_at FROM execution WHERE wake_at IS NOT NULL AND state < 3
     ORDER BY wake_at LIMIT 1)sql"};

constexpr Query<ExecutionState, ProjectId, ExecutionId, std::int64_t> let_go_sql{"claims.let_go",
                                                                                 R"sql(
    UPDATE execution SET owner = 0, settling = 0
     WHERE project_id = $1 AND id = $2 AND epoch = $3 AND owner <> 0
    RETURNING state)sql"};

constexpr Query<std::int64_t, ProjectId, ExecutionId, std::int64_t> overrule_sql{"claims.overrule",
                                                                                 R"sql(
    UPDATE execution SET epoch = epoch + 1
     WHERE project_id = $1 AND id = $2 AND epoch = $3 AND owner <> 0 AND +state < 4
    RETURNING epoch)sql"};

constexpr SystemQuery<Which, std::int64_t, std::int64_t> lost_sql{"claims.lost", R"sql(
    SELECT project_id, id FROM execution WHERE owner <> 0 AND owner <> $1 LIMIT $2)sql",
                                                                  R"sql(
    SELECT project_id, id FROM execution
     WHERE owner <> 0 AND owner <> $1
       AND NOT EXISTS (SELECT 1 FROM node n
                        WHERE n.id = execution.owner
                          AND n.lease_until >
                              (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
     LIMIT $2)sql"};

constexpr SystemQuery<Which, std::int64_t> stopping_sql{"claims.stopping", R"sql(
    SELECT project_id, id FROM execution WHERE settling = 1 AND owner = $1)sql"};

constexpr SystemQuery<Which, Instant, std::int64_t> overdue_sql{"claims.overdue", R"sql(
    SELECT project_id, id FROM execution WHERE settling = 1 AND ended_at < $1
     ORDER BY ended_at LIMIT $2)sql"};

/// Whatever the owner still writes bounces off the new epoch. `$3` keeps what it owns; -1: nobody.
constexpr Query<ExecutionState, ProjectId, ExecutionId, std::int64_t> disown_sql{"claims.disown",
                                                                                 R"sql(
    UPDATE execution SET owner = 0, settling = 0, epoch = epoch + 1
     WHERE project_id = $1 AND id = $2 AND (owner <> 0 OR settling = 1)
       AND owner <> $3
    RETURNING state)sql"};

/// The next project after `after` that has something ready, going round once at the end.
Result<std::optional<ProjectId>> next_project(Tx& tx, const ProjectId& after) {
    if (auto next = TRY(tx.maybe(next_project_sql, bytes_of(after)))) return next;
    return tx.maybe(next_project_sql, bytes_of(ProjectId{}));
}

/// The same of all that there are, by their ids.
std::vector<ProjectId> in_turn(std::vector<ProjectId> all, int max, const Turn& turn) {
    const auto next = std::ranges::find_if(
        all, [&turn](const ProjectId& each) { return each.bytes > turn.after.bytes; });
    std::ranges::rotate(all, next);
    if (std::ssize(all) > max) all.resize(static_cast<std::size_t>(max));
    return all;
}

/// At most `max` different projects in their turn, beginning after the one served last.
Result<std::vector<ProjectId>> projects_in_turn(Tx& tx, int max, const Turn& turn) {
    std::vector<ProjectId> projects;
    ProjectId after = turn.after;
    while (static_cast<int>(projects.size()) < max) {
        const auto next = TRY(next_project(tx, after));
        if (!next || (!projects.empty() && *next == projects.front())) break;
        projects.push_back(*next);
        after = *next;
    }
    return projects;
}

/// Which projects have anything ready, and from when on they are to be looked at.
struct Look {
    std::vector<ProjectId> projects;
    Instant since;
};

Result<Look> look(Tx& tx, int max, Turn& turn) {
    if (tx.dialect() == Dialect::postgres && tx.now() < turn.all_from) {
        const Instant since = tx.now() + -lately;
        const auto few = TRY(postgres_claims::projects_since(tx, since));
        if (few) return Look{in_turn(*few, max, turn), since};
    }
    if (tx.dialect() == Dialect::postgres) turn.all_from = tx.now() + all_after;
    return Look {
        TRY(projects_in_turn(tx, max, turn))
        , {}
    };
}

/// Takes at most `share` of one project's ready executions; how many rows of `ready` that took.
Result<int> claim_from(Tx& tx, const ProjectId& project, Instant since, std::int64_t node,
                       int share, std::vector<Claim>& claims) {
    const auto owner = TRY(tx.maybe(owner_sql, project));
    if (owner && tx.dialect() == Dialect::postgres) {
        const auto taken = TRY(postgres_claims::take(tx, project, since, node, share));
        for (const auto& [id, epoch] : taken)
            if (epoch != 0)
                claims.push_back({project, owner->organization, id, epoch, owner->has_budgets});
        return static_cast<int>(taken.size());
    }
    const auto ready = TRY(tx.all(first_sql, project, share));
    for (const ExecutionId& id : ready) {
        TRY(ready::remove(tx, project, id));
        if (!owner) continue; // deleted, or in the trash: its executions run no more
        const auto epoch = TRY(tx.maybe(take_sql, project, id, node, tx.now()));
        if (!epoch) continue; // stopped, paused or owned: it was not ready in truth
        claims.push_back({project, owner->organization, id, *epoch, owner->has_budgets});
    }
    return static_cast<int>(ready.size());
}

} // namespace

Result<std::vector<Claim>> claim(Tx& tx, std::int64_t node, int max, Turn& turn) {
    std::vector<Claim> claims;
    turn.more = false;
    int seen = 0; // rows of `ready`: those that were not ready in truth cost as much
    while (seen < max) {
        const int before = seen;
        const int left = max - seen;
        const auto [projects, since] = TRY(look(tx, left, turn));
        if (projects.empty()) return claims;
        const int share = std::max(1, left / static_cast<int>(projects.size()));
        for (const ProjectId& project : projects) {
            seen += TRY(claim_from(tx, project, since, node, share, claims));
            turn.after = project;
        }
        if (seen == before) return claims; // what is left, other nodes are taking
    }
    turn.more = true;
    return claims;
}

Result<bool> any_ready(Rx& rx) {
    return TRY(rx.maybe(next_project_sql, bytes_of(ProjectId{})))
    .has_value();
}

Result<std::int64_t> wake_due(Tx& tx, int max) {
    const auto due = TRY(tx.all(due_sql, tx.now(), max));
    for (const Which& each : due) {
        if (TRY(tx.run(woken_sql, each.project, each.id, tx.now())).count > 0)
            TRY(ready::add(tx, each.project, each.id, tx.now()));
    }
    return static_cast<std::int64_t>(due.size());
}

Result<std::optional<Instant>> next_wake(Rx& rx) { return rx.maybe(next_wake_sql); }

Result<std::optional<Claim>> overrule(Tx& tx, const Claim& claim) {
    const auto epoch = TRY(tx.maybe(overrule_sql, claim.project, claim.execution, claim.epoch));
    if (!epoch) return std::nullopt;
    Claim taken = claim;
    taken.epoch = *epoch;
    return taken;
}

Result<> let_go(Tx& tx, const Claim& claim) {
    const auto state = TRY(tx.maybe(let_go_sql, claim.project, claim.execution, claim.epoch));
    if (state && *state < ExecutionState::paused)
        TRY(ready::add(tx, claim.project, claim.execution, tx.now()));
    if (state == ExecutionState::cancelled)
        TRY(uncharged::note(tx, claim.project, claim.execution));
    return {};
}

Result<std::int64_t> recover(Tx& tx, std::int64_t node, int max) {
    const auto lost = TRY(tx.all(lost_sql, node, max));
    for (const Which& each : lost) {
        const auto state = TRY(tx.maybe(disown_sql, each.project, each.id, node));
        if (state && *state < ExecutionState::paused)
            TRY(ready::add(tx, each.project, each.id, Instant{}));
        if (state == ExecutionState::cancelled) TRY(uncharged::note(tx, each.project, each.id));
    }
    return static_cast<std::int64_t>(lost.size());
}

Result<std::vector<ExecutionId>> stopping(Rx& rx, std::int64_t node) {
    std::vector<ExecutionId> ids;
    for (const Which& each : TRY(rx.all(stopping_sql, node))) ids.push_back(each.id);
    return ids;
}

Result<std::vector<ExecutionId>> settle_overdue(Tx& tx, Instant stopped_before, int max) {
    std::vector<ExecutionId> settled;
    for (const Which& each : TRY(tx.all(overdue_sql, stopped_before, max))) {
        if (!TRY(tx.maybe(disown_sql, each.project, each.id, -1))) continue;
        TRY(uncharged::note(tx, each.project, each.id));
        settled.push_back(each.id);
    }
    return settled;
}

} // namespace weft::store::claims
