#pragma once

#include "connectors/connector.h"
#include "store/store.h"

namespace weft::connectors {

inline constexpr std::size_t records_per_call_max = 10'000;
/// So that the store's writer is held for a few milliseconds at a time.
inline constexpr std::size_t records_per_write = 500;

/// Category `tables`: the project's tables as actions. A table is named by its `_id` or its name.
///
///     insert_records, keyed
///         {table, records [{column: value}]}
///         → {inserted, total, table_id, table_name, columns, record_ids}
///     list_records, pure
///         {table, page, page_size, sort_key, sort, only_this_run}
///         → {records, total_count, page, page_size, next_page}
///     count_records, pure
///         {table, only_this_run} → {count}
///
/// insert_records puts in all records or none (when one is wrong); `total` and `columns` speak of
/// all that this run has put into the table so far, so that a condition can ask about them:
/// columns.<column> = {filled: records with a value, distinct: different values (elements of
/// lists), values: {value: count} when they are few and repeat}. Repeating it with the same effect
/// key inserts nothing twice, also when the first attempt came only half way.
std::unique_ptr<Connector> make_tables(store::Store& store);

} // namespace weft::connectors
