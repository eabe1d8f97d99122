#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"Field",
     R"({"type":"object","required":["field_id","label","type","required","description"],
            "properties":{
        "field_id":{"type":"string"},"label":{"type":"string"},"type":{"type":"string"},
        "required":{"type":"boolean"},"description":{"type":"string"},"pattern":{"type":"string"},
        "examples":{"type":"array","items":{}},
        "items":{"type":"array","items":{"$ref":"#/components/schemas/Field"}},
            "split":{"type":"string"}}})"},
    {"FieldSchema", R"({"type":"object","required":["fields"],"properties":{
        "fields":{"type":"array","items":{"$ref":"#/components/schemas/Field"}}}})"},
    {"Action",
     R"({"type":"object","required":["_id","name","endpoint","sort","category","previous_action_id",
        "next_action_id","is_terminal","input_schema","output_schema"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
        "endpoint":{"type":"string","description":"/{category}/{sort}"},"sort":{"type":"string"},
        "category":{"type":"string"},"previous_action_id":{"$ref":"#/components/schemas/IdOrNull"},
        "next_action_id":{"$ref":"#/components/schemas/IdOrNull"},"is_terminal":{"type":"boolean"},
        "input_schema":{"$ref":"#/components/schemas/FieldSchema"},
        "output_schema":{"$ref":"#/components/schemas/FieldSchema"},
        "effect":{"enum":["pure","keyed","checkable","once","awaited"]},
        "retry":{"$ref":"#/components/schemas/Retry"},
        "call_timeout_s":{"$ref":"#/components/schemas/TimeoutSeconds"},
        "preset":{"$ref":"#/components/schemas/Free"}}})"},
    {"Skill", R"({"type":"object","required":["_id","name","projectID","actions"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
            "description":{"type":"string"},
        "projectID":{"$ref":"#/components/schemas/Id"},
            "connector_id":{"$ref":"#/components/schemas/IdOrNull"},
        "logo":{"type":"string"},"connector_name":{"type":"string"},"is_deleted":{"type":"boolean"},
        "user_id":{"type":["string","null"]},
        "actions":{"type":"array","items":{"$ref":"#/components/schemas/Action"}}}})"},
    {"SkillInput",
     R"({"type":"object","required":["name"],"properties":{
        "name":{"type":"string"},"description":{"type":"string"},"logo":{"type":"string"},
        "connector_id":{"type":["string","null"]},
        "connector_name":{"type":["string","null"],"description":
            "Instead of connector_id: the connector's name, or a category"},
        "projectID":{"type":"string"},"user_id":{"type":["string","null"]},
        "actions":{"type":"array","description":"Of the connector; left out: all of them",
            "items":{"$ref":"#/components/schemas/Free"}}}})"},
    {"SkillList", R"({"type":"array","items":{"$ref":"#/components/schemas/Skill"}})"},
};

} // namespace

std::span<const Schema> skill_schemas() { return schemas; }

} // namespace weft::api
