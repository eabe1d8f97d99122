#include "server/local_store.h"

#include "server/master_key_source.h"
#include "store/key_renewal.h"
#include "store/organizations.h"
#include "store/root_key.h"

#include <filesystem>

namespace weft::server {

Result<std::unique_ptr<LocalStore>> LocalStore::open(const Settings& settings,
                                                     std::string_view command) {
    const MasterKeySource key = master_key_source(settings);
    const bool given = !key.digits.empty() || !key.file.empty() || !key.command.empty();
    std::error_code ignored;
    const char* made_by_serve = settings.store.empty() ? "weft.db" : "master.key";
    if (!(given && !settings.store.empty()) &&
        !std::filesystem::exists(std::filesystem::path(settings.data) / made_by_serve, ignored))
        return fail(Code::not_found,
                    fmt::format("There is no Weft data in {}: name the data directory with --data, "
                                "or make one with `weft serve`.",
                                settings.data));
    std::unique_ptr<LocalStore> local(new LocalStore);
    store::Options options{settings.data, settings.store};
    options.master_key = TRY(read_master_key(key));
    local->store_ = TRY(store::Store::open(options, local->clock_, local->ids_));
    const Organization organization = TRY(
        local->store_->read_here([](store::Rx& rx) { return store::organizations::first(rx); }));
    local->scope_ = {
        organization.id, {}, {Principal::Kind::system, "", std::string(command), Role::owner}};
    local->threads_.run();
    return local;
}

LocalStore::~LocalStore() {
    if (store_) store_->drain();
    threads_.stop();
}

Result<store::api_keys::NewKey> LocalStore::create_key(const store::api_keys::Draft& draft) {
    return write([this, &draft](store::Tx& tx) -> Result<store::api_keys::NewKey> {
        auto made = TRY(store::api_keys::create(tx, store_->vault(), scope_, draft));
        TRY(store::audit::append(tx, store_->vault(), scope_,
                                 {.what = "api_keys.create",
                                  .object = made.key.id.hex(),
                                  .details = {{"role", to_text(made.key.role)}}}));
        return made;
    });
}

Result<std::vector<ApiKey>> LocalStore::keys() {
    std::vector<ApiKey> all;
    for (;;) {
        auto page = TRY(store_->read_here([this, &all](store::Rx& rx) {
            return store::api_keys::list(rx, scope_, {}, store::api_keys::page_max,
                                         static_cast<std::int64_t>(all.size()));
        }));
        std::ranges::move(page.keys, std::back_inserter(all));
        if (page.keys.empty() || static_cast<std::int64_t>(all.size()) >= page.total) return all;
    }
}

Result<> LocalStore::revoke_key(const ApiKeyId& id) {
    return write([this, &id](store::Tx& tx) -> Result<> {
        TRY(store::api_keys::revoke(tx, scope_, id));
        return store::audit::append(tx, store_->vault(), scope_,
                                    {.what = "api_keys.revoke", .object = id.hex()});
    });
}

Result<std::vector<store::audit::Chain>> LocalStore::audit_chains() {
    return store_->read_here([](store::Rx& rx) { return store::audit::chains(rx); });
}

Result<store::audit::Walk> LocalStore::walk_audit(const store::audit::Chain& chain) {
    store::audit::Walk walk;
    while (!walk.is_done)
        TRY(store_->read_here(
            [&](store::Rx& rx) { return store::audit::verify(rx, store_->vault(), chain, walk); }));
    return walk;
}

/// Whose the rows of the audit log are that this writes.
Result<SecretsState> LocalStore::secrets_state() {
    return store_->read_here([](store::Rx& rx) -> Result<SecretsState> {
        SecretsState state;
        state.replaced_at = TRY(store::root_key::replaced_at(rx));
        state.data_keys = TRY(store::data_keys::count(rx));
        return state;
    });
}

Result<SecretsState> LocalStore::replace_master_key(const store::MasterKey& next,
                                                    store::KeyPlace place) {
    const store::Vault& vault = store_->vault();
    TRY(vault.prepare(next, place));
    TRY(write([&](store::Tx& tx) -> Result<> {
        TRY(store::root_key::replace(tx, vault, next, place));
        return store::audit::append(tx, vault, scope_, {.what = "secrets.replace_master_key"});
    }));
    TRY(store_->read_here([&](store::Rx& rx) { return store::root_key::settle(rx, vault); }));
    return secrets_state();
}

Result<SecretsState> LocalStore::renew_data_keys(const ProjectId& project) {
    TRY(write([&](store::Tx& tx) -> Result<> {
        TRY(store::data_keys::renew(tx, store_->vault(), project));
        store::audit::Entry entry{.what = "secrets.renew_data_keys"};
        if (project) entry.details["project"] = project.hex();
        return store::audit::append(tx, store_->vault(), scope_, entry);
    }));
    TRY(wait_for(store::finish_key_renewal(*store_)));
    return secrets_state();
}

} // namespace weft::server
