#pragma once

#include "domain/agentflow.h"

#include <span>
#include <string>
#include <vector>

namespace weft {

/// A configured account or service of a project.
struct ConnectorAccount {
    ConnectorId id;
    std::string category;
    std::string name; ///< its skills are named "<name> - <action>"
    std::string description;
    std::string status = "active"; ///< pending | active | inactive | failed
    std::string reason;            ///< why it failed, or what it still needs
    json::object config;           ///< without secrets
    std::string logo;              ///< a URL, or nothing
    Instant created_at;
    Instant updated_at;
};

/// What this program can connect to: from the connectors' catalogue, given to the store where it
/// makes skills.
struct ConnectorKind {
    std::string category;
    std::string display_name;
    std::string description;
    std::vector<Action> actions; ///< without ids
    bool is_default = true;      ///< every project has one from the start: it needs no settings
};

/// The action of `kinds` that `given` names by category and sort: its schemas and its effect class,
/// with what a person may say of an action besides: name, preset, rules, and to fields of the same
/// id a label, a description, pattern, examples, items and split. Its id is the kind's, else
/// `given`'s. invalid (below `at`): no such action, no such field, a preset of the wrong type.
Result<Action> action_of(std::span<const ConnectorKind> kinds, const Action& given,
                         const std::string& at);

} // namespace weft
