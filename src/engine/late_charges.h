#pragma once

#include "base/gate.h"
#include "engine/runner.h"
#include "engine/waker.h"

namespace weft::engine {

/// Charges what runs had used that were stopped when nobody carried them (store/uncharged.h). One
/// loop on one io thread; with several nodes each may do it, and one write charges. Of a store of
/// its own it looks once a second if anything was written; on a database that nodes share the
/// node's beat calls. Owned by the engine.
class LateCharges {
public:
    LateCharges(store::Store& store, asio::any_io_executor on, Runner& runner, EventHub& events)
        : store_(store), runner_(runner), events_(events), waker_(std::make_shared<Waker>(on)) {}

    void start();
    void ask_to_stop();
    void stop(); ///< blocks; what is not charged waits for the next start
    /// There is something to charge. From any thread.
    void wake() { waker_->wake(); }

private:
    Task<> serve();
    bool may_find(); ///< whether anything may have come since the last look
    Task<Result<>> charge_all();
    Task<Result<>> charge(store::uncharged::Uncharged of);

    store::Store& store_;
    Runner& runner_;
    EventHub& events_;
    const std::shared_ptr<Waker> waker_;
    std::int64_t commits_ = -1; ///< of the store, at the last look
    std::atomic<bool> stopping_{false};
    Gate gate_;
};

} // namespace weft::engine
