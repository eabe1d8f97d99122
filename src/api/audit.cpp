#include "store/audit.h"

#include "api/routes.h"
#include "api/times.h"
#include "store/projects.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct ListAudit {
    std::optional<ProjectId> project;
    std::string who;
    std::string what;
    std::string object;
    std::string from;
    std::string to;
    std::int64_t after = 0;
    std::int64_t limit = 100;
    static constexpr auto params() {
        using In = ListAudit;
        return std::tuple{
            query("projectID", &In::project, "Only what was changed in this project"),
            query("who", &In::who, "Only by this key: its id or its name"),
            query("what", &In::what, "Only operations that begin so, such as api_keys."),
            query("object", &In::object, "Only changes of the thing with this id"),
            query("from", &In::from, "Only since then: seconds since 1970, or a date"),
            query("to", &In::to, "Only before then: the same"),
            query("after", &In::after, "The seq of the last row of the page before")
                .clamped(0, std::numeric_limits<std::int64_t>::max()),
            query("limit", &In::limit, "How many, at most 500").clamped(1, store::audit::page_max),
        };
    }
};

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object row_view(const store::audit::Row& row) {
    json::object view{
        {"seq", row.seq},
        {"at", row.at.epoch_seconds()},
        {"projectID", nullptr},
        {"who",
         {{"type", to_text(row.who_kind)},
          {"_id", text_or_null(row.who_id)},
          {"name", row.who_name}}},
        {"what", row.what},
        {"object", text_or_null(row.object)},
        {"details", parse_json(row.details).value_or(json::object{})},
        {"address", text_or_null(row.address)},
        {"request_id", text_or_null(row.request_id)},
        {"hash", to_hex(row.hash.bytes)},
    };
    if (row.project) view["projectID"] = row.project.hex();
    return view;
}

/// One that was deleted is known as long as the log tells of it. not_found.
Result<> check_project(store::Rx& rx, const Scope& scope, const ProjectId& project) {
    if (!project) return {};
    const auto found = store::projects::find(rx, scope, project);
    if (found) return {};
    if (found.error().code != Code::not_found) return std::unexpected(found.error());
    const auto told = TRY(store::audit::list(rx, scope, {.project = project, .limit = 1}));
    if (told.rows.empty()) return std::unexpected(found.error());
    return {};
}

using ListAnswer = Answer<"AuditLog">;

/// A key of one project sees what was changed there, and by keys of it.
Task<Result<ListAnswer>> list(Request& rq, ListAudit in) {
    store::audit::Filter filter{.project = in.project.value_or(ProjectId{}),
                                .object = std::move(in.object),
                                .who = std::move(in.who),
                                .what = std::move(in.what),
                                .below = in.after,
                                .limit = in.limit};
    filter.from = CO_TRY(ready(read_time(in.from, "from")));
    filter.before = CO_TRY(ready(read_time(in.to, "to")));
    if (const ProjectId& own = rq.holder.project) {
        if (filter.project && filter.project != own)
            co_return fail(Code::not_found, "There is no such project.");
        filter.project = own;
    }
    const auto page = CO_TRY(rq.store.read([&](store::Rx& rx) -> Result<store::audit::Page> {
        TRY(check_project(rx, rq.scope, filter.project));
        return store::audit::list(rx, rq.scope, filter);
    }));
    json::array rows;
    for (const store::audit::Row& row : page.rows) rows.push_back(row_view(row));
    co_return ListAnswer{{{"audit", std::move(rows)}, {"total_count", page.total}}};
}

constexpr Route routes[] = {
    {http::Method::get, "/audit", "audit.list", in_organization(Role::owner),
     "Who changed what, newest first; deleted projects stay in it", handler<&list>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> audit_routes() { return routes; }

} // namespace weft::api
