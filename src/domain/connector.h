#pragma once

#include "domain/agentflow.h"

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

} // namespace weft
