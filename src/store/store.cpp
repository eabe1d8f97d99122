#include "store/store.h"

#include "store/backend.h"
#include "store/directory.h"
#include "store/file_pieces.h"
#include "store/migrations.h"
#include "store/move.h"
#include "store/postgres_backend.h"
#include "store/root_key.h"
#include "store/sqlite_backend.h"
#include "store/vault.h"

#include <future>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::store {

namespace {

constexpr SystemQuery<std::int64_t> next_node_sql{"store.next_node", R"sql(
    INSERT INTO store_info (name, value) VALUES ('node', '1')
    ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(store_info.value AS BIGINT) + 1 AS TEXT)
    RETURNING CAST(value AS BIGINT))sql"};

constexpr SystemQuery<std::string> half_moved_sql{"store.half_moved", R"sql(
    SELECT value FROM store_info WHERE name = 'moved_from' AND value LIKE 'copying %')sql"};

/// A database that is only partly filled with a directory's data is nobody's yet.
Result<> check_not_half_moved(Connection& connection) {
    if (!TRY(connection.maybe<std::string>(half_moved_sql.text()))) return {};
    return fail(Code::conflict,
                "A directory's data is being moved into this database and is not all "
                "there. Run `weft migrate` again: it goes on where it stopped.");
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

/// Blocking work on the directory, done by a reader thread.
template <class T> struct FileJob final : ReadJob {
    explicit FileJob(std::function<Result<T>()> work) : work(std::move(work)) {}
    void run(Rx&) override { result = work(); }
    void refuse(Error error) override { result = std::unexpected(std::move(error)); }
    std::function<Result<T>()> work;
    Result<T> result;
};

} // namespace

Result<std::int64_t> prepare_database(Connection& connection, Vault& vault, Instant now) {
    TRY(migrate(connection, migrations(), now));
    TRY(check_not_half_moved(connection));
    TRY(root_key::unlock(connection, vault));
    const auto node = TRY(connection.maybe<std::int64_t>(next_node_sql.text()));
    CHECK(node && *node != 0);
    return *node;
}

