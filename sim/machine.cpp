#include "sim/machine.h"

#include "base/check.h"
#include "store/executions.h"
#include "store/journal.h"
#include "store/organizations.h"
#include "store/projects.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <malloc.h>

namespace weft::sim {

namespace {

constexpr microseconds store_us_max{4'000};

store::Options options_of(const std::filesystem::path& directory, const store::CrashDisk& disk) {
    return {.directory = directory,
            .readers = 1,
            .point_connections = 1,
            .master_key = std::string(64, 'a'),
            .vfs = disk.vfs(),
            .hands = store::Hands::caller};
}

Task<> found(store::Store& store, Scope& scope) {
    const auto done = co_await store.write([&scope](store::Tx& tx) -> Result<> {
        scope.organization = TRY(store::organizations::create(tx, "Org"))
        .id;
        scope.project = TRY(store::projects::create(tx, scope, {.name = "Project"}))
        .id;
        return {};
    });
    CHECK(done.has_value());
}

/// A seed takes and frees megabytes: the kernel need not clear them each time.
void keep_freed_memory() {
    constexpr int large = 256 * 1024 * 1024;
    // NOLINTBEGIN(concurrency-mt-unsafe): there is one thread
    mallopt(M_MMAP_THRESHOLD, large);
    mallopt(M_TRIM_THRESHOLD, large);
    mallopt(M_TOP_PAD, 16 * 1024 * 1024);
    // NOLINTEND(concurrency-mt-unsafe)
}

void rethrow(const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

} // namespace

std::uint64_t row_sum(const JournalRow& row) {
    const std::uint64_t payload = std::hash<std::string>{}(row.payload);
    return payload * 31 + static_cast<std::uint64_t>(row.at.us) * 7 +
           static_cast<std::uint64_t>(row.kind);
}

Template::Template() {
    // In memory where there is such a place: the store syncs what it makes in its directory.
    const std::filesystem::path memory = "/dev/shm";
    const auto parent =
        std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "weft-sim-XXXXXX").string();
    keep_freed_memory();
    directory = ::mkdtemp(pattern.data());
    virtual_time::reset();
    WallClock clock;
    IdMinter minter(clock);
    const store::CrashDisk disk;
    {
        asio::io_context loop{1};
        auto store = store::Store::open(options_of(directory, disk), clock, minter);
        CHECK(store.has_value());
        asio::co_spawn(loop, found(**store, scope), rethrow);
        do loop.poll();
        while ((*store)->work_writes());
    }
    image = disk.image();
}

Template::~Template() { std::filesystem::remove_all(directory); }

Machine::Machine(const Template& on, engine::StepExecutor& executor, Random& random, Book& book,
                 Trace& trace, engine::Limits limits)
    : disk(on.image), scope(on.scope), template_(on), network_(executor), random_(random),
      book_(book), trace_(trace), limits_(limits) {}

Machine::~Machine() {
    if (up()) fall(Fall::kill);
}

bool Machine::open() {
    process_ = std::make_unique<Process>();
    process_->minter = std::make_unique<IdMinter>(clock);
    auto store =
        store::Store::open(options_of(template_.directory, disk), clock, *process_->minter);
    if (!store) {
        trace_.note("the store does not open: {}", store.error().message);
        process_.reset();
        return false;
    }
    process_->store = *std::move(store);
    process_->engine = std::make_unique<engine::Engine>(
        *process_->store, std::vector<asio::any_io_executor>{process_->loop.get_executor()},
        network_, clock, process_->events, limits_);
    return process_->engine->start().has_value();
}

bool Machine::boot() {
    bool opened = open();
    while (!opened && lost_power()) {
        power_until_ = 0;
        disk.cut();
        disk.start(random_.next());
        opened = open();
    }
    if (!opened) return false;
    trace_.note("the server starts as node {}", process_->store->node());
    for (const ExecutionId& each : book_.order) watch(each);
    return true;
}

void Machine::fall(Fall how) {
    trace_.note("{}", how == Fall::kill ? "the process is killed" : "the power goes");
    disk.cut();
    process_->store->abandon();
    process_->watched.clear();
    process_->loop.shut(); // destroys every coroutine where it stands
    process_->engine.reset();
    process_->store.reset();
    process_.reset();
    for (auto& [id, known] : book_.executions) known.resumes_under_way = 0;
    disk.mend();
    power_until_ = 0;
    constexpr std::uint64_t all_that_was_written = 1;
    disk.start(how == Fall::kill ? all_that_was_written : random_.next());
}

void Machine::stop() {
    trace_.note("the server is asked to stop");
    process_->engine->ask_to_stop();
    while (step()) {}
    process_->engine->stop();
    process_->watched.clear();
    process_->store->drain();
    process_->engine.reset();
    process_->store.reset();
    process_.reset();
}

bool Machine::step() {
    let_store_work();
    virtual_time::idle_waits() = 0;
    return process_->loop.run_one() > 0;
}

bool Machine::lost_power() const { return power_until_ != 0 && disk.operations() >= power_until_; }

void Machine::lose_power_after(std::int64_t operations) {
    power_until_ = disk.operations() + operations;
    disk.cut_at(power_until_);
}

/// Whenever something waits for the store there is one moment ahead at which it is done.
void Machine::let_store_work() {
    Process& process = *process_;
    if (process.store->has_writes() && !std::exchange(process.write_due, true))
        after(random_.duration(store_us_max) + std::exchange(stall_, microseconds(0)), [&process] {
            process.write_due = false;
            process.store->work_writes();
        });
    if (process.store->has_reads() && !std::exchange(process.read_due, true))
        after(random_.duration(store_us_max), [&process] {
            process.read_due = false;
            process.store->work_reads();
        });
}

void Machine::after(microseconds how_long, std::function<void()> then) {
    auto timer = std::make_shared<asio::steady_timer>(process_->loop, how_long);
    timer->async_wait([timer, then = std::move(then)](const boost::system::error_code& error) {
        if (!error) then();
    });
}

void Machine::begin(Task<> client) { asio::co_spawn(process_->loop, std::move(client), rethrow); }

void Machine::watch(const ExecutionId& execution) {
    Known& known = book_.executions.at(execution);
    process_->watched.push_back(
        process_->events.subscribe(execution, {[this, &known] { note_rows(known); }, {}}));
}

void Machine::note_rows(Known& known) {
    const auto from = std::ssize(known.row_sums) + 1;
    const auto rows = process_->store->read_here(
        [&](store::Rx& rx) { return store::journal::read(rx, scope, known.id, from); });
    if (!rows) return; // the disk refuses just now
    for (const JournalRow& row : *rows) {
        known.row_sums.push_back(row_sum(row));
        trace_.note("{} row {} kind {}", known.id.hex(), row.seq, static_cast<int>(row.kind));
    }
}

} // namespace weft::sim
