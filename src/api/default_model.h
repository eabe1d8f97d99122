#pragma once

#include "api/request.h"

namespace weft::api {

/// Gives an agent that names no model the project's default one, where one is set: what is saved
/// says which model runs.
Task<Result<>> name_model(Request& rq, json::object& agent);
/// The same for each of a flow's `agents`.
Task<Result<>> name_models(Request& rq, json::object& flow);

} // namespace weft::api
