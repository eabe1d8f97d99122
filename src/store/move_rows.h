#pragma once

#include "store/directory.h"
#include "store/postgres.h"

#include <functional>
#include <variant>

struct sqlite3;

/// Rows on their way from a data directory to PostgreSQL: what tables there are, their rows in the
/// order of their keys, and sums over rows that both databases form alike.
namespace weft::store::moving {

using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;
using Row = std::vector<Cell>;

struct MovedColumn {
    std::string name;
    ParameterKind kind;
};

/// A table that both databases have, or file_piece, whose rows are files of the directory.
struct Table {
    std::string name;
    std::vector<MovedColumn> columns;
    std::vector<std::size_t> key; ///< which of them tell rows apart, in the order of its index
};

/// What the directory says of itself (store_info), by name.
using Infos = std::vector<std::pair<std::string, std::string>>;
Result<Infos> infos_of(sqlite3* source);

/// All tables of the directory but those that say what the database itself is: store_info and
/// schema_version. internal: one has no key, or columns of a kind that this does not know.
Result<std::vector<Table>> tables_of(sqlite3* source);
const Table& file_pieces_table();

/// The rows after a key, or all, in the order of keys.
class Rows {
public:
    virtual ~Rows() = default;
    virtual Result<bool> next(Row& row) = 0;
};
/// `after`: the key's cells, or none.
Result<std::unique_ptr<Rows>> open_rows(sqlite3* source, const Table& table, const Row& after);
/// The bytes of all files that have a row. `lost` hears of those that are ready and have no bytes.
Result<std::unique_ptr<Rows>> open_file_pieces(sqlite3* source, Directory& directory,
                                               const Row& after,
                                               std::function<void(const std::string&)> lost);

/// About 4 MiB of rows.
struct Batch {
    std::vector<Row> rows;
    std::int64_t bytes = 0;
};
Result<Batch> next_batch(Rows& rows);

/// "INSERT …" of as many rows as its parameters, one array for each column, have elements.
std::string insert_sql(const Table& table);
std::vector<PostgresConnection::Parameter> parameters_of(const Table& table, const Batch& batch);

Row key_of(const Table& table, const Row& row);
/// A key as one line of hex digits and numbers, and back; none: it is not of this table.
std::string to_line(const Row& key);
std::optional<Row> key_in(const Table& table, const std::string& line);

/// How many rows there are, and the sums of the halves of their SHA-256, each over all columns:
/// 0 for NULL; else 1 and the number's eight bytes, or the length in four bytes and the bytes.
struct Sum {
    std::int64_t rows = 0;
    __int128 first = 0;
    __int128 second = 0;

    void add(const Table& table, const Row& row);
    void add(const Sum& other);
    std::string hex() const;
    friend bool operator==(const Sum&, const Sum&) = default;
};
/// The same of the rows in PostgreSQL whose keys lie behind `after` and not behind `upto`; either
/// may be none.
Result<Sum> sum_in(PostgresConnection& target, const Table& table, const Row& after,
                   const Row& upto);

/// A value as PostgreSQL reads it in SQL.
std::string literal(ParameterKind kind, const Cell& cell);

} // namespace weft::store::moving
