#include "store/usage.h"

#include "store/ledger.h"

#include <map>

namespace weft::store::usage {

namespace {

constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::int64_t mb = 1'000'000;

constexpr Query<ProjectId, OrganizationId> projects_sql{"usage.projects", R"sql(
    SELECT id FROM project WHERE organization_id = $1 AND deleted_at IS NULL)sql"};

// Of one that was deleted rows may still be there.
constexpr Query<ProjectId, OrganizationId> also_deleted_sql{"usage.also_deleted", R"sql(
    SELECT id FROM project WHERE organization_id = $1)sql"};

constexpr Query<std::int64_t, OrganizationId> members_sql{"usage.members", R"sql(
    SELECT count(*) FROM organization_member WHERE organization_id = $1)sql"};

constexpr Query<std::int64_t, ProjectId> agentflows_sql{"usage.agentflows", R"sql(
    SELECT count(*) FROM agentflow WHERE project_id = $1 AND is_deleted = 0)sql"};

// A test fails when a project begins with another one.
constexpr Query<std::int64_t, ProjectId> connectors_sql{"usage.connectors", R"sql(
    SELECT count(*) FROM connector
     WHERE project_id = $1 AND category NOT IN ('content_creator', 'files', 'flow', 'tables'))sql"};

constexpr Query<std::int64_t, ProjectId> tables_sql{"usage.tables", R"sql(
    SELECT count(*) FROM data_table WHERE project_id = $1)sql"};

constexpr Query<std::int64_t, ProjectId> files_sql{"usage.files", R"sql(
    SELECT count(*) FROM file WHERE project_id = $1)sql"};

constexpr Query<std::int64_t, ProjectId> bytes_sql{"usage.bytes", R"sql(
    SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM file WHERE project_id = $1)sql"};

constexpr Query<std::int64_t, ProjectId, ExecutionId, Instant, std::int64_t> executions_sql{
    "usage.executions", R"sql(
    SELECT count(*) FROM (SELECT 1 FROM execution
                           WHERE project_id = $1 AND id >= $2 AND created_at >= $3
                           LIMIT $4) AS made)sql"};

struct Removed {
    std::int64_t credits_micro = 0;
    std::int64_t executions = 0;
};
constexpr Query<Removed, OrganizationId, std::int64_t, std::int64_t> removed_sql{"usage.removed",
                                                                                 R"sql(
    SELECT CAST(coalesce(sum(credits_micro), 0) AS BIGINT),
           CAST(coalesce(sum(executions), 0) AS BIGINT)
      FROM usage_removed WHERE organization_id = $1 AND day >= $2 AND day < $3)sql"};

constexpr Query<std::int64_t, ProjectId, ChargeId, ChargeId, Instant, Instant> credits_sql{
    "usage.credits", R"sql(
    SELECT CAST(coalesce(sum(credits_micro), 0) AS BIGINT) FROM ledger
     WHERE project_id = $1 AND id >= $2 AND id < $3 AND created_at >= $4 AND created_at < $5)sql"};

constexpr Query<OfModel, ProjectId, ChargeId, Instant> by_model_sql{"usage.by_model", R"sql(
    SELECT model, count(*), CAST(sum(input_tokens + output_tokens) AS BIGINT),
           CAST(sum(credits_micro) AS BIGINT)
      FROM ledger WHERE project_id = $1 AND id >= $2 AND created_at >= $3
     GROUP BY model)sql"};

using OfProject = Query<std::int64_t, ProjectId>;

const OfProject* query_of(Quota quota) {
    switch (quota) {
    case Quota::agentflows: return &agentflows_sql;
    case Quota::connectors: return &connectors_sql;
    case Quota::tables: return &tables_sql;
    case Quota::files: return &files_sql;
    case Quota::storage_mb: return &bytes_sql;
    case Quota::projects:
    case Quota::members:
    case Quota::executions: return nullptr;
    }
    return nullptr;
}

Result<Removed> removed(Rx& rx, const OrganizationId& organization, Instant from, Instant to) {
    return TRY(rx.maybe(removed_sql, organization, from.us / day_us, to.us / day_us))
    .value_or(Removed{});
}

Result<std::int64_t> count_executions(Rx& rx, const OrganizationId& organization, Instant since,
                                      std::int64_t up_to) {
    constexpr Instant for_ever{std::numeric_limits<std::int64_t>::max()};
    std::int64_t all = TRY(removed(rx, organization, since, for_ever))
    .executions;
    const auto first = first_id_at<ExecutionTag>({since.us - microseconds(id_drift_max).count()});
    for (const ProjectId& project : TRY(rx.all(also_deleted_sql, organization))) {
        if (all > up_to) break;
        const std::int64_t enough = up_to - all < no_limit ? up_to - all + 1 : no_limit;
        all += TRY(rx.maybe(executions_sql, project, first, since, enough))
        .value_or(0);
    }
    return all;
}

} // namespace

Result<std::int64_t> count(Rx& rx, const OrganizationId& organization, Quota quota, Instant since,
                           std::int64_t up_to) {
    if (quota == Quota::executions) return count_executions(rx, organization, since, up_to);
    if (quota == Quota::members) return TRY(rx.maybe(members_sql, organization))
    .value_or(0);
    const auto projects = TRY(rx.all(projects_sql, organization));
    if (quota == Quota::projects) return std::ssize(projects);
    std::int64_t all = 0;
    for (const ProjectId& project : projects) all += TRY(rx.maybe(*query_of(quota), project))
    .value_or(0);
    return quota == Quota::storage_mb ? (all + mb - 1) / mb : all;
}

Result<std::int64_t> credits(Rx& rx, const OrganizationId& organization, Instant from, Instant to) {
    std::int64_t all = TRY(removed(rx, organization, from, to))
    .credits_micro;
    const std::int64_t drift_us = microseconds(id_drift_max).count();
    const auto first = first_id_at<ChargeTag>({from.us - drift_us});
    const auto end = first_id_at<ChargeTag>({to.us + drift_us});
    for (const ProjectId& project : TRY(rx.all(also_deleted_sql, organization)))
        all += TRY(rx.maybe(credits_sql, project, first, end, from, to))
    .value_or(0);
    return all;
}

Result<std::vector<OfModel>> by_model(Rx& rx, const OrganizationId& organization, Instant since) {
    std::map<std::string, OfModel> found;
    const auto first = first_id_at<ChargeTag>({since.us - microseconds(id_drift_max).count()});
    for (const ProjectId& project : TRY(rx.all(projects_sql, organization)))
        for (const OfModel& each : TRY(rx.all(by_model_sql, project, first, since))) {
            OfModel& sum = found[each.model];
            sum.model = each.model;
            sum.charges += each.charges;
            sum.tokens += each.tokens;
            sum.credits_micro += each.credits_micro;
        }
    std::vector<OfModel> all;
    for (auto& [name, each] : found) all.push_back(std::move(each));
    std::ranges::sort(all, [](const OfModel& a, const OfModel& b) {
        return std::tie(b.charges, a.model) < std::tie(a.charges, b.model);
    });
    return all;
}

} // namespace weft::store::usage
