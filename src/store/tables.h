#pragma once

#include "domain/table.h"
#include "store/store.h"

namespace weft::store::tables {

/// Ids of columns that have none are derived. `table.id` is ignored and minted.
/// invalid: the name or the columns. conflict: the project has a table of that name, or as many as
/// it may have.
Result<Table> create(Tx& tx, const Scope& scope, Table table);

/// As it is, under its id: of somebody who has checked it.
Result<> insert(Tx& tx, const Scope& scope, const Table& table);

/// not_found: no such table in this project.
Result<Table> find(Rx& rx, const Scope& scope, const TableId& id);
Result<Table> find_by_name(Rx& rx, const Scope& scope, const std::string& name);
/// By the 24 hex digits of its id, else by its name.
Result<Table> find_any(Rx& rx, const Scope& scope, const std::string& id_or_name);

/// not_found. conflict: another table has the name. invalid: the name.
Result<Table> rename(Tx& tx, const Scope& scope, const TableId& id, const std::string& name,
                     const std::optional<json::array>& triggers);

/// All of the project, oldest first.
Result<std::vector<Table>> list(Rx& rx, const Scope& scope);

} // namespace weft::store::tables
