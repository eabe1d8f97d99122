#pragma once

#include "domain/connector.h"
#include "store/api_keys.h"

namespace weft::store {

/// What a script may fix for the first start; what is empty or none is made.
struct BootstrapPresets {
    std::string api_key = {};
    OrganizationId organization = {};
    ProjectId project = {};
};

struct Bootstrapped {
    Organization organization;
    Project project;      ///< with the default connectors and their skills
    api_keys::NewKey key; ///< of an owner, for all projects
};

/// Fills an empty store with an organization, a project and an owner's key. None: it is not empty,
/// and unchanged. invalid: a preset key that is too short, too long or not printable ASCII.
Result<std::optional<Bootstrapped>> bootstrap(Tx& tx, const Vault& vault,
                                              const BootstrapPresets& presets,
                                              const std::vector<ConnectorKind>& default_connectors);

} // namespace weft::store
