#pragma once

#include "base/task.h"
#include "base/time.h"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>

namespace weft::http {

/// The time-outs of one exchange: each phase has its own limit, and the whole call has one. Owned
/// by its Transfer; on that one's io thread alone. `expired` is called once, or never after stop().
class PhaseTimer {
public:
    enum class Phase {
        connecting, ///< resolving, connecting, TLS; limited as a whole
        sending,    ///< the request's body; limited between two pieces
        waiting,    ///< for the whole head of the answer, however it trickles
        receiving,  ///< the answer's body; limited between two pieces
    };
    struct Limits {
        milliseconds connect;
        milliseconds first_byte;
        milliseconds silence;
        milliseconds total;
    };

    PhaseTimer(asio::io_context& context, Limits limits) : limits_(limits), timer_(context) {}

    /// `call_started_us`: monotonic; the total time counts from here.
    void start(std::int64_t call_started_us, std::function<void()> expired);
    void enter(Phase phase);
    void progress(); ///< a piece of a body went or came
    void stop();

    Phase phase() const { return phase_; }
    /// Why it expired, as a sentence about `host`.
    std::string message(const std::string& host) const;

private:
    void arm();
    std::int64_t deadline_us() const;

    Limits limits_;
    Phase phase_ = Phase::connecting;
    std::int64_t call_started_us_ = 0;
    std::int64_t progress_us_ = 0; ///< when the phase began, or the latest piece
    asio::steady_timer timer_;
    std::shared_ptr<std::function<void()>> expired_; ///< handlers hold it weakly
};

} // namespace weft::http
