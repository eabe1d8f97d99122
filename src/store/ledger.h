#pragma once

#include "store/store.h"

/// The ledger: one charge for each finished agent step; commit.h writes it.
namespace weft::store {

using ChargeId = Id<struct ChargeTag>;

namespace ledger {

struct Charge {
    LedgerRow row;
    ExecutionId execution;
    Instant created_at;
};
struct Page {
    std::vector<Charge> charges; ///< newest first
    std::int64_t total = 0;
};
/// `limit` at most 500.
Result<Page> list(Rx& rx, const Scope& scope, std::int64_t limit, std::int64_t skip);

Result<> append(Tx& tx, const ProjectId& project, const ExecutionId& execution,
                const LedgerRow& row);

} // namespace ledger
} // namespace weft::store
