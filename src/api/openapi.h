#pragma once

#include "api/route.h"

namespace weft::api {

/// The OpenAPI 3.1 document of these route tables: derived from them alone, with the answers'
/// schemas of schemas.cpp.
json::object openapi_document(std::span<const std::span<const Route>> tables);

/// Answer schemas by the name that Answer<"…"> gives.
const json::object& answer_schemas();

} // namespace weft::api
