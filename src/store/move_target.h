#pragma once

#include "store/move_rows.h"
#include "store/vault.h"

/// The database that a move goes to, and what is written there about the move itself.
namespace weft::store::moving {

/// store_info's `moved_from`, as words between blanks.
struct Mark {
    bool is_finished = false;
    std::string instance;   ///< of the directory
    std::int64_t start = 0; ///< number of the directory's last start: it has not been used since
    std::string at;         ///< when the move began, or ended; ISO 8601

    std::string line() const;
    static std::optional<Mark> parse(const std::string& line);
};

/// None: nothing was moved there, or it is an empty database.
Result<std::optional<Mark>> mark_in(PostgresConnection& target);

/// conflict: its data was made with another master key than the vault's.
Result<> check_same_key(PostgresConnection& target, const Vault& vault);
/// conflict: one of the tables has rows. An empty database is fine.
Result<> check_empty(PostgresConnection& target, const std::vector<Table>& tables);
/// internal: a table or a column of the directory is not in the database.
Result<> check_columns(PostgresConnection& target, const std::vector<Table>& tables);

/// Begins a move, or one anew whose directory has been used meanwhile (`before` is then removed
/// with all it copied), or goes on with one. conflict: a node is alive there; somebody else did so.
Result<> begin(PostgresConnection& target, const std::vector<Table>& tables,
               const std::optional<Mark>& before, const Mark& mark);

/// The key of the last row that was copied; none yet: an empty one.
Result<Row> progress(PostgresConnection& target, const Table& table);
/// Rows and how far the table then is, together. conflict: another process moves too.
Result<> write(PostgresConnection& target, const Table& table, const std::string& insert,
               const Batch& batch, const Row& after);

/// The directory's own words about itself, and the mark of a finished move, in place of how far the
/// tables were.
Result<> finish(PostgresConnection& target, const std::vector<Table>& tables, const Infos& infos,
                const Mark& mark);

} // namespace weft::store::moving
