#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"ModelMessage", R"({"type":"object","required":["role","content"],"properties":{
        "role":{"enum":["system","developer","user","assistant"]},
        "content":{"type":["string","array"],"items":{"type":"object","required":["type","text"],
            "properties":{"type":{"const":"text"},"text":{"type":"string"}}},
            "description":"Text, or parts of type text."}}})"},
    {"ModelResponseFormat", R"({"type":"object","required":["type"],"properties":{
        "type":{"enum":["text","json_object","json_schema"]},
        "json_schema":{"type":"object","required":["schema"],"properties":{
            "name":{"type":"string","pattern":"^[A-Za-z0-9_-]{1,64}$"},
            "schema":{"type":"object","additionalProperties":true}}}}})"},
    {"ModelUsage", R"({"type":"object",
        "required":["prompt_tokens","completion_tokens","total_tokens","credits","cost_usd"],
        "properties":{"prompt_tokens":{"type":"integer"},"completion_tokens":{"type":"integer"},
        "total_tokens":{"type":"integer"},
        "credits":{"type":"number","description":"What the project was charged."},
        "cost_usd":{"type":"number",
            "description":"At the provider's list price; 0 when nobody knows it."}}})"},
    {"ModelAnswer", R"({"type":"object","required":["choices","usage","response","model"],
        "properties":{"choices":{"type":"array","items":{"type":"object",
            "required":["index","message","finish_reason"],"properties":{
                "index":{"type":"integer"},
                "message":{"type":"object","required":["role","content"],"properties":{
                    "role":{"const":"assistant"},"content":{"type":"string"}}},
                "finish_reason":{"enum":["stop","length","tool_calls","content_filter"]}}}},
        "usage":{"$ref":"#/components/schemas/ModelUsage"},
        "response":{"type":"string","description":"The text of the answer."},
        "model":{"type":"string","description":"provider/name of the model that answered."}}})"},
};

} // namespace

std::span<const Schema> llm_schemas() { return schemas; }

} // namespace weft::api
