#pragma once

#include "connectors/connector.h"
#include "connectors/restful.h"
#include "models/caller.h"

namespace weft::connectors {

/// Every connector of this program. All that it is given outlives the catalogue.
Catalogue make_catalogue(store::Store& store, http::Client& client, const models::Caller& caller,
                         Clock& clock, RestfulSettings restful = {}, models::GatesOf gates = {});

/// The connector's own description of `category`/`sort`, nullptr when this program has none.
const Action* find_action(const Catalogue& catalogue, std::string_view category,
                          std::string_view sort);

/// What the store needs to know of each: for new projects and for installing packages.
std::vector<ConnectorKind> kinds(const Catalogue& catalogue);

} // namespace weft::connectors
