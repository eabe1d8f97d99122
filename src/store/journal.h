#pragma once

#include "store/blobs.h"
#include "store/store.h"

/// The journal: append-only rows by execution and seq; commit.h writes them.
namespace weft::store::journal {

inline constexpr std::int64_t page_max = 500;
inline constexpr std::int64_t page_bytes_max =
    32 * 1024 * 1024; ///< of payloads; a page holds at least one row

/// The rows of an execution from `from_seq` on, in order, at most `rows`, `page_max` and
/// `page_bytes_max`: an empty page is the end. Another project's execution has none.
Result<std::vector<JournalRow>> read(Rx& rx, const Scope& scope, const ExecutionId& execution,
                                     std::int64_t from_seq, std::int64_t rows = page_max);

/// Adds one row as number `seq`, its payload already prepared. `used`: what the execution has used
/// since the row before. conflict: that number is taken.
Result<> append(Tx& tx, const ProjectId& project, const ExecutionId& execution,
                const JournalRow& row, std::int64_t seq, const std::optional<Packed>& packed,
                const Usage& used = {});

} // namespace weft::store::journal
