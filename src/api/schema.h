#pragma once

#include "json/json.h"

#include <span>

namespace weft::api {

/// The JSON schema of an answer or input, by the name that Answer<"…"> and "$ref" give.
struct Schema {
    const char* name;
    const char* text; ///< JSON
};

// The schemas of each group of resources.
std::span<const Schema> common_schemas();
std::span<const Schema> project_schemas();
std::span<const Schema> flow_schemas();
std::span<const Schema> execution_schemas();
std::span<const Schema> skill_schemas();
std::span<const Schema> connector_schemas();
std::span<const Schema> data_schemas();
std::span<const Schema> llm_schemas();
std::span<const Schema> api_key_schemas();
std::span<const Schema> audit_schemas();
std::span<const Schema> people_schemas();
std::span<const Schema> inbox_schemas();
std::span<const Schema> settings_schemas();
std::span<const Schema> customer_schemas();

} // namespace weft::api
