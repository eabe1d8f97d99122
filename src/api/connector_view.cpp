#include "api/connector_view.h"

#include "connectors/accounts.h"

namespace weft::api {

json::value connector_view(const ConnectorAccount& account, const std::vector<std::string>& secrets,
                           const Scope& scope) {
    return {{"_id", account.id.hex()},
            {"connectorID", account.id.hex()},
            {"category", account.category},
            {"name", account.name},
            {"description", account.description},
            {"logo", account.logo},
            {"status", account.status},
            {"reason", account.reason},
            {"enabled", account.status != "inactive"},
            {"config", connectors::masked(account.config, secrets)},
            {"projectID", scope.project.hex()},
            {"created_at", account.created_at.epoch_seconds()},
            {"updated_at", account.updated_at.epoch_seconds()}};
}

json::array connector_groups(const std::vector<ConnectorAccount>& accounts) {
    std::vector<std::string> categories;
    for (const ConnectorAccount& each : accounts)
        if (std::ranges::find(categories, each.category) == categories.end())
            categories.push_back(each.category);
    json::array groups;
    for (const std::string& category : categories) {
        json::array details;
        for (const ConnectorAccount& each : accounts)
            if (each.category == category)
                details.push_back({{"connectorID", each.id.hex()},
                                   {"sourceName", each.name},
                                   {"status", each.status == "active" ? "ready" : each.status}});
        groups.push_back({{"category", category},
                          {"accounts", details.size()},
                          {"accountDetails", std::move(details)}});
    }
    return groups;
}

json::value kind_view(const connectors::Connector& kind) {
    json::array actions;
    for (const Action& action : kind.actions())
        actions.push_back({{"name", action.name},
                           {"sort", action.sort},
                           {"endpoint", action.endpoint()},
                           {"input_schema", json::object{{"fields", to_json(action.input)}}},
                           {"output_schema", json::object{{"fields", to_json(action.output)}}}});
    json::array auth;
    for (const std::string& each : kind.auth()) auth.push_back(json::value(each));
    return {{"category", kind.category()},       {"name", kind.display_name()},
            {"description", kind.description()}, {"logo", ""},
            {"auth", std::move(auth)},           {"actions", std::move(actions)},
            {"triggers", json::array{}}};
}

json::array form_json(const connectors::Connector& kind) {
    json::array form;
    for (const connectors::FormField& each : kind.form()) {
        json::value field = to_json(Fields{each.field}).at(0);
        field.as_object()["is_secret"] = each.is_secret;
        form.push_back(std::move(field));
    }
    return form;
}

} // namespace weft::api
