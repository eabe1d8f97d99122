#pragma once

#include "base/gate.h"
#include "engine/engine.h"
#include "server/pace.h"
#include "store/inbox_people.h"

namespace weft::server {

/// Carries out what becomes of questions that nobody has answered in time (domain/approval.h):
/// looks as Pace says. What it does of an item is one commit, which finds the item open and
/// leaves it closed: once, whoever else answers, whatever dies, and however many nodes look. Owned
/// by the Program; works on one io thread until stop().
class InboxClock {
public:
    InboxClock(store::Store& store, engine::Engine& engine, engine::EventHub& events, Clock& clock,
               asio::any_io_executor executor);
    void start();
    void stop(); ///< waits for the write in hand

private:
    Task<> work();
    Task<Result<>> settle_due();
    Task<> look(Pace& pace);

    store::Store& store_;
    engine::Engine& engine_;
    engine::EventHub& events_;
    Clock& clock_;
    asio::any_io_executor executor_;
    Gate gate_;
};

} // namespace weft::server
