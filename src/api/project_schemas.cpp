#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"Project",
     R"({"type":"object","required":["_id","projectName","description","orgId","coworkerRole",
        "status","createdAt","updatedAt"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"projectName":{"type":"string"},
        "description":{"type":"string"},"orgId":{"$ref":"#/components/schemas/Id"},
        "coworkerRole":{"type":"string"},"status":{"type":"string"},
        "createdAt":{"$ref":"#/components/schemas/Iso8601"},
        "updatedAt":{"$ref":"#/components/schemas/Iso8601"},
        "trashedAt":{"$ref":"#/components/schemas/Iso8601"},
        "my_role":{"enum":["viewer","operator","editor","owner"],
            "description":"What whoever asks may do in it; of GET alone"}}})"},
    {"ProjectInput", R"({"type":"object","properties":{
        "orgId":{"type":"string","description":"May be named; a project stays where it is."},
        "projectName":{"type":"string"},"description":{"type":"string"},
        "coworker_role":{"type":"string"},"status":{"type":"string"}}})"},
    {"ProjectList", R"({"type":"object","required":["projectList","totalCount"],"properties":{
        "projectList":{"type":"array","items":{"$ref":"#/components/schemas/Project"}},
        "totalCount":{"type":"integer"}}})"},
};

} // namespace

std::span<const Schema> project_schemas() { return schemas; }

} // namespace weft::api
