#include "store/flow_versions.h"

#include "api/agentflow_view.h"
#include "api/routes.h"
#include "domain/flow_diff.h"
#include "store/agentflows.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct ListVersions {
    AgentflowId flow;
    std::int64_t skip = 0;
    std::int64_t limit = 50;
    static constexpr auto params() {
        using In = ListVersions;
        return std::tuple{
            path("AF", &In::flow, "The flow"),
            query("skip", &In::skip, "How many to pass over").clamped(0, 1'000'000'000),
            query("limit", &In::limit, "How many, at most 200")
                .clamped(1, store::flow_versions::page_max),
        };
    }
};

struct OneFlow {
    AgentflowId flow;
    static constexpr auto params() { return std::tuple{path("AF", &OneFlow::flow, "The flow")}; }
};

struct OneVersion {
    AgentflowId flow;
    std::int64_t number = 0;
    static constexpr auto params() {
        using In = OneVersion;
        return std::tuple{path("AF", &In::flow, "The flow"),
                          path("n", &In::number, "The number of the version, from 1")};
    }
};

struct TwoVersions {
    AgentflowId flow;
    std::int64_t number = 0;
    std::optional<std::int64_t> to;
    static constexpr auto params() {
        using In = TwoVersions;
        return std::tuple{path("AF", &In::flow, "The flow"),
                          path("n", &In::number, "The number of the version before"),
                          query("to", &In::to, "The number of the one after; the newest")};
    }
};

json::object version_view(const store::flow_versions::Saved& saved,
                          const store::flow_versions::Page& page) {
    return {{"_id", saved.id.hex()},
            {"version", saved.number},
            {"created_at", saved.created_at.epoch_seconds()},
            {"created_by", saved.created_by},
            {"is_newest", saved.number == page.newest},
            {"is_published", saved.number == page.published.value_or(page.newest)}};
}

Task<Result<Answer<"AgentflowVersions">>> list(Request& rq, ListVersions in) {
    const auto page = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return store::flow_versions::list(rx, rq.scope, in.flow, in.skip, in.limit);
    }));
    json::array versions;
    for (const auto& each : page.versions) versions.push_back(version_view(each, page));
    co_return Answer<"AgentflowVersions">{
        {{"versions", std::move(versions)}, {"total_count", page.newest}}};
}

Task<Result<Answer<"Agentflow">>> get_version(Request& rq, OneVersion in) {
    const Agentflow flow = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return store::flow_versions::find(rx, rq.scope, in.flow, in.number);
    }));
    co_return Answer<"Agentflow">{agentflow_view(flow, rq.scope)};
}

Task<Result<Answer<"AgentflowDiff">>> compare(Request& rq, TwoVersions in) {
    using Pair = std::pair<Agentflow, Agentflow>;
    const auto [before, after] = CO_TRY(rq.store.read([&](store::Rx& rx) -> Result<Pair> {
        using store::flow_versions::find;
        Agentflow first = TRY(find(rx, rq.scope, in.flow, in.number));
        Agentflow second = TRY(in.to ? find(rx, rq.scope, in.flow, *in.to)
                                     : store::agentflows::find(rx, rq.scope, in.flow));
        return Pair{std::move(first), std::move(second)};
    }));
    json::array changes;
    for (FlowChange& each : changes_between(to_json(before), to_json(after)))
        changes.push_back(json::object{{"path", std::move(each.path)},
                                       {"change", to_text(each.what)},
                                       {"before", std::move(each.before)},
                                       {"after", std::move(each.after)}});
    co_return Answer<"AgentflowDiff">{{{"from", before.version_number},
                                       {"to", after.version_number},
                                       {"changes", std::move(changes)}}};
}

Task<Result<Answer<"Agentflow">>> restore(Request& rq, OneVersion in) {
    co_return co_await rq.commit([&](store::Tx & tx) -> Result<Answer<"Agentflow">> {
        Agentflow flow = TRY(store::flow_versions::find(tx, rq.scope, in.flow, in.number));
        const Agentflow saved = TRY(store::agentflows::save(tx, rq.scope, std::move(flow)));
        rq.audited.details["version_id"] = saved.version.hex();
        return Answer<"Agentflow">{agentflow_view(saved, rq.scope)};
    });
}

Task<Result<Answer<"Agentflow">>> set_published(Request& rq, AgentflowId flow,
                                                std::optional<std::int64_t> number) {
    co_return co_await rq.commit([&](store::Tx & tx) -> Result<Answer<"Agentflow">> {
        TRY(store::flow_versions::publish(tx, rq.scope, flow, number));
        return Answer<"Agentflow"> {
            agentflow_view(TRY(store::agentflows::find(tx, rq.scope, flow)), rq.scope)
        };
    });
}

Task<Result<Answer<"Agentflow">>> publish(Request& rq, OneVersion in) {
    co_return co_await set_published(rq, in.flow, in.number);
}

Task<Result<Answer<"Agentflow">>> publish_newest(Request& rq, OneFlow in) {
    co_return co_await set_published(rq, in.flow, {});
}

constexpr Route routes[] = {
    {http::Method::get, "/agentflow/{AF}/versions", "agentflows.versions", needs(Role::viewer),
     "What the flow was each time it was saved, newest first", handler<&list>},
    {http::Method::get, "/agentflow/{AF}/versions/{n}", "agentflows.version", needs(Role::viewer),
     "The flow as it was saved then", handler<&get_version>},
    {http::Method::get, "/agentflow/{AF}/versions/{n}/diff", "agentflows.diff", needs(Role::viewer),
     "What differs between two versions of a flow", handler<&compare>},
    {http::Method::post, "/agentflow/{AF}/versions/{n}/restore", "agentflows.restore",
     needs(Role::editor), "Save the flow as it was then, as a new version", handler<&restore>,
     Audit::change},
    {http::Method::post, "/agentflow/{AF}/versions/{n}/publish", "agentflows.publish",
     needs(Role::editor), "From now on runs take this version, whatever is saved later",
     handler<&publish>, Audit::change},
    {http::Method::delete_, "/agentflow/{AF}/published", "agentflows.publish_newest",
     needs(Role::editor), "From now on runs take the newest version again",
     handler<&publish_newest>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> flow_version_routes() { return routes; }

} // namespace weft::api
