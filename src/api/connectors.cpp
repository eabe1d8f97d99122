#include "store/connectors.h"
#include "connectors/accounts.h"
#include "connectors/catalogue.h"
#include "domain/members.h"

#include "api/connector_view.h"
#include "api/quotas.h"
#include "api/routes.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

using connectors::Connector;
using connectors::Setup;
using ConnectorAnswer = Answer<"Connector">;

struct Configure {
    std::string category;
    ProjectId project;
    std::string name;
    std::string description;
    std::string logo;
    std::optional<json::object> config;
    std::optional<bool> enabled;
    static constexpr auto params() {
        using In = Configure;
        return std::tuple{
            path("category", &In::category, "Such as restful"),
            query_or_body("projectID", &In::project, "The project"),
            body("name", &In::name, "Which of the category; the category's own name if left out"),
            body("description", &In::description, "What it is for"),
            body("logo", &In::logo, "A URL"),
            body("config", &In::config,
                 "Its settings as its form says; left out: they stay as they are. Secrets are "
                 "write-only"),
            body("enabled", &In::enabled, "false: inactive"),
        };
    }
};

struct Configuration {
    std::string category;
    Id<struct AnyTag> id;
    static constexpr auto params() {
        using In = Configuration;
        return std::tuple{path("category", &In::category, "Such as restful"),
                          path("id", &In::id, "A connector, or a project: its first")};
    }
};

struct ListConnectors {
    ProjectId project;
    static constexpr auto params() {
        return std::tuple{query("projectID", &ListConnectors::project, "The project")};
    }
};

struct ListConnectorsOf {
    ProjectId project;
    static constexpr auto params() {
        return std::tuple{path("P", &ListConnectorsOf::project, "The project")};
    }
};

struct OneConnector {
    ConnectorId id;
    static constexpr auto params() {
        return std::tuple{path("C", &OneConnector::id, "The connector")};
    }
};

struct ChangeStatus {
    ProjectId project;
    ConnectorId id;
    std::string status;
    static constexpr auto params() {
        using In = ChangeStatus;
        return std::tuple{
            query_or_body("projectID", &In::project, "The project"),
            body("connectorID", &In::id, "The connector").required(),
            body("new_status", &In::status, "active (or ready), or inactive").required(),
        };
    }
};

struct Catalogue {
    std::string search;
    static constexpr auto params() {
        return std::tuple{query("search_key", &Catalogue::search, "Only those that mention it")};
    }
};

/// nullptr: no such category.
Result<const Connector*> kind_of(const Request& rq, const std::string& category) {
    if (const Connector* kind = rq.services.catalogue.find(category)) return kind;
    return fail(Code::not_found,
                "There is no connector of this category: GET /public/connectors/all lists them.");
}

ConnectorKind kind_for_store(const Connector& kind) {
    return {.category = std::string(kind.category()),
            .display_name = std::string(kind.display_name()),
            .description = std::string(kind.description()),
            .actions = kind.actions()};
}

Result<json::value> shown(store::Rx& rx, const Scope& scope, const ConnectorAccount& account) {
    return connector_view(account, TRY(store::connectors::secret_names(rx, scope, account.id)),
                          scope);
}

/// The account as it stands, or a new one.
Result<ConnectorAccount> account_for(store::Tx& tx, const Scope& scope, const Connector& kind,
                                     const std::string& name) {
    auto found = store::connectors::find_by_category(tx, scope, std::string(kind.category()), name);
    if (found || found.error().code != Code::not_found) return found;
    return ConnectorAccount{.category = std::string(kind.category()), .name = name};
}

Result<Setup> setup_of(store::Tx& tx, const Scope& scope, const Connector& kind,
                       const ConnectorAccount& account, const std::optional<json::object>& config) {
    Setup before{.config = account.config};
    if (account.id)
        for (std::string& name : TRY(store::connectors::secret_names(tx, scope, account.id)))
            before.kept.insert(std::move(name));
    if (config || !account.id) return kind.set_up(config.value_or(json::object{}), before);
    before.lacking = account.status == "pending" ? account.reason : "";
    return before;
}

