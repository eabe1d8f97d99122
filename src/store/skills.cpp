#include "store/skills.h"

#include "domain/limits.h"
#include "domain/members.h"
#include "store/projects.h"

namespace weft::store::skills {

namespace {

struct Row {
    SkillId id;
    ConnectorId connector;
    std::string connector_name;
    std::string name;
    std::string description;
    std::string logo;
    std::string user_id; ///< empty: none
    bool is_deleted = false;
    json::array actions;
};

constexpr Query<void, ProjectId, SkillId, ConnectorId, std::string, std::string, std::string,
                std::string, std::string, json::array, Instant>
    insert_sql{"skills.insert", R"sql(
    INSERT INTO skill (project_id, id, connector_id, connector_name, name, description, logo,
                       user_id, is_deleted, actions, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), 0, $9, $10, $10))sql"};

constexpr Query<void, ProjectId, SkillId, std::string, std::string, json::array, Instant>
    replace_sql{"skills.replace", R"sql(
    UPDATE skill SET description = $3, logo = $4, actions = $5, updated_at = $6
     WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<void, ProjectId, ConnectorId, Instant> remove_of_connector_sql{
    "skills.remove_of_connector", R"sql(
    UPDATE skill SET is_deleted = 1, updated_at = $3
     WHERE project_id = $1 AND connector_id = $2)sql"};

constexpr Query<std::int64_t, ProjectId> count_sql{"skills.count", R"sql(
    SELECT count(*) FROM skill WHERE project_id = $1)sql"};

constexpr Query<Row, ProjectId, SkillId> find_sql{"skills.find", R"sql(
    SELECT id, connector_id, connector_name, name, description, logo,
           coalesce(user_id, ''), is_deleted, actions
      FROM skill WHERE project_id = $1 AND id = $2 AND is_deleted = 0)sql"};

constexpr Query<Row, ProjectId, std::string, std::int64_t> list_sql{"skills.list", R"sql(
    SELECT id, connector_id, connector_name, name, description, logo,
           coalesce(user_id, ''), is_deleted, actions
      FROM skill WHERE project_id = $1 AND is_deleted = 0 AND ($2 = '' OR name = $2)
     ORDER BY created_at, id LIMIT $3)sql"};

constexpr Query<Row, ProjectId, std::string, std::int64_t> list_of_category_sql{
    "skills.list_of_category", R"sql(
    SELECT skill.id, connector_id, connector_name, skill.name, skill.description,
           skill.logo, coalesce(user_id, ''), is_deleted, actions
      FROM skill
      JOIN connector ON connector.project_id = skill.project_id AND connector.id = connector_id
     WHERE skill.project_id = $1 AND is_deleted = 0 AND category = $2
     ORDER BY skill.created_at, skill.id LIMIT $3)sql"};

constexpr Query<ConnectorId, ProjectId, std::string> connector_sql{"skills.connector", R"sql(
    SELECT id FROM connector WHERE project_id = $1 AND category = $2
     ORDER BY created_at, id LIMIT 1)sql"};

/// internal: what is stored is no skill.
Result<Skill> skill_of(Row row) {
    json::object stored{{"name", row.name}, {"actions", std::move(row.actions)}};
    auto skill = skill_from_json(stored, "");
    if (!skill)
        return fail(Code::internal, "A stored skill cannot be read.", skill.error().message);
    skill->id = row.id;
    skill->name = std::move(row.name);
    skill->connector = row.connector;
    skill->connector_name = std::move(row.connector_name);
    skill->description = std::move(row.description);
    skill->logo = std::move(row.logo);
    skill->user_id = std::move(row.user_id);
    skill->is_deleted = row.is_deleted;
    return skill;
}

Result<std::vector<Skill>> skills_of(std::vector<Row> rows) {
    std::vector<Skill> skills;
    for (Row& row : rows) skills.push_back(TRY(skill_of(std::move(row))));
    return skills;
}

json::array actions_of(const Skill& skill) {
    return std::move(to_json(skill).at("actions").get_array());
}

void mint_actions(Tx& tx, std::uint32_t ordinal, Skill& skill) {
    for (Action& action : skill.actions)
        if (action.id.empty()) action.id = tx.minter().mint<struct ActionTag>(ordinal).hex();
}

Result<Skill> installed(Tx& tx, const Scope& scope, Skill skill,
                        const std::vector<ConnectorKind>& kinds, const std::string& at) {
    const auto connector = TRY(tx.maybe(connector_sql, scope.project, skill.connector_name));
    if (!connector)
        return fail_field(at,
                          "this project has no connector of the category " + skill.connector_name);
    skill.id = {};
    skill.connector = *connector;
    for (std::size_t i = 0; i < skill.actions.size(); ++i) {
        skill.actions[i].id.clear();
        skill.actions[i] =
            TRY(action_of(kinds, skill.actions[i], join_path(join_path(at, "actions"), i)));
    }
    return skill;
}

/// The ids that an earlier installation gave to the same actions.
void keep_ids(Skill& skill, const Skill& before) {
    skill.id = before.id;
    for (Action& action : skill.actions)
        for (const Action& old : before.actions)
            if (old.category == action.category && old.sort == action.sort) action.id = old.id;
}

Result<Skill> put(Tx& tx, const Scope& scope, Skill skill) {
    for (Row& row : TRY(tx.all(list_sql, scope.project, skill.name, page_max))) {
        if (row.connector != skill.connector) continue;
        keep_ids(skill, TRY(skill_of(std::move(row))));
        mint_actions(tx, TRY(projects::ordinal_of(tx, scope)), skill);
        TRY(tx.run(replace_sql, scope.project, skill.id, skill.description, skill.logo,
                   actions_of(skill), tx.now()));
        return skill;
    }
    return create(tx, scope, std::move(skill));
}

std::int64_t clamped(std::int64_t limit) { return std::clamp<std::int64_t>(limit, 1, page_max); }

} // namespace

Result<Skill> create(Tx& tx, const Scope& scope, Skill skill) {
    skill.name = TRY(checked_name(skill.name, "name"));
    if (TRY(tx.maybe(count_sql, scope.project)).value_or(0) >=
        static_cast<std::int64_t>(limits::skills_per_project_max))
        return fail(Code::conflict, fmt::format("A project has at most {} skills.",
                                                limits::skills_per_project_max));
    const std::uint32_t ordinal = TRY(projects::ordinal_of(tx, scope));
    skill.id = tx.minter().mint<SkillTag>(ordinal);
    mint_actions(tx, ordinal, skill);
    TRY(insert(tx, scope, skill));
    return skill;
}

Result<> insert(Tx& tx, const Scope& scope, const Skill& skill) {
    TRY(tx.run(insert_sql, scope.project, skill.id, skill.connector, skill.connector_name,
               skill.name, skill.description, skill.logo, skill.user_id, actions_of(skill),
               tx.now()));
    return {};
}

Result<Skill> create_of(Tx& tx, const Scope& scope, Skill skill, const ConnectorKind& kind) {
    if (skill.actions.empty()) skill.actions = kind.actions;
    for (std::size_t i = 0; i < skill.actions.size(); ++i) {
        skill.actions[i].id.clear();
        skill.actions[i] = TRY(action_of({&kind, 1}, skill.actions[i], join_path("actions", i)));
    }
    return create(tx, scope, std::move(skill));
}

Result<> remove_of_connector(Tx& tx, const Scope& scope, const ConnectorId& connector) {
    TRY(tx.run(remove_of_connector_sql, scope.project, connector, tx.now()));
    return {};
}

Result<std::vector<Skill>> install(Tx& tx, const Scope& scope, const std::vector<Skill>& skills,
                                   const std::vector<ConnectorKind>& kinds) {
    std::vector<Skill> done;
    for (std::size_t i = 0; i < skills.size(); ++i) {
        Skill skill = TRY(installed(tx, scope, skills[i], kinds, join_path("skills", i)));
        done.push_back(TRY(put(tx, scope, std::move(skill))));
    }
    return done;
}

Result<Skill> find(Rx& rx, const Scope& scope, const SkillId& id) {
    if (auto row = TRY(rx.maybe(find_sql, scope.project, id))) return skill_of(*std::move(row));
    return fail(Code::not_found, "There is no such skill.");
}

Result<Skill> find_by_name(Rx& rx, const Scope& scope, const std::string& name) {
    if (!name.empty())
        if (auto row = TRY(rx.maybe(list_sql, scope.project, name, 1)))
            return skill_of(*std::move(row));
    return fail(Code::not_found, "There is no such skill.");
}

Result<std::vector<Skill>> list(Rx& rx, const Scope& scope, const std::string& name,
                                std::int64_t limit) {
    return skills_of(TRY(rx.all(list_sql, scope.project, name, clamped(limit))));
}

Result<std::vector<Skill>> all(Rx& rx, const Scope& scope) {
    return skills_of(TRY(rx.all(list_sql, scope.project, "",
                                static_cast<std::int64_t>(limits::skills_per_project_max))));
}

Result<std::vector<Skill>> list_of_category(Rx& rx, const Scope& scope, const std::string& category,
                                            std::int64_t limit) {
    return skills_of(TRY(rx.all(list_of_category_sql, scope.project, category, clamped(limit))));
}

} // namespace weft::store::skills
