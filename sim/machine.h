#pragma once

#include "base/ids.h"
#include "engine/engine.h"
#include "sim/book.h"
#include "sim/random.h"
#include "sim/trace.h"
#include "store/crash_disk_testing.h"

#include <boost/asio/io_context.hpp>

namespace weft::sim {

/// The wall clock: virtual time, and by how much somebody has set it forward or back.
class WallClock final : public Clock {
public:
    Instant now() override { return {1'700'000'000'000'000 + virtual_time::now_us() + set_us_}; }
    void set(microseconds by) { set_us_ += by.count(); }

private:
    std::int64_t set_us_ = 0;
};

/// By which a row is known again.
std::uint64_t row_sum(const JournalRow& row);

/// A disk with a new store on it and one project, made once for all seeds.
struct Template {
    Template();
    ~Template();
    std::filesystem::path directory; ///< of the lock; the database lies on the disks
    store::DiskImage image;
    Scope scope;
};

/// The server as one process after another on one disk: the real store, engine and runner, on one
/// event loop that this thread runs. The store's work is done at moments of the seed's choice.
class Machine {
public:
    enum class Fall {
        kill,  ///< what was written is there
        power, ///< of what was not synced, a part
    };

    Machine(const Template& on, engine::StepExecutor& executor, Random& random, Book& book,
            Trace& trace, engine::Limits limits);
    ~Machine();

    /// Starts the process; again and again while the power goes within. False: the store refuses.
    bool boot();
    /// Ends it as it is, and leaves the disk as that leaves it.
    void fall(Fall how);
    /// Lets it stop by itself.
    void stop();
    bool up() const { return process_ != nullptr; }

    /// Runs the next handler; time passes when there is none. False: the loop has run out of work.
    bool step();
    /// The power went with an operation of the disk.
    bool lost_power() const;
    /// The power goes with the disk's operation of this number, counted from now.
    void lose_power_after(std::int64_t operations);
    /// The store takes so long for its next write.
    void stall(microseconds how_long) { stall_ = how_long; }

    /// Starts a client's coroutine, which goes with the process.
    void begin(Task<> client);
    void watch(const ExecutionId& execution);
    /// Reads what of the journal is new, for the book.
    void note_rows(Known& known);

    store::Store& store() { return *process_->store; }
    engine::Engine& engine() { return *process_->engine; }
    asio::any_io_executor executor() { return process_->loop.get_executor(); }

    WallClock clock;
    store::CrashDisk disk;
    const Scope scope;

private:
    struct Loop : asio::io_context {
        Loop() : asio::io_context(1) {}
        void shut() { shutdown(); }
    };
    struct Process {
        Loop loop;
        std::unique_ptr<IdMinter> minter;
        std::unique_ptr<store::Store> store;
        engine::EventHub events;
        std::unique_ptr<engine::Engine> engine;
        std::vector<engine::EventHub::Subscription> watched;
        bool write_due = false;
        bool read_due = false;
    };

    bool open();
    void let_store_work();
    void after(microseconds how_long, std::function<void()> then);

    const Template& template_;
    engine::StepExecutor& network_;
    Random& random_;
    Book& book_;
    Trace& trace_;
    const engine::Limits limits_;
    microseconds stall_{};
    std::int64_t power_until_ = 0; ///< operation; 0 = no end in sight
    std::unique_ptr<Process> process_;
};

} // namespace weft::sim
