#pragma once

#include "base/gate.h"
#include "store/store.h"

namespace weft::server {

/// Removes from the store what has had its time, a little at a time, so that no request waits long
/// for it; goes on renewing data keys where a crash broke that off, looks whether another process
/// has replaced the master key, and writes down what billing cycles cost that are over. Owned by
/// the Program; works on one io thread until stop().
class Housekeeper {
public:
    Housekeeper(store::Store& store, Clock& clock, asio::any_io_executor executor);
    void start();
    void stop(); ///< waits for the write in hand

private:
    Task<> forget_what_has_expired();
    Task<> look_after_keys();
    /// Runs that their projects keep no longer.
    Task<Result<>> remove_old_runs();
    Task<> settle_cycles();
    Task<> work();

    store::Store& store_;
    Clock& clock_;
    asio::any_io_executor executor_;
    Gate gate_;
};

} // namespace weft::server
