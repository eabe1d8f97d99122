#include "api/agentflow_view.h"

#include <boost/json/array.hpp>

namespace weft::api {

json::object skill_view(const Skill& skill, const Scope& scope) {
    json::object view = to_json(skill);
    view["projectID"] = scope.project.hex();
    return view;
}

json::object agentflow_view(const Agentflow& flow, const Scope& scope) {
    json::object view = to_json(flow);
    view["projectID"] = scope.project.hex();
    view["organization_id"] = scope.organization.hex();
    view["version"] = flow.version_number;
    view["published_version"] =
        flow.published_number ? json::value(*flow.published_number) : nullptr;
    json::array& agents = view["agents"].as_array();
    for (std::size_t i = 0; i < flow.agents.size(); ++i) {
        json::array skills;
        for (const Skill& skill : flow.agents[i].skills) skills.push_back(skill_view(skill, scope));
        agents[i].as_object()["skills"] = std::move(skills);
    }
    return view;
}

} // namespace weft::api
