#include "store/store.h"

#include "store/commit.h"
#include "store/directory.h"
#include "store/migrations.h"
#include "store/readers.h"
#include "store/vault.h"
#include "store/writer.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sqlite3.h>

namespace weft::store {

namespace {

constexpr int sqlite_oldest =
    3'051'003; ///< before it a write-ahead log could be reset under a reader
constexpr std::int64_t point_us_max = 250'000;
constexpr const char* database_name = "weft.db";

constexpr SystemQuery<std::int64_t> next_node_sql{"store.next_node", R"sql(
    INSERT INTO store_info (name, value) VALUES ('node', '1')
    ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(store_info.value AS INTEGER) + 1 AS TEXT)
    RETURNING CAST(value AS INTEGER))sql"};

constexpr SystemQuery<std::string> key_check_sql{"store.key_check", R"sql(
    SELECT value FROM store_info WHERE name = 'master_key_check')sql"};

constexpr SystemQuery<void, std::string> set_key_check_sql{"store.set_key_check", R"sql(
    INSERT INTO store_info (name, value) VALUES ('master_key_check', $1))sql"};

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
Result<Connection> open_writer(const std::string& path, const std::string& vfs) {
    Connection connection = TRY(Connection::open(path, Connection::Access::write, vfs));
    TRY(connection.execute(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -16384; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"));
    return connection;
}

Result<Connection> open_reader(const std::string& path, const std::string& vfs) {
    Connection connection = TRY(Connection::open(path, Connection::Access::read, vfs));
    TRY(connection.execute(
        "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;"
        "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = 1000;"));
    return connection;
}

Result<> check_master_key(Connection& connection, const Vault& vault) {
    const std::string check = to_hex(vault.sign("check", "master key").bytes);
    const auto stored = TRY(connection.maybe<std::string>(key_check_sql.text()));
    if (!stored) {
        TRY(connection.run(set_key_check_sql.text(), check));
        return {};
    }
    if (*stored == check) return {};
    return fail(Code::invalid,
                "The master key is not the one that this data directory was made with. Give that "
                "one in WEFT_MASTER_KEY, or put its file master.key back from a backup.");
}

/// Waits for one job: hands `submit` a function that resumes the coroutine on its own executor.
template <class Job, class Submit> Task<> await_job(Job& job, Submit submit) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&job, submit](auto handler) {
            auto executor = asio::prefer(asio::get_associated_executor(handler),
                                         asio::execution::outstanding_work.tracked);
            job.done = [handler = std::move(handler), executor = std::move(executor)]() mutable {
                asio::post(executor, std::move(handler));
            };
            submit(job);
        },
        asio::use_awaitable);
}

struct StepJob final : WriteJob {
    explicit StepJob(PackedStep packed) : packed(std::move(packed)) {}
    bool run(Tx& tx) override { return (result = apply(tx, packed)).has_value(); }
    void refuse(Error error) override { result = std::unexpected(std::move(error)); }
    bool repeatable() const override { return true; }
    PackedStep packed;
    Result<Verdict> result = Verdict::fenced;
};

/// Blocking work on the directory, done by a reader thread.
template <class T> struct FileJob final : ReadJob {
    explicit FileJob(std::function<Result<T>()> work) : work(std::move(work)) {}
    void run(Rx&) override { result = work(); }
    void refuse(Error error) override { result = std::unexpected(std::move(error)); }
    std::function<Result<T>()> work;
    Result<T> result;
};

/// A thread's own number: its point connection is this one, modulo how many there are.
std::size_t thread_number() {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
    return number;
}

} // namespace

struct Store::Impl {
    struct Point {
        explicit Point(Connection opened) : connection(std::move(opened)) {}
        Mutex mutex;
        Connection connection;
    };

