#pragma once

#include "domain/connector.h"
#include "store/store.h"

namespace weft::store::connectors {

/// An active connector of that kind with one skill per action, named "<name> - <action>". `name`
/// empty: the kind's.
Result<ConnectorAccount> create(Tx& tx, const Scope& scope, const ConnectorKind& kind,
                                const std::string& name = {});

/// What every project has from the start: one connector of each of `kinds` that it does not have
/// yet.
Result<> create_defaults(Tx& tx, const Scope& scope, const std::vector<ConnectorKind>& kinds);

/// not_found: no such connector in this project.
Result<ConnectorAccount> find(Rx& rx, const Scope& scope, const ConnectorId& id);
/// The oldest of that category. not_found.
Result<ConnectorAccount> find_by_category(Rx& rx, const Scope& scope, const std::string& category);

/// All of the project, oldest first.
Result<std::vector<ConnectorAccount>> list(Rx& rx, const Scope& scope);

} // namespace weft::store::connectors
