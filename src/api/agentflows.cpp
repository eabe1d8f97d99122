#include "store/agentflows.h"

#include "agents/flow_check.h"
#include "api/agentflow_view.h"
#include "api/default_model.h"
#include "api/quotas.h"
#include "api/routes.h"
#include "domain/form.h"

namespace weft::api {

namespace {

struct CreateAgentflow {
    ProjectId project;
    json::object flow;
    static constexpr auto params() {
        using In = CreateAgentflow;
        return std::tuple{
            query_or_body("projectID", &In::project, "The project that the flow belongs to"),
            whole_body(&In::flow, "The flow; other members are ignored")
                .required()
                .shaped(R"({"$ref":"#/components/schemas/AgentflowInput"})"),
        };
    }
};

struct ListAgentflows {
    ProjectId project;
    std::int64_t skip = 0;
    std::int64_t limit = 50;
    static constexpr auto params() {
        using In = ListAgentflows;
        return std::tuple{
            query("projectID", &In::project, "The project"),
            query("skip", &In::skip, "How many to pass over").clamped(0, 1'000'000'000),
            query("limit", &In::limit, "How many, at most 200")
                .clamped(1, store::agentflows::page_max),
        };
    }
};

struct OneAgentflow {
    AgentflowId id;
    static constexpr auto params() { return std::tuple{path("AF", &OneAgentflow::id, "The flow")}; }
};

struct AddAgent {
    AgentflowId id;
    ProjectId project;
    json::object agent;
    static constexpr auto params() {
        using In = AddAgent;
        return std::tuple{
            path("AF", &In::id, "The flow"),
            query("projectID", &In::project, "The project of the flow"),
            whole_body(&In::agent, "The agent; it may bring its own _id")
                .required()
                .shaped(R"({"$ref":"#/components/schemas/AgentInput"})"),
        };
    }
};

struct ChangeAgent {
    AgentflowId id;
    AgentId agent;
    ProjectId project;
    json::object changes;
    static constexpr auto params() {
        using In = ChangeAgent;
        return std::tuple{
            path("AF", &In::id, "The flow"),
            path("agent", &In::agent, "The agent"),
            query("projectID", &In::project, "The project of the flow"),
            whole_body(&In::changes, "The members to change; the others stay")
                .required()
                .shaped(R"({"$ref":"#/components/schemas/AgentInput"})"),
        };
    }
};

struct ChangeAgentflow {
    AgentflowId id;
    ProjectId project;
    json::object changes;
    std::optional<std::int64_t> expected;
    static constexpr auto params() {
        using In = ChangeAgentflow;
        return std::tuple{
            path("AF", &In::id, "The flow"),
            query_or_body("projectID", &In::project, "The project of the flow"),
            whole_body(&In::changes,
                       "The members to change; the others stay. `agents` replaces all agents")
                .required()
                .shaped(R"({"$ref":"#/components/schemas/AgentflowPatch"})"),
            query("expected_version", &In::expected,
                  "The version that the change was made from: 409 when there is a newer one"),
        };
    }
};

struct DeleteAgentflow {
    ProjectId project;
    AgentflowId id;
    static constexpr auto params() {
        using In = DeleteAgentflow;
        return std::tuple{path("P", &In::project, "The project of the flow"),
                          path("AF", &In::id, "The flow")};
    }
};

struct AgentflowForUser {
    AgentflowId id;
    std::string user;
    ProjectId project;
    static constexpr auto params() {
        using In = AgentflowForUser;
        return std::tuple{
            path("AF", &In::id, "The flow"),
            path("U", &In::user, "The person; no flow of this version differs by person"),
            path("P", &In::project, "The project of the flow"),
        };
    }
};

using FlowAnswer = Answer<"Agentflow">;

/// Changes one flow in the writer, so that two changes at once do not lose one another, and saves
/// the new version.
template <class Change>
Task<Result<FlowAnswer>> change_flow(Request& rq, AgentflowId id, Change change) {
    return rq.commit([&rq, id, change = std::move(change)](store::Tx& tx) -> Result<FlowAnswer> {
        Agentflow flow = TRY(store::agentflows::find(tx, rq.scope, id));
        TRY(change(flow, tx));
        TRY(agents::check_texts(flow));
        const Agentflow saved = TRY(store::agentflows::save(tx, rq.scope, std::move(flow)));
        rq.audited.details["version_id"] = saved.version.hex();
        return FlowAnswer{agentflow_view(saved, rq.scope)};
    });
}

AgentId new_agent_id(Request& rq) {
    return rq.services.ids.mint<AgentTag>(rq.scope.project.ordinal());
}

Task<Result<FlowAnswer>> create(Request& rq, CreateAgentflow in) {
    CO_TRY(name_models(rq, in.flow));
    const Agentflow flow =
        CO_TRY(ready(agentflow_from_json(in.flow, [&rq] { return new_agent_id(rq); })));
    CO_TRY(ready(agents::check_texts(flow)));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<FlowAnswer> {
        const Agentflow saved = TRY(store::agentflows::save(tx, rq.scope, flow));
        TRY(check_quotas(rq, tx, {Quota::agentflows}));
        rq.audited.details["version_id"] = saved.version.hex();
        return FlowAnswer{agentflow_view(saved, rq.scope)};
    });
}

Task<Result<Answer<"AgentflowList">>> list(Request& rq, ListAgentflows in) {
    const auto page = CO_TRY(rq.store.read(
        [&](store::Rx& rx) { return store::agentflows::list(rx, rq.scope, in.skip, in.limit); }));
    json::array flows;
    for (const Agentflow& flow : page.flows) flows.push_back(agentflow_view(flow, rq.scope));
    co_return Answer<"AgentflowList">{
        {{"agentflows", std::move(flows)}, {"total_count", page.total}}};
}

Task<Result<FlowAnswer>> get_flow(Request& rq, OneAgentflow in) {
    const Agentflow flow = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::agentflows::find(rx, rq.scope, in.id); }));
    co_return FlowAnswer{agentflow_view(flow, rq.scope)};
}

Task<Result<Answer<"AgentflowList">>> list_failovers(Request& rq, OneAgentflow in) {
    const auto found = CO_TRY(rq.store.read(
        [&](store::Rx& rx) { return store::agentflows::list_failovers(rx, rq.scope, in.id); }));
    json::array flows;
    for (const Agentflow& flow : found) flows.push_back(agentflow_view(flow, rq.scope));
    co_return Answer<"AgentflowList">{
        {{"agentflows", std::move(flows)}, {"total_count", std::ssize(found)}}};
}

Task<Result<FlowAnswer>> add_agent(Request& rq, AddAgent in) {
    CO_TRY(name_model(rq, in.agent));
    Agent agent = CO_TRY(ready(agent_from_json(in.agent, "")));
    CO_TRY(ready(forms_of(agent, "")));
    if (!agent.id) agent.id = new_agent_id(rq);
    co_return co_await change_flow(rq, in.id, [&](Agentflow& flow, store::Tx&) -> Result<> {
        if (flow.find(agent.id))
            return fail_field("_id", "The flow already has an agent with this id.");
        append(flow, agent);
        return {};
    });
}

Task<Result<FlowAnswer>> change_agent(Request& rq, ChangeAgent in) {
    co_return co_await change_flow(rq, in.id, [&](Agentflow& flow, store::Tx&) -> Result<> {
        for (Agent& agent : flow.agents)
            if (agent.id == in.agent) {
                TRY(patch_agent(agent, in.changes, ""));
                TRY(forms_of(agent, ""));
                return {};
            }
        return fail(Code::not_found, "This flow has no such agent.");
    });
}

Task<Result<FlowAnswer>> change(Request& rq, ChangeAgentflow in) {
    CO_TRY(name_models(rq, in.changes));
    co_return co_await change_flow(rq, in.id, [&](Agentflow& flow, store::Tx&) -> Result<> {
        if (in.expected && *in.expected != flow.version_number)
            return fail(Code::conflict,
                        fmt::format("This flow was saved meanwhile: it is at version {}, and the "
                                    "change was made from version {}. Look at the newer one, then "
                                    "change that.",
                                    flow.version_number, *in.expected));
        return patch_agentflow(flow, in.changes, [&rq] { return new_agent_id(rq); });
    });
}

Task<Result<FlowAnswer>> remove(Request& rq, DeleteAgentflow in) {
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<FlowAnswer> {
        Agentflow flow = TRY(store::agentflows::find(tx, rq.scope, in.id));
        TRY(store::agentflows::remove(tx, rq.scope, in.id));
        flow.is_deleted = true;
        flow.updated_at = tx.now();
        return FlowAnswer{agentflow_view(flow, rq.scope)};
    });
}

Task<Result<FlowAnswer>> get_for_user(Request& rq, AgentflowForUser in) {
    co_return co_await get_flow(rq, {in.id});
}

constexpr Route routes[] = {
    {http::Method::post, "/agentflow", "agentflows.create", needs(Role::editor), "Make a flow",
     handler<&create>, Audit::change},
    {http::Method::get, "/agentflows", "agentflows.list", needs(Role::viewer),
     "The project's flows", handler<&list>},
    {http::Method::get, "/agentflow/{AF}", "agentflows.get", needs(Role::viewer),
     "A flow with its agents and their skills", handler<&get_flow>},
    {http::Method::get, "/agentflow/{AF}/failover", "agentflows.failover", needs(Role::viewer),
     "The flows that may take over when a run of this one fails; the first active one does",
     handler<&list_failovers>},
    {http::Method::put, "/agentflow/{AF}", "agentflows.update", needs(Role::editor),
     "Change members of a flow; a new version, which later runs use", handler<&change>,
     Audit::change},
    {http::Method::delete_, "/agentflow/{P}/{AF}", "agentflows.delete", needs(Role::editor),
     "Delete a flow: nobody finds or starts it any more; its runs go on and stay readable",
     handler<&remove>, Audit::change},
    {http::Method::get, "/agentflow/{AF}/user/{U}/project/{P}", "agentflows.for_user",
     needs(Role::viewer), "The flow as that person would run it", handler<&get_for_user>},
    {http::Method::post, "/agentflow/{AF}/skilled", "agentflows.add_agent", needs(Role::editor),
     "Append an agent to the chain; answers the whole flow", handler<&add_agent>, Audit::change},
    {http::Method::post, "/agentflow/{AF}/update/skilled/{agent}", "agentflows.change_agent",
     needs(Role::editor), "Change members of an agent; answers the whole flow",
     handler<&change_agent>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> agentflow_routes() { return routes; }

} // namespace weft::api
