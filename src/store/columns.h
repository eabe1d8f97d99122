#pragma once

#include "domain/table.h"
#include "store/store.h"

/// The columns of a table. Each change is one commit; the values of a deleted column are out of
/// sight with it and leave the records in slices afterwards.
namespace weft::store::columns {

enum class Existing { refused, ignored };

/// Adds them behind the others. conflict: one has the id of a deleted column whose values are still
/// there (forget_some first), or, refused, the id or name of one that the table has.
/// invalid: too many, or the same twice. not_found: no such table.
Result<Table> add(Tx& tx, const Scope& scope, const TableId& table,
                  std::vector<weft::Column> wanted, Existing existing);

/// The name alone; the id, by which records and flows name the column, stays.
/// not_found: no such table or column. conflict: another column has the name.
Result<Table> rename(Tx& tx, const Scope& scope, const TableId& table, const std::string& id,
                     const std::string& name);

/// Whether every record's value fits `column`; answers which state of the table's records that was
/// said of. Reads the whole table. conflict: names a record whose value does not fit.
Result<std::int64_t> check_values(Rx& rx, const Scope& scope, const TableId& table,
                                  const weft::Column& column);
/// Puts `column` in the place of the one with its id. Where its type says something else than
/// before, `checked` is what check_values answered. conflict: records were changed since, or
/// another column has the name. not_found.
Result<Table> change(Tx& tx, const Scope& scope, const TableId& table, const weft::Column& column,
                     std::optional<std::int64_t> checked);

/// From this commit on nobody sees it or its values. not_found: no such table or column.
Result<Table> remove(Tx& tx, const Scope& scope, const TableId& table, const std::string& id);

/// Deleted columns whose values are not yet out of all records.
Result<std::vector<std::string>> dropped(Rx& rx, const Scope& scope, const TableId& table);
/// Takes the values of one of them out of some records after `after`; answers the last of these, or
/// none when the column is forgotten.
Result<RecordId> forget_some(Tx& tx, const Scope& scope, const TableId& table,
                             const std::string& id, const RecordId& after);
/// All of them, slice by slice.
Task<Result<>> forget_dropped(Store& store, Scope scope, TableId table);

} // namespace weft::store::columns
