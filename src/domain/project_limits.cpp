#include "domain/project_limits.h"

#include <boost/json/array.hpp>

namespace weft {

namespace {

constexpr std::pair<std::string_view, WhenFull> words[] = {
    {"queue", WhenFull::queue}, {"skip", WhenFull::skip}, {"replace", WhenFull::replace}};

void read_most(Members& members, std::string_view name, std::int64_t max,
               std::optional<std::int64_t>& out) {
    const json::value* value = members.get(name);
    if (value && !value->is_null()) members.integer(name, out.emplace(1), 1, max);
}

RunLimit read_run_limit(Members& members) {
    RunLimit limit;
    read_most(members, "concurrent_runs", limits::runs_at_once_max, limit.concurrent_runs);
    read_most(members, "starts_per_minute", limits::per_minute_max, limit.starts_per_minute);
    const json::value* given = members.get("when_full");
    if (!given || given->is_null()) return limit;
    const json::string* word = given->if_string();
    for (const auto& [name, known] : words)
        if (word && std::string_view(*word) == name) {
            limit.when_full = known;
            return limit;
        }
    members.faults().add(members.path("when_full"), "must be queue, skip or replace");
    return limit;
}

CallLimit read_call_limit(Members& members) {
    CallLimit limit;
    read_most(members, "concurrent_calls", limits::runs_at_once_max, limit.concurrent_calls);
    read_most(members, "calls_per_minute", limits::per_minute_max, limit.calls_per_minute);
    return limit;
}

void read_flows(Members& of, ProjectLimits& out) {
    of.each("agentflows", limits::limited_things_max,
            [&](const json::value& item, const std::string& at) {
                Members members(item, at, of.faults());
                AgentflowId flow;
                members.id("agentflow_id", flow);
                if (item.is_object() && !members.has("agentflow_id"))
                    of.faults().add(members.path("agentflow_id"), "is missing");
                else if (flow && !out.agentflows.emplace(flow, read_run_limit(members)).second)
                    of.faults().add(members.path("agentflow_id"), "is limited already");
            });
}

void read_calls(Members& of, std::string_view list, std::string_view name, CallLimits& out) {
    of.each(list, limits::limited_things_max, [&](const json::value& item, const std::string& at) {
        Members members(item, at, of.faults());
        std::string key;
        members.name(name, key);
        const CallLimit limit = read_call_limit(members);
        if (item.is_object() && !members.has(name))
            of.faults().add(members.path(name), "is missing");
        else if (list == "models" && (key == "weft" || key.starts_with("weft/")))
            of.faults().add(members.path(name), "is built in, and answers without a limit");
        else if (!key.empty() && !out.emplace(key, limit).second)
            of.faults().add(members.path(name), "is limited already");
    });
}

void add_most(json::object& to, std::string_view name, const std::optional<std::int64_t>& most) {
    if (most) to[name] = *most;
}

json::object to_json(const RunLimit& limit) {
    json::object out;
    add_most(out, "concurrent_runs", limit.concurrent_runs);
    add_most(out, "starts_per_minute", limit.starts_per_minute);
    for (const auto& [word, known] : words)
        if (known == limit.when_full) out["when_full"] = word;
    return out;
}

json::array to_json(std::string_view name, const CallLimits& limits) {
    json::array all;
    for (const auto& [key, limit] : limits) {
        json::object one{{name, key}};
        add_most(one, "concurrent_calls", limit.concurrent_calls);
        add_most(one, "calls_per_minute", limit.calls_per_minute);
        all.push_back(std::move(one));
    }
    return all;
}

} // namespace

const RunLimit* ProjectLimits::of(const AgentflowId& flow) const {
    const auto found = agentflows.find(flow);
    return found == agentflows.end() ? nullptr : &found->second;
}

bool ProjectLimits::limits_runs_of(const AgentflowId& flow) const {
    const RunLimit* limit = of(flow);
    return project.limits() || (limit && limit->limits());
}

ProjectLimits read_project_limits(const json::value& section, Faults& faults) {
    ProjectLimits out;
    if (section.is_null()) return out;
    Members members(section, "limits", faults);
    if (const json::value* project = members.get("project"); project && !project->is_null()) {
        Members inner(*project, members.path("project"), faults);
        out.project = read_run_limit(inner);
    }
    read_flows(members, out);
    read_calls(members, "models", "model", out.models);
    read_calls(members, "connectors", "connector", out.connectors);
    return out;
}

ProjectLimits project_limits_from_json(const json::value& section) {
    Faults ignored;
    return read_project_limits(section, ignored);
}

json::value to_json(const ProjectLimits& limits) {
    json::array flows;
    for (const auto& [flow, limit] : limits.agentflows) {
        json::object one{{"agentflow_id", flow.hex()}};
        for (auto& [name, value] : to_json(limit)) one[name] = value;
        flows.push_back(std::move(one));
    }
    return {{"project", to_json(limits.project)},
            {"agentflows", std::move(flows)},
            {"models", to_json("model", limits.models)},
            {"connectors", to_json("connector", limits.connectors)}};
}

} // namespace weft
