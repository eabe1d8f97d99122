#include "store/charges.h"

#include "store/agentflows.h"
#include "store/usage.h"

#include <map>

namespace weft::store::charges {

namespace {

struct Place {
    ProjectId id;
    std::string name;
    std::string coworker_role;
};
constexpr Query<Place, OrganizationId, ProjectId> projects_sql{"charges.projects", R"sql(
    SELECT id, name, coworker_role FROM project
     WHERE organization_id = $1 AND ($2 IS NULL OR id = $2) AND deleted_at IS NULL)sql"};

// The same rows are chosen in all three: counted, then those of a page found over all projects,
// then those read whole.

struct Sum {
    std::int64_t count = 0;
    std::int64_t credits_micro = 0;
};
constexpr Query<Sum, ProjectId, ChargeId, ChargeId, Instant, Instant, std::string, ChargeKind,
                AgentflowId>
    count_sql{"charges.count", R"sql(
    SELECT count(*), CAST(coalesce(sum(credits_micro), 0) AS BIGINT) FROM ledger
     WHERE project_id = $1 AND id >= $2 AND id < $3 AND created_at >= $4 AND created_at < $5
       AND ($6 = '' OR model = $6)
       AND ($7 = 0 OR $7 = CASE WHEN execution_id IS NULL THEN 2 ELSE 1 END)
       AND ($8 IS NULL OR EXISTS (SELECT 1 FROM execution_start s
                                   WHERE s.project_id = $1 AND s.id = ledger.execution_id
                                     AND s.agentflow_id = $8)))sql"};

constexpr Query<ChargeId, ProjectId, ChargeId, ChargeId, Instant, Instant, std::string, ChargeKind,
                AgentflowId, std::int64_t>
    ids_sql{"charges.ids", R"sql(
    SELECT id FROM ledger
     WHERE project_id = $1 AND id >= $2 AND id < $3 AND created_at >= $4 AND created_at < $5
       AND ($6 = '' OR model = $6)
       AND ($7 = 0 OR $7 = CASE WHEN execution_id IS NULL THEN 2 ELSE 1 END)
       AND ($8 IS NULL OR 1 = (SELECT 1 FROM execution_start s
                                WHERE s.project_id = $1 AND s.id = ledger.execution_id
                                  AND s.agentflow_id = $8))
     ORDER BY id DESC LIMIT $9)sql"};

constexpr Query<Entry, ProjectId, ChargeId, ChargeId, Instant, Instant, std::string, ChargeKind,
                AgentflowId, std::int64_t>
    page_sql{"charges.page", R"sql(
    SELECT l.id, l.execution_id, e.uuid, l.agent_id, l.agent_title, s.agentflow_id,
           coalesce(f.name, ''), coalesce(s.executed_by_id, ''), coalesce(s.executed_by_name, ''),
           l.model, l.input_tokens, l.output_tokens, l.cost_micro_usd, l.credits_micro,
           l.created_at
      FROM ledger l
      LEFT JOIN execution e ON e.project_id = l.project_id AND e.id = l.execution_id
      LEFT JOIN execution_start s ON s.project_id = l.project_id AND s.id = l.execution_id
      LEFT JOIN agentflow f ON f.project_id = l.project_id AND f.id = s.agentflow_id
     WHERE l.project_id = $1 AND l.id >= $2 AND l.id <= $3 AND l.created_at >= $4
       AND l.created_at < $5 AND ($6 = '' OR l.model = $6)
       AND ($7 = 0 OR $7 = CASE WHEN l.execution_id IS NULL THEN 2 ELSE 1 END)
       AND ($8 IS NULL OR s.agentflow_id = $8)
     ORDER BY l.id DESC LIMIT $9)sql"};

constexpr ChargeId last_id = [] {
    ChargeId id;
    id.bytes.fill(0xFF);
    return id;
}();

/// Ids between which everything lies that was charged in the filter's time.
struct Bounds {
    ChargeId first;
    ChargeId end;
};
Bounds bounds_of(const Filter& filter) {
    const std::int64_t drift_us = microseconds(usage::id_drift_max).count();
    const bool is_open = filter.before.us > std::numeric_limits<std::int64_t>::max() - drift_us;
    return {usage::first_id_at<ChargeTag>({filter.from.us - drift_us}),
            is_open ? last_id : usage::first_id_at<ChargeTag>({filter.before.us + drift_us})};
}

Result<std::vector<Place>> places_of(Rx& rx, const Scope& scope, const Filter& filter) {
    auto places = TRY(rx.all(projects_sql, scope.organization, filter.project));
    if (filter.project && places.empty()) return fail(Code::not_found, "There is no such project.");
    return places;
}

/// The ids of a page, each with the number of its project: per project no more are looked at than
/// the page could take from it.
struct Found {
    ChargeId id;
    std::size_t place = 0;
};
Result<std::vector<Found>> find(Rx& rx, const std::vector<Place>& places, const Filter& filter) {
    const Bounds bounds = bounds_of(filter);
    const ChargeId end = filter.below ? std::min(filter.below, bounds.end) : bounds.end;
    const std::int64_t needed = filter.skip + filter.limit;
    std::vector<Found> found;
    for (std::size_t i = 0; i < places.size(); ++i)
        TRY(rx.each(
            ids_sql,
            [&](const ChargeId& id) {
                found.push_back({id, i});
                return true;
            },
            places[i].id, bounds.first, end, filter.from, filter.before, filter.model, filter.kind,
            filter.agentflow, needed));
    std::ranges::sort(found, std::greater(), &Found::id);
    found.erase(found.begin(), found.begin() + std::min(filter.skip, std::ssize(found)));
    if (std::ssize(found) > filter.limit) found.resize(static_cast<std::size_t>(filter.limit));
    return found;
}

/// Of one project those between two that were found in it: they follow one another there.
struct Stretch {
    ChargeId first;
    ChargeId last;
    std::int64_t count = 0;
};

using Images = std::map<AgentflowId, std::string>;
Result<> add_image(Rx& rx, const Scope& scope, const AgentflowId& flow, Images& images) {
    if (!flow || images.contains(flow)) return {};
    const auto found = agentflows::find(rx, scope, flow);
    if (!found && found.error().code != Code::not_found) return std::unexpected(found.error());
    images[flow] = found ? found->image : "";
    return {};
}

Result<std::map<ChargeId, Charged>> read(Rx& rx, const Scope& scope,
                                         const std::vector<Place>& places, const Filter& filter,
                                         const std::vector<Found>& found) {
    std::map<std::size_t, Stretch> stretches;
    for (const Found& each : found) { // the newest comes first
        Stretch& stretch = stretches[each.place];
        if (stretch.count++ == 0) stretch.last = each.id;
        stretch.first = each.id;
    }
    std::map<ChargeId, Charged> charged;
    for (const auto& [number, stretch] : stretches) {
        const Place& place = places[number];
        Images images;
        for (Entry& entry :
             TRY(rx.all(page_sql, place.id, stretch.first, stretch.last, filter.from, filter.before,
                        filter.model, filter.kind, filter.agentflow, stretch.count))) {
            TRY(add_image(rx, {scope.organization, place.id, scope.principal}, entry.agentflow,
                          images));
            const std::string image = images[entry.agentflow];
            const ChargeId id = entry.id;
            charged.emplace(
                id, Charged{std::move(entry), place.id, place.name, place.coworker_role, image});
        }
    }
    return charged;
}

} // namespace

Result<std::vector<Charged>> page(Rx& rx, const Scope& scope, const Filter& asked) {
    Filter filter = asked;
    filter.limit = std::clamp<std::int64_t>(filter.limit, 0, page_max);
    filter.skip = std::max<std::int64_t>(filter.skip, 0);
    const auto places = TRY(places_of(rx, scope, filter));
    const auto found = TRY(find(rx, places, filter));
    auto read_whole = TRY(read(rx, scope, places, filter, found));
    std::vector<Charged> charges;
    for (const Found& each : found)
        if (const auto at = read_whole.find(each.id); at != read_whole.end())
            charges.push_back(std::move(at->second));
    return charges;
}

Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter) {
    Page page { .charges = TRY(charges::page(rx, scope, filter)) };
    const auto places = TRY(places_of(rx, scope, filter));
    const Bounds bounds = bounds_of(filter);
    for (const Place& place : places) {
        const auto sum = TRY(rx.maybe(count_sql, place.id, bounds.first, bounds.end, filter.from,
                                      filter.before, filter.model, filter.kind, filter.agentflow));
        page.total += sum ? sum->count : 0;
        page.credits_micro += sum ? sum->credits_micro : 0;
    }
    return page;
}

} // namespace weft::store::charges
