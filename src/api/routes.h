#pragma once

#include "api/route.h"

namespace weft::api {

// One route table per resource; each is the first thing in its file.
std::span<const Route> project_routes();
std::span<const Route> agentflow_routes();
std::span<const Route> flow_version_routes();
std::span<const Route> template_routes();
std::span<const Route> execution_routes();
std::span<const Route> monitor_routes();
std::span<const Route> column_routes();
std::span<const Route> record_change_routes();
std::span<const Route> table_data_routes();
std::span<const Route> event_routes();
std::span<const Route> task_event_routes();
std::span<const Route> project_event_routes();
std::span<const Route> inbox_item_routes();
std::span<const Route> inbox_budget_routes();
std::span<const Route> inbox_link_routes();
std::span<const Route> budget_routes();
std::span<const Route> task_routes();
std::span<const Route> table_routes();
std::span<const Route> record_routes();
std::span<const Route> file_routes();
std::span<const Route> skill_routes();
std::span<const Route> connector_routes();
std::span<const Route> action_routes();
std::span<const Route> package_routes();
std::span<const Route> project_export_routes();
std::span<const Route> project_import_routes();
std::span<const Route> llm_routes();
std::span<const Route> api_key_routes();
std::span<const Route> audit_routes();
std::span<const Route> key_routes();
std::span<const Route> identity_routes();
std::span<const Route> forgotten_routes();
std::span<const Route> oidc_routes();
std::span<const Route> account_page_routes();
std::span<const Route> people_routes();
std::span<const Route> member_routes();
std::span<const Route> settings_routes();
std::span<const Route> quota_routes();
std::span<const Route> customer_routes();
std::span<const Route> credit_history_routes();
std::span<const Route> plan_routes();
std::span<const Route> docs_routes();
std::span<const Route> app_routes();
std::span<const Route> metrics_routes();
std::span<const Route> system_routes();
std::span<const Route> not_yet_routes();

} // namespace weft::api
