#include "server/program.h"

#include "agents/agent_executor.h"
#include "api/api.h"
#include "api/security_fields.h"
#include "auth/authenticator.h"
#include "base/log.h"
#include "connectors/catalogue.h"
#include "engine/engine.h"
#include "http/client.h"
#include "http/server.h"
#include "models/caller.h"
#include "server/entrance.h"
#include "server/housekeeper.h"
#include "server/inbox_clock.h"
#include "server/inbox_notifier.h"
#include "server/master_key_source.h"
#include "server/model_settings.h"
#include "server/outside.h"
#include "server/project_gates.h"
#include "server/project_models.h"
#include "store/audit.h"
#include "store/organizations.h"
#include "store/projects.h"

#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace weft::server {

namespace {

constexpr milliseconds background_ms_max{5'000}; ///< at a stop, before it is broken off

int thread_count(const Settings& settings) {
    if (settings.threads > 0) return settings.threads;
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Result<store::Options> store_options(const Settings& settings) {
    store::Options options{settings.data};
    options.point_connections = thread_count(settings) + 1; // one more for this thread
    options.master_key = TRY(read_master_key(master_key_source(settings)));
    options.url = settings.store;
    return options;
}

std::vector<asio::any_io_executor> executors_of(http::IoThreads& threads) {
    std::vector<asio::any_io_executor> executors;
    for (int i = 0; i < threads.count(); ++i) executors.emplace_back(threads.at(i).get_executor());
    return executors;
}

template <class Id> Id preset_id(const std::string& hex) { return Id::parse(hex).value_or(Id{}); }

store::BootstrapPresets presets_of(const Settings& settings) {
    return {settings.bootstrap_api_key,
            preset_id<OrganizationId>(settings.bootstrap_organization_id),
            preset_id<ProjectId>(settings.bootstrap_project_id)};
}

} // namespace

/// Members in the order in which they are built; they go in the opposite one.
struct Program::Parts {
    Parts(const Settings& settings, http::AllowedAddresses allowed, api::Origins origins,
          std::unique_ptr<store::Store> opened, std::unique_ptr<SystemClock> system_clock,
          std::unique_ptr<IdMinter> minter)
        : clock(std::move(system_clock)), ids(std::move(minter)), threads(thread_count(settings)),
          store(std::move(opened)), client(threads, std::move(allowed)),
          registry(models::make_registry(model_settings(settings), client, *clock)),
          project_models(*store, model_settings(settings), registry, client, *clock),
          project_gates(*store, *clock),
          caller(registry, *clock, models::wait_on_timer, project_rules()),
          catalogue(connectors::make_catalogue(
              *store, client, caller, *clock, {settings.allow_private_network},
              [this](Scope scope, std::vector<std::string> names) {
                  return project_gates.connectors(std::move(scope), std::move(names));
              })),
          executor(*store, caller, catalogue),
          engine(*store, executors_of(threads), executor, *clock, events,
                 {.counts_plan_credits = settings.credits == "on"}),
          authenticator(*store, *clock), provider(make_provider(settings, client, *clock)),
          pressure(*store, milliseconds(settings.write_lag_max_ms),
                   std::int64_t{settings.memory_max_mib} << 20),
          api({*store, engine, events, authenticator, catalogue, *clock, *ids, caller, background,
               passwords, login_throttle, mail_limits, public_face(settings), provider.get(),
               settings.open_sign_up, pressure, settings.sign_up_plan, settings.credits == "on"},
              {settings.key_in_query, std::move(origins)}),
          server(threads, [this](http::Request request) { return api.handle(std::move(request)); },
                 {},
                 {.body_rule_of = [this](const http::Request& head) { return api.body_rule(head); },
                  .fields = api::security_fields(),
                  .fields_over_tls = api::security_fields_over_tls()}),
          housekeeper(*store, *clock, threads.at(0).get_executor()),
          inbox_clock(*store, engine, events, *clock, threads.at(0).get_executor()),
          inbox_notifier(
              *store, client, *clock, threads.at(0).get_executor(), public_face(settings),
              settings.allow_private_network ? http::Reach::anywhere : http::Reach::public_only),
          mailer(make_mailer(settings, *store, *clock, threads.at(0).get_executor())),
          identity_watch(threads.at(0).get_executor()) {}

    std::unique_ptr<SystemClock> clock;
    std::unique_ptr<IdMinter> ids;
    http::IoThreads threads;
    std::unique_ptr<store::Store> store;
    http::Client client;
    models::Registry registry;
    ProjectModels project_models;
    ProjectGates project_gates;
    models::Caller caller;
    connectors::Catalogue catalogue;
    agents::AgentExecutor executor;
    engine::EventHub events;
    engine::Engine engine;
    auth::Authenticator authenticator;
    std::unique_ptr<auth::OidcProvider> provider; ///< null: people sign in with passwords alone
    auth::Passwords passwords;
    auth::LoginThrottle login_throttle;
    auth::MailLimits mail_limits;
    Gate background; ///< what requests leave behind
    api::Pressure pressure;
    api::Api api;
    http::Server server;
    Housekeeper housekeeper;
    InboxClock inbox_clock;
    InboxNotifier inbox_notifier;
    std::unique_ptr<Mailer> mailer; ///< null: no mail is sent
    IdentityWatch identity_watch;

    std::shared_ptr<http::TlsIdentity> identity; ///< none: in clear
    std::string address;
    std::optional<store::Bootstrapped> first_start;
    std::optional<store::api_keys::NewKey> own_key; ///< local_key's, revoked by stop()
    Scope own_scope;
    bool stopped = false;

    models::ProjectRules project_rules() {
        return {.models = [this](Scope scope) { return project_models.of(std::move(scope)); },
                .gates =
                    [this](Scope scope, std::vector<std::string> names) {
                        return project_gates.models(std::move(scope), std::move(names));
                    }};
    }

    /// Runs one write from outside the io threads.
    template <class F> auto write(F fn) {
        return asio::co_spawn(threads.at(0), store->write(std::move(fn)), asio::use_future).get();
    }
};

Program::Program(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Program::~Program() { stop(); }

Result<std::unique_ptr<Program>> Program::start(const Settings& settings) {
    set_log_level(log_level_from(settings.log_level == "warn" ? "warning" : settings.log_level)
                      .value_or(LogLevel::info));
    TRY(check_outside(settings));
    auto allowed = TRY(http::AllowedAddresses::parse(settings.allow_address));
    auto origins = TRY(api::Origins::parse(settings.cors_origins));
    auto entrance = TRY(entrance_of(settings));
    auto clock = std::make_unique<SystemClock>();
    auto ids = std::make_unique<IdMinter>(*clock);
    auto opened = TRY(store::Store::open(TRY(store_options(settings)), *clock, *ids));
    std::unique_ptr<Program> program(
        new Program(std::make_unique<Parts>(settings, std::move(allowed), std::move(origins),
                                            std::move(opened), std::move(clock), std::move(ids))));
    Parts& parts = *program->parts_;
    parts.threads.run();
    const auto kinds = connectors::kinds(parts.catalogue);
    parts.first_start = TRY(parts.write([&](store::Tx& tx) {
        return store::bootstrap(tx, parts.store->vault(), presets_of(settings), kinds);
    }));
    TRY(parts.engine.start());
    parts.housekeeper.start();
    parts.inbox_clock.start();
    parts.inbox_notifier.start();
    if (parts.mailer) parts.mailer->start();
    parts.identity = entrance.tls;
    if (parts.identity) parts.identity_watch.start(parts.identity);
    parts.address = TRY(parts.server.listen(settings.listen, std::move(entrance)));
    TRY(parts.store->announce(program->url()));
    return program;
}

const std::string& Program::address() const { return parts_->address; }

std::string Program::url() const {
    return (parts_->identity ? "https://" : "http://") + parts_->address;
}

void Program::renew_certificate() {
    if (parts_->identity) renew(*parts_->identity);
}

const std::optional<store::Bootstrapped>& Program::first_start() const {
    return parts_->first_start;
}

Result<std::string> Program::local_key() {
    if (parts_->first_start) return parts_->first_start->key.secret;
    const Organization organization = TRY(
        parts_->store->read_here([](store::Rx& rx) { return store::organizations::first(rx); }));
    parts_->own_scope = {
        organization.id, {}, {Principal::Kind::system, "", "weft run", Role::owner}};
    parts_->own_key = TRY(parts_->write([this](store::Tx& tx) -> Result<store::api_keys::NewKey> {
        auto& vault = parts_->store->vault();
        auto made =
            TRY(store::api_keys::create(tx, vault, parts_->own_scope, {"weft run", Role::owner}));
        TRY(store::audit::append(tx, vault, parts_->own_scope,
                                 {.what = "api_keys.create", .object = made.key.id.hex()}));
        return made;
    }));
    return parts_->own_key->secret;
}

void Program::stop() {
    if (std::exchange(parts_->stopped, true)) return;
    Parts& parts = *parts_;
    parts.server.stop();
    parts.housekeeper.stop();
    parts.inbox_clock.stop();
    parts.inbox_notifier.stop();
    if (parts.mailer) parts.mailer->stop();
    parts.identity_watch.stop();
    parts.background.wait_for(background_ms_max);
    parts.background.close();
    parts.engine.stop();
    parts.client.stop();
    if (parts.own_key)
        if (const auto revoked = parts.write([&parts](store::Tx& tx) -> Result<> {
                const ApiKeyId& id = parts.own_key->key.id;
                TRY(store::api_keys::revoke(tx, parts.own_scope, id));
                return store::audit::append(tx, parts.store->vault(), parts.own_scope,
                                            {.what = "api_keys.revoke", .object = id.hex()});
            });
            !revoked)
            log_warning("the key of this run was not revoked", {{"why", revoked.error().message}});
    parts.store->drain();
    parts.threads.stop();
}

} // namespace weft::server
