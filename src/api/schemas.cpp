#include "api/openapi.h"
#include "api/schema.h"

#include <boost/json/parse.hpp>

namespace weft::api {

namespace {

json::object parse_all() {
    json::object all;
    for (const auto& group :
         {common_schemas(), project_schemas(), flow_schemas(), execution_schemas(), skill_schemas(),
          connector_schemas(), data_schemas(), llm_schemas(), api_key_schemas(), audit_schemas(),
          people_schemas(), inbox_schemas(), settings_schemas(), customer_schemas()})
        for (const Schema& schema : group) all[schema.name] = json::parse(schema.text);
    return all;
}

} // namespace

const json::object& answer_schemas() {
    static const json::object all = parse_all();
    return all;
}

} // namespace weft::api
