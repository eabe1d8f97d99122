#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"ModelAccess", R"({"type":"object","required":["has_key","base_url","api_version"],
        "properties":{"has_key":{"type":"boolean"},
        "api_key":{"type":"string","description":"******** where there is one."},
        "base_url":{"type":"string","description":"Empty: where the server asks this provider."},
        "api_version":{"type":"string","description":"Of Azure."}}})"},
    {"Budget", R"({"type":"object","required":["level","window","policy"],"properties":{
        "level":{"enum":["execution","agentflow","project","organization"]},
        "agentflow_id":{"$ref":"#/components/schemas/Id"},
        "window":{"enum":["run","day","month"]},
        "credits":{"type":"number"},"cost_usd":{"type":"number"},
        "policy":{"enum":["refuse","shrink","ask"]}}})"},
    {"BudgetList", R"({"type":"object","required":["budgets"],"properties":{"budgets":{
        "type":"array","items":{"type":"object","required":["level","window","policy","unit",
        "ceiling","used","left","begins_anew_at","projectID","agentflow_id"],"properties":{
            "level":{"enum":["execution","agentflow","project","organization"]},
            "window":{"enum":["run","day","month","cycle"]},
            "policy":{"enum":["refuse","shrink","ask"]},"unit":{"enum":["credits","cost_usd"]},
            "ceiling":{"type":"number"},
            "used":{"type":["number","null"],
                "description":"With what open calls may yet cost; null: each run counts alone."},
            "left":{"type":["number","null"]},
            "begins_anew_at":{"type":["number","null"],"description":"Seconds since 1970."},
            "projectID":{"type":["string","null"],"description":"null: the organization's."},
            "agentflow_id":{"type":["string","null"]}}}}}})"},
    {"InputField", R"({"type":"object","required":["name","kind"],"properties":{
        "name":{"type":"string","description":"In input_variables."},"label":{"type":"string"},
        "kind":{"enum":["short_text","long_text","table","date_time","file","option","list"]},
        "required":{"type":"boolean"},"description":{"type":"string"},
        "options":{"type":"array","items":{"type":"string"}},
        "columns":{"type":"array","items":{"type":"string"}}}})"},
    {"InputForm", R"({"type":"object","required":["agentflow_id","fields"],"properties":{
        "agentflow_id":{"$ref":"#/components/schemas/Id"},
        "fields":{"type":"array","items":{"$ref":"#/components/schemas/InputField"}}}})"},
    {"Retention", R"({"type":"object","properties":{
        "runs_days":{"type":["integer","null"],
            "description":"Runs that ended longer ago go; null: none does."}}})"},
    {"Notifications", R"({"type":"object","required":["mail","webhook","on"],"properties":{
        "mail":{"type":"array","items":{"type":"string"}},
        "webhook":{"type":["object","null"],"properties":{"url":{"type":"string"},
            "has_secret":{"type":"boolean"},
            "secret":{"type":"string","description":"******** where there is one."}}},
        "on":{"type":"array","items":{"enum":["inbox"]}}}})"},
    {"RunLimit", R"({"type":"object","properties":{
        "concurrent_runs":{"type":["integer","null"],"minimum":1},
        "starts_per_minute":{"type":["integer","null"],"minimum":1},
        "when_full":{"enum":["queue","skip","replace"]}}})"},
    {"AgentflowRunLimit", R"({"type":"object","required":["agentflow_id"],"properties":{
        "agentflow_id":{"$ref":"#/components/schemas/Id"},
        "concurrent_runs":{"type":["integer","null"],"minimum":1},
        "starts_per_minute":{"type":["integer","null"],"minimum":1},
        "when_full":{"enum":["queue","skip","replace"]}}})"},
    {"ModelCallLimit", R"({"type":"object","required":["model"],"properties":{
        "model":{"type":"string","description":"provider/name, or a provider: all its models."},
        "concurrent_calls":{"type":["integer","null"],"minimum":1},
        "calls_per_minute":{"type":["integer","null"],"minimum":1}}})"},
    {"ConnectorCallLimit", R"({"type":"object","required":["connector"],"properties":{
        "connector":{"type":"string","description":"An account's _id, or a category."},
        "concurrent_calls":{"type":["integer","null"],"minimum":1},
        "calls_per_minute":{"type":["integer","null"],"minimum":1}}})"},
    {"ProjectLimits", R"({"type":["object","null"],"properties":{
        "project":{"$ref":"#/components/schemas/RunLimit"},
        "agentflows":{"type":"array","items":{
            "$ref":"#/components/schemas/AgentflowRunLimit"}},
        "models":{"type":"array","items":{"$ref":"#/components/schemas/ModelCallLimit"}},
        "connectors":{"type":"array","items":{
            "$ref":"#/components/schemas/ConnectorCallLimit"}}}})"},
    {"ProjectSettings", R"({"type":"object","required":["projectID","updated_at","models",
        "default_model","budgets","retention","input_forms","notifications","limits"],
        "properties":{
        "projectID":{"$ref":"#/components/schemas/Id"},
        "updated_at":{"type":["number","null"],"description":"Seconds since 1970."},
        "models":{"type":"object","description":"By provider.",
            "additionalProperties":{"$ref":"#/components/schemas/ModelAccess"}},
        "default_model":{"type":"string"},
        "budgets":{"type":"array","items":{"$ref":"#/components/schemas/Budget"}},
        "retention":{"$ref":"#/components/schemas/Retention"},
        "input_forms":{"type":"array","items":{"$ref":"#/components/schemas/InputForm"}},
        "notifications":{"$ref":"#/components/schemas/Notifications"},
        "limits":{"$ref":"#/components/schemas/ProjectLimits"}}})"},
    {"ProjectSettingsPatch", R"({"type":"object","properties":{
        "models":{"type":["object","null"],
            "description":"By provider; null takes one out. Without api_key its key stays.",
            "additionalProperties":{"type":["object","null"],"properties":{
                "api_key":{"type":["string","null"]},"base_url":{"type":"string"},
                "api_version":{"type":"string"}}}},
        "default_model":{"type":["string","null"],
            "description":"provider/name, of agents that are saved without a model."},
        "budgets":{"type":["array","null"],"items":{"$ref":"#/components/schemas/Budget"}},
        "retention":{"anyOf":[{"$ref":"#/components/schemas/Retention"},{"type":"null"}]},
        "input_forms":{"type":["array","null"],
            "items":{"$ref":"#/components/schemas/InputForm"}},
        "limits":{"$ref":"#/components/schemas/ProjectLimits"},
        "notifications":{"type":["object","null"],"properties":{
            "mail":{"type":"array","items":{"type":"string"}},
            "webhook":{"type":["object","null"],"properties":{"url":{"type":"string"},
                "secret":{"type":["string","null"]}}},
            "on":{"type":"array","items":{"enum":["inbox"]}}}}}})"},
};

} // namespace

std::span<const Schema> settings_schemas() { return schemas; }

} // namespace weft::api
