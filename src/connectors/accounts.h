#pragma once

#include "connectors/connector.h"
#include "store/store.h"

namespace weft::connectors {

/// Shown for a secret that is stored; given back in a config it leaves the secret as it is.
inline constexpr std::string_view secret_mask = "********";

/// The account that a call of a category uses: the one of that id, or without an id the project's
/// oldest of the category. `scope` and `category` outlive the task. not_found: that one is gone, or
/// of another category. conflict: it is not active, or the project has none: says what to do.
Task<Result<ConnectorAccount>> usable_account(store::Store& store, const Scope& scope,
                                              std::string_view category, ConnectorId id);

/// The config with `secret_mask` at each name of `secrets` ("auth.token" is a member of "auth").
json::object masked(json::object config, const std::vector<std::string>& secrets);

} // namespace weft::connectors
