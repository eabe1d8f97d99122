#include "api/key_order.h"
#include "api/routes.h"
#include "base/log.h"
#include "store/data_keys.h"
#include "store/key_renewal.h"
#include "store/root_key.h"

namespace weft::api {

namespace {

using StateAnswer = Answer<"SecretsState">;

struct Nothing {
    static constexpr auto params() { return std::tuple{}; }
};

struct Order {
    std::string order;
    static constexpr auto params() {
        return std::tuple{
            body("order", &Order::order, "What `weft secrets` has sealed under the master key")
                .required()};
    }
};

Result<StateAnswer> state_of(store::Rx& rx) {
    const auto count = TRY(store::data_keys::count(rx));
    const auto replaced = TRY(store::root_key::replaced_at(rx));
    json::object view{{"master_key_replaced_at", nullptr},
                      {"data_keys", count.all},
                      {"data_keys_renewing", count.renewing}};
    if (replaced) view["master_key_replaced_at"] = replaced->epoch_seconds();
    return StateAnswer{std::move(view)};
}

Task<Result<StateAnswer>> state(Request& rq, Nothing) {
    co_return co_await rq.store.read([](store::Rx& rx) { return state_of(rx); });
}

Task<> go_on_renewing(store::Store& store) {
    const auto done = co_await store::finish_key_renewal(store);
    if (!done)
        log_warning("secrets were not all sealed anew; this is tried again every minute",
                    {{"why", done.error().message}});
}

/// The vault holds the new key before the commit, so that none of its rows is ever met without.
Task<Result<StateAnswer>> replace_master_key(Request& rq, Order in) {
    const store::Vault& vault = rq.store.vault();
    const auto asked = CO_TRY(rq.store.read([&](store::Rx& rx) -> Result<key_order::Replacement> {
        const auto current = TRY(store::root_key::master(rx, vault));
        auto read = TRY(key_order::read_replace(current, in.order, rq.services.clock.now()));
        if (read.place == store::KeyPlace::file && !vault.is_key_in_file())
            return fail(Code::conflict,
                        "This server's master key is given by a setting: say where the new one "
                        "is, with --new-master-key-file, --new-master-key-command or "
                        "WEFT_NEW_MASTER_KEY.");
        if (read.next.key == current.key)
            return fail(Code::conflict, "That is the master key already.");
        TRY(vault.prepare(read.next, read.place));
        return read;
    }));
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<StateAnswer> {
        TRY(store::root_key::replace(tx, vault, asked.next, asked.place));
        return state_of(tx);
    }));
    CO_TRY(rq.store.read([&](store::Rx& rx) { return store::root_key::settle(rx, vault); }));
    co_return answer;
}

Task<Result<StateAnswer>> renew_data_keys(Request& rq, Order in) {
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<StateAnswer> {
        const store::Vault& vault = rq.store.vault();
        const auto current = TRY(store::root_key::master(tx, vault));
        const auto project = TRY(key_order::read_renew(current, in.order, rq.services.clock.now()));
        if (project) rq.audited.details["project"] = project.hex();
        TRY(store::data_keys::renew(tx, vault, project));
        return state_of(tx);
    }));
    rq.services.background.spawn(co_await asio::this_coro::executor, go_on_renewing(rq.store));
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::get, "/admin/secrets", "secrets.state", in_whole_organization(Role::owner),
     "When the master key was replaced, and how far data keys are renewed", handler<&state>},
    {http::Method::post, "/admin/master-key", "secrets.replace_master_key",
     in_whole_organization(Role::owner), "Replace the master key, by an order of `weft secrets`",
     handler<&replace_master_key>, Audit::change},
    {http::Method::post, "/admin/data-keys", "secrets.renew_data_keys",
     in_whole_organization(Role::owner), "Renew data keys, by an order of `weft secrets`",
     handler<&renew_data_keys>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> key_routes() { return routes; }

} // namespace weft::api
