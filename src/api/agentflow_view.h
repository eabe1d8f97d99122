#pragma once

#include "domain/agentflow.h"
#include "domain/scope.h"

#include <boost/json/object.hpp>

namespace weft::api {

/// A flow as the contract shows it: agents with their skills expanded, and whose it is.
json::object agentflow_view(const Agentflow& flow, const Scope& scope);

/// A skill of the scope's project.
json::object skill_view(const Skill& skill, const Scope& scope);

} // namespace weft::api
