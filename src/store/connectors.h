#pragma once

#include "domain/connector.h"
#include "store/vault.h"

#include <map>

namespace weft::store::connectors {

/// A connector of that kind with one skill per action, named "<name> - <action>". Of `account` the
/// name, description, logo, status, reason and config are taken; empty name and description: the
/// kind's. invalid: the name. conflict: too many connectors.
Result<ConnectorAccount> create(Tx& tx, const Scope& scope, const ConnectorKind& kind,
                                ConnectorAccount account = {});

/// As it is, under its id and without skills: of somebody who has checked it.
Result<> insert(Tx& tx, const Scope& scope, const ConnectorAccount& account);

/// One more skill of a connector. `description` empty: the connector's.
Result<Skill> add_skill(Tx& tx, const Scope& scope, const ConnectorAccount& account,
                        const Action& action, const std::string& description = {});

/// What every project has from the start: one connector of each of the default `kinds` that it does
/// not have yet.
Result<> create_defaults(Tx& tx, const Scope& scope, const std::vector<ConnectorKind>& kinds);

/// Stores the description, status, reason, config and logo; its skills stay as they are.
Result<ConnectorAccount> update(Tx& tx, const Scope& scope, ConnectorAccount account);

/// not_found: no such connector in this project.
Result<> set_status(Tx& tx, const Scope& scope, const ConnectorId& id, const std::string& status,
                    const std::string& reason);

/// Removes a connector, its own actions and its secrets for good; its skills become deleted ones.
/// not_found.
Result<> remove(Tx& tx, const Scope& scope, const ConnectorId& id);

/// not_found: no such connector in this project.
Result<ConnectorAccount> find(Rx& rx, const Scope& scope, const ConnectorId& id);
/// The oldest of that category, and of that name when one is given. not_found.
Result<ConnectorAccount> find_by_category(Rx& rx, const Scope& scope, const std::string& category,
                                          const std::string& name = {});

/// All of the project, oldest first.
Result<std::vector<ConnectorAccount>> list(Rx& rx, const Scope& scope);

/// A connector's secrets by name ("auth.token"); write-only for everybody but the connector itself.
using Secrets = std::map<std::string, std::string>;

Result<> put_secret(Tx& tx, const Vault& vault, const Scope& scope, const ConnectorId& id,
                    const std::string& name, std::string_view value);
/// Removing an absent one succeeds.
Result<> remove_secret(Tx& tx, const Scope& scope, const ConnectorId& id, const std::string& name);
Result<std::vector<std::string>> secret_names(Rx& rx, const Scope& scope, const ConnectorId& id);
/// In clear, for one call. internal: one does not open with this master key.
Result<Secrets> open_secrets(Rx& rx, const Vault& vault, const Scope& scope, const ConnectorId& id);

} // namespace weft::store::connectors