Result<> store_secrets(store::Tx& tx, const Request& rq, const ConnectorId& id,
                       const Setup& setup) {
    for (const std::string& name : TRY(store::connectors::secret_names(tx, rq.scope, id)))
        if (!setup.kept.contains(name))
            TRY(store::connectors::remove_secret(tx, rq.scope, id, name));
    for (const auto& [name, value] : setup.secrets)
        TRY(store::connectors::put_secret(tx, rq.store.vault(), rq.scope, id, name, value));
    return {};
}

/// Which secrets were set; their names are no secret.
void tell_audit(Request& rq, const Setup& setup) {
    json::array names;
    for (const auto& [name, value] : setup.secrets) names.emplace_back(name);
    if (!names.empty()) rq.audited.details["secrets"] = std::move(names);
}

Result<> describe(ConnectorAccount& account, const Configure& in) {
    if (in.description.size() > limits::text_bytes_max)
        return fail_field("description",
                          fmt::format("is longer than {} bytes", limits::text_bytes_max));
    if (in.logo.size() > limits::url_bytes_max)
        return fail_field("logo", fmt::format("is longer than {} bytes", limits::url_bytes_max));
    if (!in.description.empty()) account.description = in.description;
    if (!in.logo.empty()) account.logo = in.logo;
    return {};
}

void set_status(ConnectorAccount& account, const Setup& setup, std::optional<bool> enabled) {
    const bool off = enabled ? !*enabled : account.status == "inactive";
    account.status = !setup.lacking.empty() ? "pending" : off ? "inactive" : "active";
    account.reason = setup.lacking;
}

Task<Result<ConnectorAnswer>> configure(Request& rq, Configure in) {
    const Connector* kind = CO_TRY(ready(kind_of(rq, in.category)));
    const std::string name = CO_TRY(ready(
        checked_name(in.name.empty() ? kind->display_name() : std::string_view(in.name), "name")));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<ConnectorAnswer> {
        ConnectorAccount account = TRY(account_for(tx, rq.scope, *kind, name));
        const Setup setup = TRY(setup_of(tx, rq.scope, *kind, account, in.config));
        TRY(describe(account, in));
        account.config = setup.config;
        set_status(account, setup, in.enabled);
        const bool is_new = !account.id;
        account = TRY(account.id ? store::connectors::update(tx, rq.scope, std::move(account))
                                 : store::connectors::create(tx, rq.scope, kind_for_store(*kind),
                                                             std::move(account)));
        if (is_new) TRY(check_quotas(rq, tx, {Quota::connectors}));
        TRY(store_secrets(tx, rq, account.id, setup));
        tell_audit(rq, setup);
        return ConnectorAnswer { TRY(shown(tx, rq.scope, account)) };
    });
}

Task<Result<Answer<"Configuration">>> configuration(Request& rq, Configuration in) {
    const Connector* kind = CO_TRY(ready(kind_of(rq, in.category)));
    auto form = form_json(*kind);
    co_return CO_TRY(rq.store.read([&](store::Rx & rx) -> Result<Answer<"Configuration">> {
        const bool whole = in.id.bytes == rq.scope.project.bytes;
        auto account = whole ? store::connectors::find_by_category(rx, rq.scope, in.category)
                             : store::connectors::find(rx, rq.scope, ConnectorId{in.id.bytes});
        if (whole && !account && account.error().code == Code::not_found)
            return Answer<"Configuration">{{{"category", in.category},
                                            {"configured", false},
                                            {"connectorID", nullptr},
                                            {"status", "pending"},
                                            {"reason", ""},
                                            {"config", json::object{}},
                                            {"form", std::move(form)}}};
        const ConnectorAccount found = TRY(std::move(account));
        if (found.category != in.category)
            return fail(Code::not_found, "There is no such connector of this category.");
        const auto secrets = TRY(store::connectors::secret_names(rx, rq.scope, found.id));
        return Answer<"Configuration">{{{"category", found.category},
                                        {"configured", found.status != "pending"},
                                        {"connectorID", found.id.hex()},
                                        {"status", found.status},
                                        {"reason", found.reason},
                                        {"config", connectors::masked(found.config, secrets)},
                                        {"form", std::move(form)}}};
    }));
}

