#pragma once

#include "base/time.h"
#include "store/directory.h"

#include <functional>

/// Moving a data directory's store to PostgreSQL. The directory is only read, but for a file that
/// says where its data went. What was done stays when a move is broken off: the next one goes on.
namespace weft::store {

struct MoveOptions {
    std::filesystem::path directory;
    std::string url;        ///< postgres://…
    std::string master_key; ///< empty: master.key in the directory
};

/// How far a move is.
struct MoveStep {
    enum class Doing { looking, copying, comparing };
    Doing doing = Doing::looking;
    std::string table;
    std::int64_t rows = 0;  ///< of this table, by this process
    std::int64_t bytes = 0; ///< the same
};
using MoveWatch = std::function<void(const MoveStep&)>;

struct MovedTable {
    std::string name;
    std::int64_t rows = 0;
    std::string checksum; ///< over all rows, the same in both databases
};

struct MoveReport {
    bool was_done_before = false;
    std::string place;               ///< the database, without a secret
    std::vector<MovedTable> tables;  ///< empty when it was done before
    std::vector<std::string> losses; ///< ids of ready files whose bytes are not in the directory
};

/// Copies everything, compares it, and marks both sides: the database belongs to this directory
/// from then on, and the directory is served from there only. Blocks; `watch` is called on the
/// same thread, some times a second.
///
/// not_found: the directory has no data. conflict: a process uses the directory, a node uses the
/// database, the database has other data, or either has gone on since the move. invalid: the
/// address or the master key is wrong. malformed: texts hold what PostgreSQL cannot keep; says
/// where. unavailable: the database or the disk does not answer. internal: what was copied is not
/// what was there.
Result<MoveReport> move_to_postgres(const MoveOptions& options, Clock& clock,
                                    const MoveWatch& watch);

/// Where and when this directory's data was moved, as a sentence; none: it was not.
std::optional<std::string> moved_away(const std::filesystem::path& directory);

/// invalid: it is no address of a database. What it says is not repeated: it may hold a password.
Result<> check_url(const std::string& url);

/// "postgres://host:5432/database", without user and password.
std::string place_of(const std::string& url);

inline constexpr const char* moved_file_name = "moved-to-postgres";

} // namespace weft::store
