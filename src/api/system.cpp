#include "api/inbox_answers.h"
#include "api/openapi.h"
#include "api/router.h"
#include "api/routes.h"

namespace weft::api {

namespace {

struct Nothing {
    static constexpr auto params() { return std::tuple{}; }
};

Task<Result<Answer<"Health">>> health(Request&, Nothing) {
    co_return Answer<"Health">{{{"status", "ok"}, {"version", WEFT_VERSION}}};
}

Task<Result<Answer<"Document">>> openapi(Request&, Nothing) {
    static const std::string document = to_text(openapi_document(route_tables()));
    co_return Answer<"Document">{.value = nullptr, .text = document};
}

constexpr Route routes[] = {
    {http::Method::get, "/health", "system.health", everybody(), "Says that the server answers",
     handler<&health>},
    {http::Method::get, "/openapi.json", "system.openapi", everybody(),
     "This API as an OpenAPI 3.1 document", handler<&openapi>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> system_routes() { return routes; }

std::span<const std::span<const Route>> route_tables() {
    static const std::vector<std::span<const Route>> all{
        project_routes(),
        agentflow_routes(),
        flow_version_routes(),
        template_routes(),
        execution_routes(),
        event_routes(),
        task_event_routes(),
        project_event_routes(),
        task_routes(),
        table_routes(),
        record_routes(),
        file_routes(),
        skill_routes(),
        connector_routes(),
        action_routes(),
        package_routes(),
        project_export_routes(),
        project_import_routes(),
        llm_routes(),
        api_key_routes(),
        key_routes(),
        system_routes(),
        monitor_routes(),
        record_change_routes(),
        column_routes(),
        table_data_routes(),
        docs_routes(),
        app_routes(),
        inbox_item_routes(),
        inbox_budget_routes(),
        inbox_link_routes(),
        metrics_routes(),
        audit_routes(),
        identity_routes(),
        forgotten_routes(),
        oidc_routes(),
        account_page_routes(),
        people_routes(),
        member_routes(),
        inbox_preview_routes(),
        inbox_form_routes(),
        settings_routes(),
        budget_routes(),
        quota_routes(),
        customer_routes(),
        credit_history_routes(),
        plan_routes(),
        not_yet_routes(),
    };
    return all;
}

} // namespace weft::api
