#pragma once

#include "domain/custom_action.h"
#include "store/store.h"

namespace weft::store::custom_actions {

/// Mints its id. conflict: the connector has one of that sort, or too many.
Result<CustomAction> create(Tx& tx, const Scope& scope, CustomAction custom);

/// As it is, under its id: of somebody who has checked it.
Result<> insert(Tx& tx, const Scope& scope, const CustomAction& custom);

/// not_found: no such action in this project.
Result<CustomAction> find(Rx& rx, const Scope& scope, const ActionId& id);
Result<CustomAction> find_by_sort(Rx& rx, const Scope& scope, const ConnectorId& connector,
                                  const std::string& sort);

/// Oldest first.
Result<std::vector<CustomAction>> list(Rx& rx, const Scope& scope, const ConnectorId& connector);

Result<> remove_of_connector(Tx& tx, const Scope& scope, const ConnectorId& connector);

} // namespace weft::store::custom_actions
