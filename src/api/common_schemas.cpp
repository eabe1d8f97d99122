#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"Error", R"({"type":"object","required":["detail","code","request_id","errors"],"properties":{
        "detail":{"type":"string"},"code":{"type":"string"},"request_id":{"type":"string"},
        "errors":{"type":"array","items":{"type":"object","required":["field","message"],
            "properties":{"field":{"type":"string"},"message":{"type":"string"}}}}}})"},
    {"Health", R"({"type":"object","required":["status","version"],"properties":{
        "status":{"const":"ok"},"version":{"type":"string"}}})"},
    {"Document", R"({"type":"object","additionalProperties":true})"},
    {"Id", R"({"type":"string","pattern":"^[0-9a-f]{24}$"})"},
    {"IdInput", R"({"type":"string","pattern":"^[0-9a-fA-F]{24}$"})"},
    {"IdOrNull", R"({"type":["string","null"],"pattern":"^[0-9a-f]{24}$"})"},
    {"Seconds", R"({"type":"number","description":"Seconds since 1970, with a fraction."})"},
    {"Iso8601", R"({"type":"string",
        "pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z$"})"},
    {"Status",
     R"({"enum":["ready","running","input_required","paused","completed","failed","cancelled"]})"},
    {"Free", R"({"type":"object","additionalProperties":true})"},
};

} // namespace

std::span<const Schema> common_schemas() { return schemas; }

} // namespace weft::api
