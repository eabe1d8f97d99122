#include "store/inspect.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <sqlite3.h>
#include <sys/stat.h>

namespace weft::store {

namespace {

constexpr int sqlite_oldest = 3'051'003;
constexpr const char* database_name = "weft.db";

constexpr const char* newest_sql = R"sql(
    SELECT COALESCE(MAX(at), 0) FROM (SELECT MAX(created_at) AS at FROM execution
    UNION ALL SELECT MAX(created_at) FROM api_key
    UNION ALL SELECT MAX(created_at) FROM project))sql";
constexpr const char* organizations_sql = "SELECT COUNT(*) FROM organization";
constexpr const char* keys_sql = "SELECT COUNT(*) FROM api_key";
constexpr const char* keys_valid_sql =
    "SELECT COUNT(*) FROM api_key WHERE expires_at IS NULL OR expires_at > ?1";

/// A read-only connection of its own: unlike Connection it outlives a damaged file, which is what
/// the doctor looks for.
class Database {
public:
    static Result<std::unique_ptr<Database>> open(const std::filesystem::path& directory) {
        const std::filesystem::path file = directory / database_name;
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored))
            return fail(Code::not_found, "There is no " + file.string() + ".");
        auto opened = std::make_unique<Database>();
        if (sqlite3_open_v2(file.c_str(), &opened->handle_, SQLITE_OPEN_READONLY, nullptr) !=
            SQLITE_OK)
            return opened->failure();
        sqlite3_busy_timeout(opened->handle_, 1'000);
        return opened;
    }
    ~Database() { sqlite3_close(handle_); }

    /// The first column of the first row. unavailable: says what SQLite says.
    Result<std::string> scalar(const char* sql, std::int64_t first = 0) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK)
            return failure();
        sqlite3_bind_int64(statement, 1, first);
        std::string text;
        const int stepped = sqlite3_step(statement);
        if (stepped == SQLITE_ROW)
            text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
        sqlite3_finalize(statement);
        if (stepped != SQLITE_ROW) return failure();
        return text;
    }
    Result<std::int64_t> number(const char* sql, std::int64_t first = 0) {
        return std::atoll(TRY(scalar(sql, first)).c_str());
    }

private:
    std::unexpected<Error> failure() const {
        return fail(Code::unavailable,
                    fmt::format("The database cannot be read: {}.", sqlite3_errmsg(handle_)));
    }
    sqlite3* handle_ = nullptr;
};

/// Who holds an advisory lock on the file of this inode, as the kernel lists it. Asking for the
/// lock instead would turn away a server that starts at that moment.
int lock_holder(ino_t inode) {
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::string number, kind, advisory, access, process, place;
        words >> number >> kind >> advisory >> access >> process >> place;
        if (kind == "FLOCK" && place.ends_with(":" + std::to_string(inode)))
            return std::atoi(process.c_str());
    }
    return 0;
}

} // namespace

std::string sqlite_version() { return sqlite3_libversion(); }

std::string sqlite_version_min() {
    return fmt::format("{}.{}.{}", sqlite_oldest / 1'000'000, sqlite_oldest / 1'000 % 1'000,
                       sqlite_oldest % 1'000);
}

std::optional<Holder> holder_of(const std::filesystem::path& directory) {
    const std::filesystem::path file = directory / "lock";
    struct stat about{};
    if (stat(file.c_str(), &about) != 0) return std::nullopt;
    Holder holder{lock_holder(about.st_ino), {}};
    if (holder.process == 0) return std::nullopt;
    std::ifstream in(file);
    int process = 0;
    std::string address;
    in >> process >> address;
    if (process == holder.process) holder.address = address;
    return holder;
}

Result<Facts> facts_of(const std::filesystem::path& directory, Instant now) {
    const auto database = TRY(Database::open(directory));
    Facts facts;
    if (const std::int64_t at = TRY(database->number(newest_sql)); at > 0)
        facts.newest = Instant{at};
    facts.organizations = TRY(database->number(organizations_sql));
    facts.keys = TRY(database->number(keys_sql));
    facts.keys_valid = TRY(database->number(keys_valid_sql, now.us));
    return facts;
}

Result<std::string> integrity_of(const std::filesystem::path& directory) {
    const auto database = TRY(Database::open(directory));
    return database->scalar("PRAGMA quick_check(5)");
}

} // namespace weft::store
