#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"AuditRow",
     R"({"type":"object","required":["seq","at","projectID","who","what","object","details",
            "address","request_id","hash"],"properties":{
        "seq":{"type":"integer","description":"From 1 on, without gaps, in each organization"},
        "at":{"$ref":"#/components/schemas/Seconds"},
        "projectID":{"$ref":"#/components/schemas/IdOrNull"},
        "who":{"type":"object","required":["type","_id","name"],"properties":{
            "type":{"enum":["api_key","system","user"]},
            "_id":{"type":["string","null"]},"name":{"type":"string"}}},
        "what":{"type":"string","description":"The operation, such as api_keys.create"},
        "object":{"type":["string","null"],"description":"The id of what was changed"},
        "details":{"type":"object","description":"Names, ids and fixed words, never values",
            "properties":{
            "members":{"type":"array","items":{"type":"string"},
                "description":"Which documented members the request's body had"},
            "secrets":{"type":"array","items":{"type":"string"},
                "description":"Names of the secrets that were set"},
            "version_id":{"type":"string"},"role":{"type":"string"},"status":{"type":"string"},
            "type":{"type":"string","description":"Of an item of the inbox"},
            "assignee":{"type":"string","description":"Who is to answer it; empty: nobody"},
            "outcome":{"type":"string"},"execution":{"type":"string"},
            "category":{"type":"string"},"action":{"type":"string"},
            "project":{"type":"string"},"api_key":{"type":"string"},
            "plan":{"type":"string"},"limits":{"type":"array","items":{"type":"string"},
                "description":"Which parts of a plan were set"},
            "credits":{"type":"integer","description":"That were added"},
            "soft":{"type":"boolean"},"records":{"type":"boolean"},
            "by":{"type":"string","description":"oidc: with another provider"},
            "linked":{"type":"boolean","description":"Whether that is known from now on"}}},
        "address":{"type":["string","null"],"description":"Where the request came from"},
        "request_id":{"type":["string","null"]},
        "hash":{"type":"string","description":"Keyed hash of this row and of the one before"}}})"},
    {"AuditLog",
     R"({"type":"object","required":["audit","total_count"],"properties":{
        "audit":{"type":"array","items":{"$ref":"#/components/schemas/AuditRow"}},
        "total_count":{"type":"integer"}}})"},
};

} // namespace

std::span<const Schema> audit_schemas() { return schemas; }

} // namespace weft::api
