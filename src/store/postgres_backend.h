#pragma once

#include "store/backend.h"

namespace weft::store {

/// A PostgreSQL database at `options.url`: readers, one lane for ordinary writes and one for the
/// engine's steps, each with its connection, and the lease of this node. `instance` names the data
/// directory.
Result<std::unique_ptr<Backend>> open_postgres(const Options& options, const std::string& instance,
                                               Vault& vault, Clock& clock, IdMinter& minter);

/// unavailable: it is older than PostgreSQL 15, or its encoding is not UTF8.
Result<> check_server(class PostgresConnection& connection);

} // namespace weft::store