struct Store::Impl {
    std::filesystem::path path;
    Directory directory;
    Vault vault;
    milliseconds read_ms_max{};
    std::unique_ptr<Backend> backend = {};
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() { drain(); }

Result<std::unique_ptr<Store>> Store::open(Options options, Clock& clock, IdMinter& minter) {
    auto directory = TRY(Directory::open(options.directory));
    const bool is_new =
        !directory.has_content(sqlite_file_name) && !directory.has_content(instance_file_name);
    const KeyFile missing = is_new ? KeyFile::make : KeyFile::demand;
    auto vault = TRY(Vault::open(directory.fd(), options.master_key, missing));
    auto impl = std::make_unique<Impl>(
        Impl{options.directory, std::move(directory), std::move(vault), options.read_ms_max});
    if (options.url.empty())
        if (const auto moved = moved_away(options.directory)) return fail(Code::conflict, *moved);
    if (options.url.empty())
        impl->backend = TRY(open_sqlite(options, impl->directory, impl->vault, clock, minter));
    else
        impl->backend = TRY(
            open_postgres(options, TRY(impl->directory.instance()), impl->vault, clock, minter));
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Task<> Store::await_read(ReadJob& job) {
    job.deadline_us = monotonic_us() + microseconds(impl_->read_ms_max).count();
    return await_job(job, [backend = impl_->backend.get()](ReadJob& each) { backend->read(each); });
}

Task<> Store::await_write(WriteJob& job) {
    return await_job(job,
                     [backend = impl_->backend.get()](WriteJob& each) { backend->write(each); });
}

Task<Result<Verdict>> Store::commit(StepCommit step) {
    auto packed = pack(std::move(step));
    if (!packed) co_return std::unexpected(std::move(packed).error());
    for (const auto& each : packed->packed)
        if (each) CO_TRY(put_pieces(packed->step.project, *each));
    if (packed->asked) CO_TRY(put_pieces(packed->step.project, *packed->asked));
    StepJob job(std::move(*packed));
    co_await await_job(job,
                       [backend = impl_->backend.get()](StepJob& each) { backend->commit(each); });
    co_return std::move(job.result);
}

/// Each in a transaction of its own, so that others are written between them.
Task<Result<>> Store::put_pieces(ProjectId project, const Packed& packed) {
    if (packed.pieces.size() < 2) co_return Result<>();
    if (CO_TRY(read_point([&](Rx& rx) { return blobs::has(rx, project, packed); })))
        co_return Result<>();
    for (std::size_t number = 0; number < packed.pieces.size(); ++number)
        CO_TRY(write([&](Tx& tx) { return blobs::put_piece(tx, project, packed, number); }));
    co_return Result<>();
}

Task<Result<>> Store::write_file(ProjectId project, FileId file, std::string bytes) {
    if (impl_->backend->is_shared()) {
        const std::int64_t count = file_pieces::count(bytes.size());
        for (std::int64_t number = 0; number < count; ++number) {
            const auto piece = std::string_view(bytes).substr(static_cast<std::size_t>(number) *
                                                                  file_pieces::bytes_at_once_max,
                                                              file_pieces::bytes_at_once_max);
            CO_TRY(
                write([&](Tx& tx) { return file_pieces::put(tx, project, file, number, piece); }));
        }
        co_return co_await write(
            [&](Tx& tx) { return file_pieces::remove(tx, project, file, count); });
    }
    FileJob<void> job([&] { return impl_->directory.write_file(project, file, bytes); });
    co_await await_read(job);
    co_return std::move(job.result);
}

Task<Result<std::string>> Store::read_file(ProjectId project, FileId file) {
    if (impl_->backend->is_shared())
        co_return co_await read([&](Rx& rx) { return file_pieces::get(rx, project, file); });
    FileJob<std::string> job([&] { return impl_->directory.read_file(project, file); });
    co_await await_read(job);
    co_return std::move(job.result);
}

Task<Result<>> Store::remove_file(ProjectId project, FileId file) {
    if (impl_->backend->is_shared())
        co_return co_await write([&](Tx& tx) { return file_pieces::remove(tx, project, file); });
    FileJob<void> job([&] { return impl_->directory.remove_file(project, file); });
    co_await await_read(job);
    co_return std::move(job.result);
}

Task<Result<>> Store::remove_files_of(ProjectId project) {
    if (impl_->backend->is_shared()) {
        while (CO_TRY(write([&](Tx& tx) { return file_pieces::remove_some(tx, project); }))) {}
        co_return Result<>();
    }
    FileJob<void> job([&] { return impl_->directory.remove_files_of(project); });
    co_await await_read(job);
    co_return std::move(job.result);
}

bool Store::point(ReadJob& job) { return impl_->backend->read_inline(job); }

void Store::wait_here(ReadJob& job) {
    if (point(job)) return;
    std::promise<void> done;
    job.deadline_us = monotonic_us() + microseconds(impl_->read_ms_max).count();
    job.done = [&done] { done.set_value(); };
    impl_->backend->read(job);
    done.get_future().wait();
}

bool Store::is_shared() const { return impl_->backend->is_shared(); }
void Store::watch_nodes(NodeWatch watch) { impl_->backend->watch_nodes(std::move(watch)); }
void Store::hint() { impl_->backend->hint(); }
bool Store::inbox_due() const { return impl_->backend->inbox_due(); }
bool Store::holds_lease() const { return impl_->backend->holds_lease(); }
std::int64_t Store::node() const { return impl_->backend->node(); }
Vault& Store::vault() { return impl_->vault; }
const std::filesystem::path& Store::directory() const { return impl_->path; }
Result<> Store::announce(std::string_view address) { return impl_->directory.announce(address); }
microseconds Store::writer_age() const { return impl_->backend->writer_age(); }
WriterStats Store::stats() const { return impl_->backend->stats(); }
std::int64_t Store::statements() const { return impl_->backend->statements(); }
void Store::drain() { impl_->backend->drain(); }
bool Store::work_writes() { return impl_->backend->work_writes(); }
bool Store::work_reads() { return impl_->backend->work_reads(); }
bool Store::has_writes() const { return impl_->backend->has_writes(); }
bool Store::has_reads() const { return impl_->backend->has_reads(); }
void Store::abandon() { impl_->backend->abandon(); }

} // namespace weft::store