    std::filesystem::path path;
    Directory directory;
    Vault vault;
    std::int64_t node = 0;
    milliseconds read_ms_max{};
    std::vector<std::unique_ptr<Point>> points;
    std::unique_ptr<Readers> readers;
    std::unique_ptr<Writer> writer;
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() { drain(); }

Result<std::unique_ptr<Store>> Store::open(Options options, Clock& clock, IdMinter& minter) {
    TRY(check_library());
    auto impl = std::make_unique<Impl>(Impl {
        .path = options.directory, .directory = TRY(Directory::open(options.directory))
        , .vault = {}, .read_ms_max = options.read_ms_max
    });
    const KeyFile missing =
        impl->directory.has_content(database_name) ? KeyFile::demand : KeyFile::make;
    TRY(impl->directory.ensure_file(database_name));
    impl->vault = TRY(Vault::open(impl->directory.fd(), options.master_key, missing));
    const std::string file =
        (std::filesystem::absolute(options.directory) / database_name).string();
    Connection writing = TRY(open_writer(file, options.vfs));
    TRY(migrate(writing, migrations(), clock.now()));
    TRY(check_master_key(writing, impl->vault));
    impl->node = TRY(writing.maybe<std::int64_t>(next_node_sql.text()))
    .value_or(0);
    CHECK(impl->node != 0);

    std::vector<Connection> reading;
    for (int i = 0; i < std::max(1, options.readers); ++i)
        reading.push_back(TRY(open_reader(file, options.vfs)));
    for (int i = 0; i < std::max(1, options.point_connections); ++i)
        impl->points.push_back(std::make_unique<Impl::Point>(TRY(open_reader(file, options.vfs))));
    impl->readers = std::make_unique<Readers>(std::move(reading), options.hands);
    impl->writer = std::make_unique<Writer>(std::move(writing), clock, minter, options.hands);
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Task<> Store::await_read(ReadJob& job) {
    job.deadline_us = monotonic_us() + microseconds(impl_->read_ms_max).count();
    return await_job(job,
                     [readers = impl_->readers.get()](ReadJob& each) { readers->submit(each); });
}

Task<> Store::await_write(WriteJob& job) {
    return await_job(job, [writer = impl_->writer.get()](WriteJob& each) { writer->submit(each); });
}

Task<Result<Verdict>> Store::commit(StepCommit step) {
    auto packed = pack(std::move(step));
    if (!packed) co_return std::unexpected(std::move(packed).error());
    for (const auto& each : packed->packed)
        if (each) CO_TRY(put_pieces(packed->step.project, *each));
    if (packed->asked) CO_TRY(put_pieces(packed->step.project, *packed->asked));
    StepJob job(std::move(*packed));
    co_await await_write(job);
    co_return std::move(job.result);
}

/// Each in a transaction of its own, so that others are written between them.
Task<Result<>> Store::put_pieces(ProjectId project, const Packed& packed) {
    if (packed.pieces.size() < 2) co_return Result<>();
    const auto stored = read_point([&](Rx& rx) { return blobs::has(rx, project, packed); });
    if (!stored) co_return std::unexpected(stored.error());
    if (*stored) co_return Result<>();
    for (std::size_t number = 0; number < packed.pieces.size(); ++number)
        CO_TRY(write([&](Tx& tx) { return blobs::put_piece(tx, project, packed, number); }));
    co_return Result<>();
}

Task<Result<>> Store::write_file(ProjectId project, FileId file, std::string bytes) {
    FileJob<void> job([&] { return impl_->directory.write_file(project, file, bytes); });
    co_await await_job(job,
                       [readers = impl_->readers.get()](ReadJob& each) { readers->submit(each); });
    co_return std::move(job.result);
}

Task<Result<std::string>> Store::read_file(ProjectId project, FileId file) {
    FileJob<std::string> job([&] { return impl_->directory.read_file(project, file); });
    co_await await_read(job);
    co_return std::move(job.result);
}

Task<Result<>> Store::remove_file(ProjectId project, FileId file) {
    FileJob<void> job([&] { return impl_->directory.remove_file(project, file); });
    co_await await_job(job,
                       [readers = impl_->readers.get()](ReadJob& each) { readers->submit(each); });
    co_return std::move(job.result);
}

Task<Result<>> Store::remove_files_of(ProjectId project) {
    FileJob<void> job([&] { return impl_->directory.remove_files_of(project); });
    co_await await_job(job,
                       [readers = impl_->readers.get()](ReadJob& each) { readers->submit(each); });
    co_return std::move(job.result);
}

// The lease locks in one function and unlocks in another, which the analysis cannot follow.
Store::PointLease::PointLease(Store& store) __attribute__((no_thread_safety_analysis))
    : store_(store), slot_(thread_number() % store.impl_->points.size()),
      connection_(&store.impl_->points[slot_]->connection) {
    store_.impl_->points[slot_]->mutex.lock();
    connection_->set_deadline(monotonic_us() + point_us_max);
    begun_ = connection_->statement("BEGIN");
}

Store::PointLease::~PointLease() __attribute__((no_thread_safety_analysis)) {
    connection_->set_deadline(0);
    if (connection_->in_transaction()) (void)connection_->statement("ROLLBACK");
    store_.impl_->points[slot_]->mutex.unlock();
}

std::int64_t Store::node() const { return impl_->node; }
Vault& Store::vault() { return impl_->vault; }
const std::filesystem::path& Store::directory() const { return impl_->path; }
Result<> Store::announce(std::string_view address) { return impl_->directory.announce(address); }
microseconds Store::writer_age() const { return impl_->writer->age(); }
WriterStats Store::stats() const { return impl_->writer->stats(); }

std::int64_t Store::statements() const {
    std::int64_t sum = impl_->writer->statements() + impl_->readers->statements();
    for (const auto& point : impl_->points) sum += point->connection.statements();
    return sum;
}

void Store::drain() {
    impl_->readers->stop();
    impl_->writer->stop();
}

bool Store::work_writes() { return impl_->writer->work(); }
bool Store::work_reads() { return impl_->readers->work(); }
bool Store::has_writes() const { return impl_->writer->has_work(); }
bool Store::has_reads() const { return impl_->readers->has_work(); }

void Store::abandon() {
    impl_->readers->abandon();
    impl_->writer->abandon();
}

} // namespace weft::store
