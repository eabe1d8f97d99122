#pragma once

#include "connectors/connector.h"

#include <boost/json/array.hpp>

namespace weft::api {

/// A connector as the contract shows it, `secrets` (names of those that are stored) masked.
json::value connector_view(const ConnectorAccount& account, const std::vector<std::string>& secrets,
                           const Scope& scope);

/// [{category, accounts, accountDetails: [{connectorID, sourceName, status}]}], categories in the
/// order in which they first appear; "ready" is shown for active.
json::array connector_groups(const std::vector<ConnectorAccount>& accounts);

/// A kind of connector for the catalogue.
json::value kind_view(const connectors::Connector& kind);

/// The settings of a kind: fields with `is_secret`.
json::array form_json(const connectors::Connector& kind);

} // namespace weft::api
