#pragma once

#include "domain/connector.h"
#include "store/store.h"

namespace weft::store::skills {

inline constexpr std::int64_t page_max = 500;

/// Mints the ids of the skill and of actions that have none. invalid: the name. conflict: too many
/// skills.
Result<Skill> create(Tx& tx, const Scope& scope, Skill skill);

/// As it is, under its id, with actions that have theirs: of somebody who has checked it.
Result<> insert(Tx& tx, const Scope& scope, const Skill& skill);

/// The same as create with actions of one connector: those that `skill` names by category and sort,
/// with what a person may say about them (as in install), or all of `kind` when it names none.
/// invalid (below actions.<index>): no such action, no such field, a preset of the wrong type.
Result<Skill> create_of(Tx& tx, const Scope& scope, Skill skill, const ConnectorKind& kind);

/// The skills of a connector become deleted ones: flows that have them keep them as they were.
Result<> remove_of_connector(Tx& tx, const Scope& scope, const ConnectorId& connector);

/// The project's own skills of a package. Each action is one of `kinds` by category and sort, which
/// gives its schemas and its effect class; the package adds presets, and to fields of the same id a
/// label, a description, pattern, examples, items and split. A skill of the same name and connector
/// is replaced and keeps its ids. invalid (below skills.<index>): no such action, no such field, a
/// preset of the wrong type, or the project has no connector of that category.
Result<std::vector<Skill>> install(Tx& tx, const Scope& scope, const std::vector<Skill>& skills,
                                   const std::vector<ConnectorKind>& kinds);

/// not_found: no such skill in this project, or it was deleted.
Result<Skill> find(Rx& rx, const Scope& scope, const SkillId& id);
/// The oldest of that name. not_found.
Result<Skill> find_by_name(Rx& rx, const Scope& scope, const std::string& name);

/// Oldest first, at most `limit` and page_max. `name` empty: all.
Result<std::vector<Skill>> list(Rx& rx, const Scope& scope, const std::string& name = {},
                                std::int64_t limit = page_max);
/// All of the project, oldest first.
Result<std::vector<Skill>> all(Rx& rx, const Scope& scope);
/// Of all connectors of that category.
Result<std::vector<Skill>> list_of_category(Rx& rx, const Scope& scope, const std::string& category,
                                            std::int64_t limit);

} // namespace weft::store::skills
