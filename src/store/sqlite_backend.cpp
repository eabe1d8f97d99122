#include "store/sqlite_backend.h"

#include "store/directory.h"
#include "store/readers.h"
#include "store/writer.h"

#include <sqlite3.h>

namespace weft::store {

namespace {

constexpr int sqlite_oldest =
    3'051'003; ///< before it a write-ahead log could be reset under a reader
constexpr std::int64_t point_us_max = 250'000;

/// The library must be the one that was compiled in, and not an old one.
Result<> check_library() {
    if (sqlite3_libversion_number() != SQLITE_VERSION_NUMBER ||
        std::string_view(sqlite3_sourceid()) != SQLITE_SOURCE_ID ||
        sqlite3_libversion_number() < sqlite_oldest)
        return fail(
            Code::internal,
            fmt::format(
                "This program runs with SQLite {} instead of the {} that it was built with.",
                sqlite3_libversion(), SQLITE_VERSION));
    return {};
}

/// WAL with every commit synced; only the writer checkpoints; no memory map, so that an I/O error
/// is an error and not a signal. auto_vacuum must be set before the first table.
Result<std::unique_ptr<SqliteConnection>> open_writer(const std::string& path,
                                                      const std::string& vfs) {
    auto connection = TRY(SqliteConnection::open(path, SqliteConnection::Access::write, vfs));
    TRY(connection->execute(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -16384; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
        "PRAGMA secure_delete = FAST;"));
    return connection;
}

Result<std::unique_ptr<SqliteConnection>> open_reader(const std::string& path,
                                                      const std::string& vfs) {
    auto connection = TRY(SqliteConnection::open(path, SqliteConnection::Access::read, vfs));
    TRY(connection->execute(
        "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;"
        "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = 1000;"));
    return connection;
}

/// A thread's own number: its point connection is this one, modulo how many there are.
std::size_t thread_number() {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
    return number;
}

/// A connection for short reads, of one io thread or of those that share it.
struct Point {
    explicit Point(std::unique_ptr<SqliteConnection> opened) : connection(std::move(opened)) {}
    Mutex mutex;
    const std::unique_ptr<SqliteConnection> connection; ///< used under the mutex
};

/// Ends what a connection reads, also when the reader throws.
class Ending {
public:
    explicit Ending(SqliteConnection& of) : of_(of) {}
    ~Ending() {
        of_.set_deadline(0);
        of_.end_reading();
    }
    Ending(const Ending&) = delete;

private:
    SqliteConnection& of_;
};

class SqliteBackend final : public Backend {
public:
    SqliteBackend(std::unique_ptr<SqliteConnection> writing,
                  std::vector<std::unique_ptr<Connection>> reading,
                  std::vector<std::unique_ptr<Point>> points, std::int64_t node, Clock& clock,
                  IdMinter& minter, Hands hands)
        : points_(std::move(points)), readers_(std::move(reading), hands),
          writer_(std::move(writing), clock, minter, hands), node_(node) {}

    void read(ReadJob& job) override { readers_.submit(job); }
    bool read_inline(ReadJob& job) override;
    void write(WriteJob& job) override { writer_.submit(job); }
    void commit(StepJob& job) override { writer_.submit(job); }
    bool is_shared() const override { return false; }
    std::int64_t node() const override { return node_; }
    void watch_nodes(NodeWatch) override {} // there are no others: the directory is locked
    bool holds_lease() const override { return true; }
    bool inbox_due() const override { return true; }
    void hint() override {}
    microseconds writer_age() const override { return writer_.age(); }
    WriterStats stats() const override { return writer_.stats(); }
    std::int64_t statements() const override;
    void drain() override;
    bool work_writes() override { return writer_.work(); }
    bool work_reads() override { return readers_.work(); }
    bool has_writes() const override { return writer_.has_work(); }
    bool has_reads() const override { return readers_.has_work(); }
    void abandon() override;

private:
    std::vector<std::unique_ptr<Point>> points_;
    Readers readers_;
    Writer writer_;
    std::int64_t node_;
};

bool SqliteBackend::read_inline(ReadJob& job) {
    Point& point = *points_[thread_number() % points_.size()];
    const Lock lock(point.mutex);
    SqliteConnection& connection = *point.connection;
    if (auto begun = connection.begin_reading(); !begun) {
        job.refuse(std::move(begun).error());
        return true;
    }
    const Ending ending(connection);
    connection.set_deadline(monotonic_us() + point_us_max);
    Rx rx(connection);
    job.run(rx);
    return true;
}

std::int64_t SqliteBackend::statements() const {
    std::int64_t sum = writer_.statements() + readers_.statements();
    for (const auto& point : points_) sum += point->connection->statements();
    return sum;
}

void SqliteBackend::drain() {
    readers_.stop();
    writer_.stop();
}

void SqliteBackend::abandon() {
    readers_.abandon();
    writer_.abandon();
}

} // namespace

Result<std::unique_ptr<Backend>> open_sqlite(const Options& options, Directory& directory,
                                             Vault& vault, Clock& clock, IdMinter& minter) {
    TRY(check_library());
    TRY(directory.ensure_file(sqlite_file_name));
    const std::string file =
        (std::filesystem::absolute(options.directory) / sqlite_file_name).string();
    auto writing = TRY(open_writer(file, options.vfs));
    const std::int64_t node = TRY(prepare_database(*writing, vault, clock.now()));
    std::vector<std::unique_ptr<Connection>> reading;
    for (int i = 0; i < std::max(1, options.readers); ++i)
        reading.push_back(TRY(open_reader(file, options.vfs)));
    std::vector<std::unique_ptr<Point>> points;
    for (int i = 0; i < std::max(1, options.point_connections); ++i)
        points.push_back(std::make_unique<Point>(TRY(open_reader(file, options.vfs))));
    return std::make_unique<SqliteBackend>(std::move(writing), std::move(reading),
                                           std::move(points), node, clock, minter, options.hands);
}

} // namespace weft::store
