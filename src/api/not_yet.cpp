#include "api/routes.h"

namespace weft::api {

namespace {

/// Answers 501 for a documented operation that this version does not have.
Task<Result<http::Response>> not_yet(Request&, Access, const RawInput&) {
    co_return fail(Code::not_implemented,
                   "This operation of the API is not built yet. GET /openapi.json shows what is.");
}

DecodeErrors read_nothing(const RawInput&) { return {}; }

constexpr Route later(http::Method method, const char* path, const char* operation_id) {
    constexpr Operation operation{&not_yet, &read_nothing, {}, "NotYet"};
    return {method,
            path,
            operation_id,
            in_organization(Role::viewer),
            "Not built yet: answers 501",
            operation,
            method == http::Method::get ? Audit::unsaid : Audit::read,
            Media::bytes};
}

constexpr auto get = http::Method::get;
constexpr auto post = http::Method::post;
constexpr auto put = http::Method::put;
constexpr auto patch = http::Method::patch;
constexpr auto del = http::Method::delete_;

constexpr Route routes[] = {
    later(post, "/execute_flow/{E}/replay", "executions.replay"),
    later(get, "/execute_flow/{E}/diff/{E2}", "executions.diff"),
    later(get, "/connectors/trigger_actions", "connectors.trigger_actions"),
    later(get, "/connectors/{P}/trigger_actions", "connectors.trigger_actions_of"),
    later(get, "/connectors/{P}/retrieve/linkedin_params", "connectors.linkedin_params"),
    later(get, "/triggers/connector/{C}", "triggers.get"),
    later(put, "/triggers/connector/{C}/{category}", "triggers.replace"),
    later(post, "/trigger/{P}/coworker", "triggers.fire_coworker"),
    later(post, "/trigger/{P}/{C}/{trigger}", "triggers.fire"),
    later(get, "/file/{P}/{F}/connector", "files.of_connector"),
    later(get, "/files/{P}/connector/{C}", "files.list_of_connector"),
    later(get, "/files/{P}/size", "files.size"),
    later(get, "/knowledge/{P}/search", "knowledge.search"),
    later(get, "/schedules/coworker", "schedules.list"),
    later(post, "/schedule/coworker", "schedules.create"),
    later(get, "/schedule/coworker/{id}", "schedules.get"),
    later(patch, "/schedule/coworker/{id}", "schedules.change"),
    later(del, "/schedule/coworker/{id}", "schedules.delete"),
    later(get, "/dashboard/{P}", "dashboard.get"),
    later(post, "/dashboard/refresh/{P}", "dashboard.refresh"),
    later(post, "/dashboard/component/{P}", "dashboard.add"),
    later(patch, "/dashboard/component/{P}/{component}", "dashboard.change"),
    later(del, "/dashboard/component/{P}/{component}", "dashboard.remove"),
    later(get, "/analytics", "analytics.get"),
    later(get, "/public/marketplace/coworkers", "marketplace.list"),
    later(get, "/public/marketplace/coworker/{id}", "marketplace.get"),
    later(post, "/marketplace/coworker/{id}/purchase", "marketplace.hire"),
    later(get, "/marketplace/coworker/update/{id}/check", "marketplace.check_update"),
    later(post, "/webhook/{token}", "webhooks.receive"),
    later(post, "/mcp", "mcp.call"),
    later(post, "/v1/chat/completions", "chat.complete"),
    later(get, "/v1/models", "chat.models"),
};

} // namespace

std::span<const Route> not_yet_routes() { return routes; }

} // namespace weft::api
