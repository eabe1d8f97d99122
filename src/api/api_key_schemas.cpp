#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"ApiKey",
     R"({"type":"object","required":["_id","name","role","scopes","projectID","created_at",
            "expires_at","is_expired"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
        "role":{"enum":["viewer","operator","editor","owner"]},
        "scopes":{"type":"array","items":{"type":"string"},
            "description":"The role, and \"project:ID\" for a key of one project"},
        "projectID":{"$ref":"#/components/schemas/IdOrNull"},
        "created_at":{"$ref":"#/components/schemas/Seconds"},
        "expires_at":{"type":["number","null"],"description":"Seconds since 1970; null: never"},
        "is_expired":{"type":"boolean"}}})"},
    {"NewApiKey",
     R"({"type":"object","required":["_id","name","role","scopes","projectID","created_at",
            "expires_at","is_expired","secret_key"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
        "role":{"enum":["viewer","operator","editor","owner"]},
        "scopes":{"type":"array","items":{"type":"string"},
            "description":"The role, and \"project:ID\" for a key of one project"},
        "projectID":{"$ref":"#/components/schemas/IdOrNull"},
        "created_at":{"$ref":"#/components/schemas/Seconds"},
        "expires_at":{"type":["number","null"],"description":"Seconds since 1970; null: never"},
        "is_expired":{"type":"boolean"},
        "secret_key":{"type":"string","description":"Shown this once: only its hash is kept"}}})"},
    {"ApiKeyList",
     R"({"type":"object","required":["api_keys","total_count"],"properties":{
        "api_keys":{"type":"array","items":{"$ref":"#/components/schemas/ApiKey"}},
        "total_count":{"type":"integer"}}})"},
    {"RevokedApiKey",
     R"({"type":"object","required":["_id","is_revoked"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"is_revoked":{"const":true}}})"},
    {"SecretsState",
     R"({"type":"object","required":["master_key_replaced_at","data_keys","data_keys_renewing"],
        "properties":{
        "master_key_replaced_at":{"type":["number","null"],
            "description":"Seconds since 1970; null: it is the first one"},
        "data_keys":{"type":"integer","description":"One for each project that has secrets"},
        "data_keys_renewing":{"type":"integer",
            "description":"Of these, whose secrets are not yet all sealed with the new one"}}})"},
};

} // namespace

std::span<const Schema> api_key_schemas() { return schemas; }

} // namespace weft::api
