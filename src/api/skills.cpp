#include "store/skills.h"

#include "api/agentflow_view.h"
#include "api/routes.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct ListSkills {
    ProjectId project;
    std::string name;
    std::int64_t limit = 100;
    static constexpr auto params() {
        using In = ListSkills;
        return std::tuple{
            query("projectID", &In::project, "The project"),
            query("name", &In::name, "Only the skill of this name"),
            query("limit", &In::limit, "How many, at most 500").clamped(1, store::skills::page_max),
        };
    }
};

Task<Result<Answer<"SkillList">>> list(Request& rq, ListSkills in) {
    const auto found = CO_TRY(rq.store.read(
        [&](store::Rx& rx) { return store::skills::list(rx, rq.scope, in.name, in.limit); }));
    json::array skills;
    for (const Skill& skill : found) skills.push_back(skill_view(skill, rq.scope));
    co_return Answer<"SkillList">{std::move(skills)};
}

constexpr Route routes[] = {
    {http::Method::get, "/skills", "skills.list", needs(Role::viewer),
     "What agents of the project can be given", handler<&list>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> skill_routes() { return routes; }

} // namespace weft::api
