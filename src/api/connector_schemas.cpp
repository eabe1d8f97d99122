#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"Connector",
     R"({"type":"object","required":["_id","connectorID","category","name","status","config",
            "projectID"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"connectorID":{"$ref":"#/components/schemas/Id"},
        "category":{"type":"string"},"name":{"type":"string"},"description":{"type":"string"},
        "logo":{"type":"string"},
        "status":{"enum":["pending","active","inactive","failed"]},
        "reason":{"type":"string","description":"Why it failed, or what it still needs"},
        "enabled":{"type":"boolean"},
        "config":{"$ref":"#/components/schemas/MaskedConfig"},
        "projectID":{"$ref":"#/components/schemas/Id"},
        "created_at":{"$ref":"#/components/schemas/Seconds"},
        "updated_at":{"$ref":"#/components/schemas/Seconds"}}})"},
    {"MaskedConfig",
     R"({"type":"object","additionalProperties":true,
        "description":"The settings; each stored secret is shown as ********"})"},
    {"DeletedConnector",
     R"({"type":"object","required":["_id","is_deleted"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"is_deleted":{"type":"boolean"}}})"},
    {"FormField",
     R"({"type":"object","required":["field_id","label","type","required","description",
            "is_secret"],"properties":{
        "field_id":{"type":"string","description":"With dots for members of members"},
        "label":{"type":"string"},"type":{"type":"string"},"required":{"type":"boolean"},
        "description":{"type":"string"},"pattern":{"type":"string"},
        "examples":{"type":"array","items":{}},"is_secret":{"type":"boolean"}}})"},
    {"Configuration",
     R"({"type":"object","required":["configured","config","form"],"properties":{
        "category":{"type":"string"},"configured":{"type":"boolean"},
        "connectorID":{"$ref":"#/components/schemas/IdOrNull"},
        "status":{"enum":["pending","active","inactive","failed"]},"reason":{"type":"string"},
        "config":{"$ref":"#/components/schemas/MaskedConfig"},
        "form":{"type":"array","items":{"$ref":"#/components/schemas/FormField"}}}})"},
    {"CustomActionInput",
     R"({"type":"object","required":["name","url"],"properties":{
        "name":{"type":"string"},"description":{"type":"string"},
        "sort":{"type":"string","description":"Its word in /actions/restful/{sort}"},
        "connector_id":{"type":["string","null"],
            "description":"Of category restful; left out: the project's first"},
        "method":{"type":"string","description":"GET when left out"},
        "url":{"type":"string","description":
            "A template that begins with / and follows the connector's base_url"},
        "query":{"$ref":"#/components/schemas/Templates"},
        "headers":{"$ref":"#/components/schemas/Templates"},
        "body":{"description":"A template: JSON, or text"},
        "input_schema":{"$ref":"#/components/schemas/FieldSchemaInput"},
        "output_schema":{"$ref":"#/components/schemas/FieldSchemaInput"},
        "effect":{"type":["string","null"],
            "description":"pure, keyed, checkable or once; left out: by method"},
        "idempotency_header":{"type":["string","null"],
            "description":"Takes a key that is the same for every repetition"},
        "check_url":{"type":["string","null"],"description":
            "What a repetition asks first, by GET: 2xx it happened, 404 or 410 it did not"},
        "type":{"type":["string","null"],
            "description":"http; code is not built yet"},
        "projectID":{"type":"string"}}})"},
    {"FieldSchemaInput",
     R"({"type":["object","array","null"],"description":"{fields: [Field]}, or the array alone",
        "items":{},"additionalProperties":true})"},
    {"Templates",
     R"({"type":"object","additionalProperties":true,
        "description":"Name and template of each; {{secrets.name}} may stand in them"})"},
    {"CustomAction",
     R"({"type":"object","required":["_id","name","endpoint","sort","category","connector_id",
            "method","url"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
        "description":{"type":"string"},"endpoint":{"type":"string"},"sort":{"type":"string"},
        "category":{"type":"string"},"connector_id":{"$ref":"#/components/schemas/Id"},
        "method":{"type":"string"},"url":{"type":"string"},
        "query":{"$ref":"#/components/schemas/Templates"},
        "headers":{"$ref":"#/components/schemas/Templates"},
        "body":{"description":"null: none"},
        "input_schema":{"$ref":"#/components/schemas/FieldSchema"},
        "output_schema":{"$ref":"#/components/schemas/FieldSchema"},
        "effect":{"enum":["pure","keyed","checkable","once"]},
        "idempotency_header":{"type":"string"},"check_url":{"type":"string"},
        "skill_id":{"$ref":"#/components/schemas/Id"},
        "projectID":{"$ref":"#/components/schemas/Id"},
        "created_at":{"$ref":"#/components/schemas/Seconds"}}})"},
    {"ActionOutput",
     R"({"type":"object","additionalProperties":true,
        "description":"As the action's output_schema says"})"},
    {"ConnectorGroups",
     R"({"type":"array","items":{"type":"object",
        "required":["category","accounts","accountDetails"],"properties":{
        "category":{"type":"string"},
        "accounts":{"type":"integer","description":"How many there are"},
        "accountDetails":{"type":"array","items":{"type":"object",
            "required":["connectorID","sourceName","status"],"properties":{
            "connectorID":{"$ref":"#/components/schemas/Id"},"sourceName":{"type":"string"},
            "status":{"enum":["ready","pending","inactive","failed"]}}}}}}})"},
    {"ConnectorCatalogue",
     R"({"type":"object","required":["connectors"],"properties":{"connectors":{"type":"array",
        "items":{"type":"object","required":["category","name","description","logo","auth",
            "actions","triggers"],"properties":{
        "category":{"type":"string"},"name":{"type":"string"},"description":{"type":"string"},
        "logo":{"type":"string"},
        "auth":{"type":"array","items":{"type":"string"},
            "description":"How accounts can authenticate"},
        "actions":{"type":"array","items":{"type":"object",
            "required":["name","sort","endpoint","input_schema","output_schema"],"properties":{
            "name":{"type":"string"},"sort":{"type":"string"},"endpoint":{"type":"string"},
            "input_schema":{"$ref":"#/components/schemas/FieldSchema"},
            "output_schema":{"$ref":"#/components/schemas/FieldSchema"}}}},
        "triggers":{"type":"array","items":{}}}}}}})"},
};

} // namespace

std::span<const Schema> connector_schemas() { return schemas; }

} // namespace weft::api
