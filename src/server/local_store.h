#pragma once

#include "http/server.h"
#include "server/settings.h"
#include "store/api_keys.h"
#include "store/audit.h"
#include "store/data_keys.h"
#include "store/store.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <memory>

namespace weft::server {

struct SecretsState {
    std::optional<Instant> replaced_at; ///< the master key; none: it is the first one
    store::data_keys::Count data_keys;
};

/// A data directory that no server holds, opened by a command for its owner: whoever may read the
/// files may do everything. Runs nothing and listens nowhere. One thread.
class LocalStore {
public:
    /// not_found: there is no data directory, or nothing was started in it yet; says what to do.
    /// conflict: a server holds it. invalid, unavailable: as Store::open. `command`: who changes
    /// something, in the audit log.
    static Result<std::unique_ptr<LocalStore>> open(const Settings& settings,
                                                    std::string_view command = "weft apikey");
    ~LocalStore();

    Result<store::api_keys::NewKey> create_key(const store::api_keys::Draft& draft);
    Result<std::vector<ApiKey>> keys();
    Result<> revoke_key(const ApiKeyId& id);
    Result<std::vector<store::audit::Chain>> audit_chains();
    /// The whole chain, in views of the store that do not last.
    Result<store::audit::Walk> walk_audit(const store::audit::Chain& chain);
    Result<SecretsState> secrets_state();
    /// As store::root_key::replace.
    Result<SecretsState> replace_master_key(const store::MasterKey& next, store::KeyPlace place);
    /// Of one project, or of all for an id of none; returns when every secret has its new key.
    Result<SecretsState> renew_data_keys(const ProjectId& project);
    Instant now() { return clock_.now(); }

    /// Acts for the organization of the first start.
    const Scope& scope() const { return scope_; }
    store::Store& store() { return *store_; }
    /// Runs one write and waits for it.
    template <class F> auto write(F fn) { return wait_for(store_->write(std::move(fn))); }

private:
    LocalStore() : ids_(clock_), threads_(1) {}

    /// Runs one task on the io thread and waits for it.
    template <class T> T wait_for(Task<T> task) {
        return asio::co_spawn(threads_.at(0), std::move(task), asio::use_future).get();
    }

    SystemClock clock_;
    IdMinter ids_;
    http::IoThreads threads_;
    std::unique_ptr<store::Store> store_;
    Scope scope_;
};

} // namespace weft::server
