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

/// Changes just the members that `given` names; the others stay. not_found: no such table or
/// record. invalid: one FieldError per wrong column.
Result<Record> change(Tx& tx, const Scope& scope, const TableId& table, const RecordId& id,
                      const json::value& given, const std::string& at);
/// The same change to each of them, or to none. invalid: names each that is not there (below
/// `ids_at`), too many, or a wrong column (below `at`).
Result<std::vector<Record>> change_many(Tx& tx, const Scope& scope, const TableId& table,
                                        const std::vector<RecordId>& ids, const std::string& ids_at,
                                        const json::value& given, const std::string& at);
/// Changes those that name the `_id` of a record and inserts the others, under the `_id` that they
/// name or a new one; all or none, in their order. invalid: as insert.
Result<std::vector<Record>> upsert(Tx& tx, const Scope& scope, const TableId& table,
                                   const std::vector<json::value>& given, const std::string& at);
/// How many of them there were. not_found: no such table.
Result<std::int64_t> remove(Tx& tx, const Scope& scope, const TableId& table,
                            const std::vector<RecordId>& ids);

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
    std::string matching = {}; ///< to_text() of a RecordFilter; empty: all
    std::string sort_key;      ///< a column's id, created_at or updated_at; empty: created_at
};

struct Page {
    std::vector<Record> records;
    std::int64_t total = 0; ///< of those that match
};

/// One page. By a column, ascending: numbers before texts, dates by their instant whether written
/// as text or as seconds, ties by id; descending is the reverse, save that what has no value comes
/// last in both orders. Pages by creation are read from an index, the others and all that a filter
/// selects by reading the whole table. Ascending by creation a page never changes when records are
/// added. invalid: no such column. not_found: no such table.
Result<Page> list(Rx& rx, const Scope& scope, const TableId& table, const Filter& filter);

/// How many match. not_found: no such table.
Result<std::int64_t> count(Rx& rx, const Scope& scope, const TableId& table,
                           const std::string& matching);

/// At most `most` in the order of their ids, after that one: the whole table, piece by piece.
Result<std::vector<Record>> after(Rx& rx, const Scope& scope, const Table& table,
                                  const RecordId& id, std::int64_t most = page_size_max);

} // namespace weft::store::records
