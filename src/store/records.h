#pragma once

#include "domain/table.h"
#include "store/store.h"

namespace weft::store::records {

inline constexpr std::int64_t page_size_default = 50;
inline constexpr std::int64_t page_size_max = 500;

/// Inserts all or none, in their order. `given` are objects as clients send them; `at` is where
/// they stand in what the client sent ("records", or "" for one alone, whose faults are then named
/// without a number). With an effect key they are inserted once: a repeat answers those of the
/// first time that are still there. not_found: no such table. invalid: one FieldError per wrong
/// column; too many records.
Result<std::vector<Record>> insert(Tx& tx, const Scope& scope, const TableId& table,
                                   const std::vector<json::value>& given, const std::string& at,
                                   const std::string& effect_key = {});

/// not_found: no such record in this table of this project.
Result<Record> find(Rx& rx, const Scope& scope, const TableId& table, const RecordId& id);
/// The same in the table of that id or name. not_found: no such table either.
Result<Record> find_in(Rx& rx, const Scope& scope, const std::string& table_id_or_name,
                       const RecordId& id);

enum class Order { ascending, descending };

struct Filter {
    std::int64_t page = 1;
    std::int64_t page_size = page_size_default; ///< at most page_size_max
    Order order = Order::ascending;
    std::string sort_key; ///< a column's id, created_at or updated_at; empty: created_at
};

struct Page {
    std::vector<Record> records;
    std::int64_t total = 0; ///< of the table
};

/// One page. By a column, ascending: numbers before texts, dates by their instant whether written
/// as text or as seconds, ties by id; descending is the reverse, save that what has no value comes
/// last in both orders. Ascending by creation a page never changes when records are added. invalid:
/// no such column. not_found: no such table.
Result<Page> list(Rx& rx, const Scope& scope, const TableId& table, const Filter& filter);

} // namespace weft::store::records
