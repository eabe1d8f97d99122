#pragma once

#include "base/task.h"
#include "base/time.h"

#include <memory>

namespace weft {

/// One coroutine that runs in a Gate. Copies refer to the same one; usable from any thread, also
/// after it ended.
class Background {
public:
    Background() = default;
    /// False: the gate was closed, nothing was started.
    explicit operator bool() const { return started_; }
    /// Asks it to stop: terminal cancellation, delivered on its own thread. Nothing happens once it
    /// has ended.
    void cancel() const;

private:
    friend class Gate;
    std::weak_ptr<struct GateMember> member_;
    bool started_ = false;
};

/// Where background coroutines belong, so that whoever owns the gate can stop and await them. Safe
/// to use from all threads. An exception that leaves a coroutine is logged and ends only that
/// coroutine; operation_aborted, which is how asio reports a cancellation, ends it silently.
///
/// Executors are io_contexts run by one thread each: a coroutine is started, resumed and cancelled
/// there alone.
class Gate {
public:
    Gate();
    ~Gate(); ///< close()s it
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// Starts `task` on `executor`, never within this call.
    Background spawn(asio::any_io_executor executor, Task<> task);
    /// Lets nobody in any more and asks everybody inside to stop. Does not wait.
    void ask_to_stop();
    /// Waits until nobody is inside, without asking them to stop: false when `at_most` has passed
    /// before. Blocks; never from a thread that runs one of the executors.
    bool wait_for(milliseconds at_most);
    /// ask_to_stop() and wait for all. Blocks as wait_for() does. A coroutine that ignores
    /// cancellation is waited for; one whose io_context is destroyed counts as ended.
    void close();
    /// Instead of close() where the executors' threads have ended or never ran: waits for nobody.
    /// What is inside is destroyed with its io_context.
    void abandon();
    bool closing() const;
    std::size_t size() const; ///< how many are inside

private:
    std::shared_ptr<struct GateState> state_;
};

} // namespace weft
