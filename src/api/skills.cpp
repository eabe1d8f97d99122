#include "store/skills.h"

#include "api/agentflow_view.h"
#include "api/routes.h"
#include "connectors/catalogue.h"
#include "domain/members.h"
#include "store/connectors.h"
#include "store/custom_actions.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct CreateSkill {
    ProjectId project;
    json::object skill;
    static constexpr auto params() {
        using In = CreateSkill;
        return std::tuple{
            query_or_body("projectID", &In::project, "The project"),
            whole_body(&In::skill, "The skill; other members are ignored")
                .required()
                .shaped(R"({"$ref":"#/components/schemas/SkillInput"})"),
        };
    }
};

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

struct ListSkillsOfCategory {
    ProjectId project;
    ProjectId same_project;
    std::string category;
    std::int64_t limit = 100;
    static constexpr auto params() {
        using In = ListSkillsOfCategory;
        return std::tuple{
            query("projectId", &In::project, "The project"),
            query("projectID", &In::same_project, "The project, as other operations call it"),
            query("category", &In::category, "Of connectors of this category").required(),
            query("limit", &In::limit, "How many, at most 500").clamped(1, store::skills::page_max),
        };
    }
};

struct OneSkill {
    SkillId id;
    static constexpr auto params() { return std::tuple{path("id", &OneSkill::id, "The skill")}; }
};

/// The connector that a new skill is of: by id, else by name, else the first of a category; none
/// when nothing is named.
Result<std::optional<ConnectorAccount>> connector_of(store::Rx& rx, const Scope& scope,
                                                     const Skill& skill) {
    const bool by_id = static_cast<bool>(skill.connector);
    if (!by_id && skill.connector_name.empty()) return std::nullopt;
    for (ConnectorAccount& each : TRY(store::connectors::list(rx, scope)))
        if (by_id ? each.id == skill.connector : each.name == skill.connector_name)
            return std::move(each);
    if (by_id) return fail_field("connector_id", "There is no such connector in this project.");
    auto found = store::connectors::find_by_category(rx, scope, skill.connector_name);
    if (found) return *std::move(found);
    if (found.error().code != Code::not_found) return std::unexpected(std::move(found).error());
    return fail_field("connector_name", "There is no connector of this name in this project.");
}

/// What the connector can do, its own actions with their ids.
Result<ConnectorKind> kind_of(store::Rx& rx, const Request& rq, const ConnectorAccount& account) {
    for (ConnectorKind& kind : connectors::kinds(rq.services.catalogue)) {
        if (kind.category != account.category) continue;
        for (CustomAction& each : TRY(store::custom_actions::list(rx, rq.scope, account.id)))
            kind.actions.push_back(std::move(each.action));
        return std::move(kind);
    }
    return fail(Code::conflict,
                fmt::format("This server has no connectors of the category {}.", account.category));
}

using SkillAnswer = Answer<"Skill">;

Task<Result<SkillAnswer>> create(Request& rq, CreateSkill in) {
    const Skill given = CO_TRY(ready(skill_from_json(in.skill, "")));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<SkillAnswer> {
        Skill skill = given;
        const auto account = TRY(connector_of(tx, rq.scope, skill));
        if (!account) {
            if (!skill.actions.empty())
                return fail_field("connector_id", "Is required for a skill with actions.");
            return SkillAnswer {
                skill_view(TRY(store::skills::create(tx, rq.scope, std::move(skill))), rq.scope)
            };
        }
        skill.connector = account->id;
        skill.connector_name = account->name;
        const ConnectorKind kind = TRY(kind_of(tx, rq, *account));
        return SkillAnswer {
            skill_view(TRY(store::skills::create_of(tx, rq.scope, std::move(skill), kind)),
                       rq.scope)
        };
    });
}

json::array views(const std::vector<Skill>& skills, const Scope& scope) {
    json::array all;
    for (const Skill& skill : skills) all.push_back(skill_view(skill, scope));
    return all;
}

Task<Result<Answer<"SkillList">>> list(Request& rq, ListSkills in) {
    const auto found = CO_TRY(rq.store.read(
        [&](store::Rx& rx) { return store::skills::list(rx, rq.scope, in.name, in.limit); }));
    co_return Answer<"SkillList">{views(found, rq.scope)};
}

Task<Result<Answer<"SkillList">>> list_of_category(Request& rq, ListSkillsOfCategory in) {
    const auto found = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return store::skills::list_of_category(rx, rq.scope, in.category, in.limit);
    }));
    co_return Answer<"SkillList">{views(found, rq.scope)};
}

Task<Result<SkillAnswer>> get_one(Request& rq, OneSkill in) {
    const Skill skill = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::skills::find(rx, rq.scope, in.id); }));
    co_return SkillAnswer{skill_view(skill, rq.scope)};
}

constexpr Route routes[] = {
    {http::Method::post, "/skills", "skills.create", needs(Role::editor),
     "Make a skill of a connector's actions", handler<&create>, Audit::change},
    {http::Method::get, "/skills", "skills.list", needs(Role::viewer),
     "What agents of the project can be given", handler<&list>},
    {http::Method::get, "/skills/category", "skills.by_category", needs(Role::viewer),
     "The skills of a category's connectors", handler<&list_of_category>},
    {http::Method::get, "/skills/{id}", "skills.get", needs(Role::viewer), "A skill",
     handler<&get_one>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> skill_routes() { return routes; }

} // namespace weft::api
