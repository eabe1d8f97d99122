#pragma once

#include "domain/project_settings.h"

/// How single sections of a project's settings are read: for project_settings.cpp and
/// settings_patch.cpp. null: as nobody has set it. What is wrong goes into `faults`.
namespace weft::sections {

/// Of what they are the budgets.
enum class BudgetPlace { project, organization };
std::vector<BudgetSetting> read_budgets(const json::value& section, BudgetPlace place,
                                        Faults& faults);
Retention read_retention(const json::value& section, Faults& faults);
/// `has_secret` as it is said; who reads a person's words sets it anew.
Notifications read_notifications(const json::value& section, Faults& faults);

bool is_http_url(std::string_view url);

} // namespace weft::sections