Task<Result<Answer<"ConnectorGroups">>> list_all(Request& rq) {
    const auto accounts = CO_TRY(
        rq.store.read([&rq](store::Rx& rx) { return store::connectors::list(rx, rq.scope); }));
    co_return Answer<"ConnectorGroups">{connector_groups(accounts)};
}

Task<Result<Answer<"ConnectorGroups">>> list(Request& rq, ListConnectors) { return list_all(rq); }

Task<Result<Answer<"ConnectorGroups">>> list_of(Request& rq, ListConnectorsOf) {
    return list_all(rq);
}

Task<Result<ConnectorAnswer>> get_one(Request& rq, OneConnector in) {
    co_return CO_TRY(rq.store.read([&](store::Rx& rx) -> Result<ConnectorAnswer> {
        const ConnectorAccount account = TRY(store::connectors::find(rx, rq.scope, in.id));
        return ConnectorAnswer { TRY(shown(rx, rq.scope, account)) };
    }));
}

Task<Result<Answer<"DeletedConnector">>> remove(Request& rq, OneConnector in) {
    co_return co_await rq.commit([&](store::Tx & tx) -> Result<Answer<"DeletedConnector">> {
        TRY(store::connectors::remove(tx, rq.scope, in.id));
        return Answer<"DeletedConnector">{{{"_id", in.id.hex()}, {"is_deleted", true}}};
    });
}

Task<Result<ConnectorAnswer>> change_status(Request& rq, ChangeStatus in) {
    const std::string status = in.status == "ready" ? "active" : in.status;
    if (status != "active" && status != "inactive")
        co_return fail_field("new_status", "Must be active or inactive.");
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<ConnectorAnswer> {
        ConnectorAccount account = TRY(store::connectors::find(tx, rq.scope, in.id));
        if (account.status == "pending")
            return fail(Code::conflict, fmt::format("The connector {} is not set up yet: {}.",
                                                    account.name, account.reason));
        account.status = status;
        account.reason.clear();
        account = TRY(store::connectors::update(tx, rq.scope, std::move(account)));
        return ConnectorAnswer { TRY(shown(tx, rq.scope, account)) };
    });
}

Task<Result<Answer<"ConnectorCatalogue">>> catalogue(Request& rq, Catalogue in) {
    json::array kinds;
    for (const auto& kind : rq.services.catalogue.connectors) {
        json::value view = kind_view(*kind);
        if (lower_ascii(to_text(view)).find(lower_ascii(in.search)) != std::string::npos)
            kinds.push_back(std::move(view));
    }
    co_return Answer<"ConnectorCatalogue">{{{"connectors", std::move(kinds)}}};
}

constexpr Route routes[] = {
    {http::Method::post, "/actions/{category}/config", "connectors.configure", needs(Role::editor),
     "Set up a connector; again with the same name changes it", handler<&configure>, Audit::change},
    {http::Method::get, "/actions/{category}/config/{id}", "connectors.configuration",
     needs(Role::viewer), "The settings of a connector and the form for them",
     handler<&configuration>},
    {http::Method::get, "/connectors", "connectors.list", needs(Role::viewer),
     "The project's connectors by category", handler<&list>},
    {http::Method::get, "/connectors/{P}", "connectors.list_of", needs(Role::viewer),
     "The project's connectors by category", handler<&list_of>},
    {http::Method::get, "/connector/{C}", "connectors.get", needs(Role::viewer), "A connector",
     handler<&get_one>},
    {http::Method::get, "/v1/connector/{C}", "connectors.get_v1", needs(Role::viewer),
     "A connector", handler<&get_one>},
    {http::Method::delete_, "/connector/{C}", "connectors.delete", needs(Role::editor),
     "Remove a connector with its skills and secrets", handler<&remove>, Audit::change},
    {http::Method::delete_, "/v1/connector/{C}", "connectors.delete_v1", needs(Role::editor),
     "Remove a connector with its skills and secrets", handler<&remove>, Audit::change},
    {http::Method::post, "/connectors/change_status", "connectors.change_status",
     needs(Role::editor), "Switch a connector on or off", handler<&change_status>, Audit::change},
    {http::Method::get, "/public/connectors/all", "catalogue.connectors",
     in_organization(Role::viewer), "What this server can connect to", handler<&catalogue>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> connector_routes() { return routes; }

} // namespace weft::api
