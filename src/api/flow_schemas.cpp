#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"Llm",
     R"({"type":"object","properties":{"model":{"type":"string","description":"provider/name"},
        "temperature":{"type":"number"},"max_tokens":{"type":"integer"},
        "fallbacks":{"type":"array","items":{"type":"string"},
            "description":"Each provider/name; asked in turn when the model does not answer."}}})"},
    {"Prompt", R"({"type":"object","properties":{"template":{"type":"string"},
        "variables":{"type":"array","items":{"type":"string"}},
        "display_template":{"type":"string",
            "description":"Rich text as a JSON string; kept as given."}}})"},
    {"Memory", R"({"type":"object","properties":{"memory_type":{"enum":["lt","short_term"]}}})"},
    {"Branch", R"({"type":"object","properties":{
        "decision":{"type":"string","description":"An agent's _id or title, or end."},
        "condition":{"type":"string","description":"A sentence, or an expression in {{ }}."}}})"},
    {"Agent",
     R"({"type":"object","required":["_id","title","llm","prompt","agent_type","next_agent"],
            "properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"title":{"type":"string"},"role":{"type":"string"},
        "role_description":{"type":"string"},"llm":{"$ref":"#/components/schemas/Llm"},
        "context":{"type":"array","items":{"$ref":"#/components/schemas/Id"}},
        "has_knowledge_base":{"type":"boolean"},"prompt":{"$ref":"#/components/schemas/Prompt"},
        "triggers":{"type":"array","items":{"$ref":"#/components/schemas/Free"}},
        "is_preview_mode_enabled":{"type":"boolean"},"pre_and_post_execution_input":{},
        "skills":{"type":"array","items":{"$ref":"#/components/schemas/Skill"}},
        "memory":{"$ref":"#/components/schemas/Memory"},
        "agent_type":{"enum":["skilled_agent","decision_agent"]},
            "is_user_specific_task":{"type":"boolean"},
        "conditions":{"type":"array","items":{"$ref":"#/components/schemas/Branch"}},
        "next_agent":{"$ref":"#/components/schemas/IdOrNull"},
        "turns_max":{"type":"integer","description":"Model calls of one step, at most."}}})"},
    {"AgentInput", R"({"type":"object","properties":{
        "_id":{"$ref":"#/components/schemas/IdInput"},"title":{"type":"string"},
            "role":{"type":"string"},
        "role_description":{"type":"string"},"llm":{"$ref":"#/components/schemas/Llm"},
        "context":{"type":"array","items":{"type":"string"}},
            "has_knowledge_base":{"type":"boolean"},
        "prompt":{"anyOf":[{"type":"string"},{"$ref":"#/components/schemas/Prompt"}]},
        "triggers":{"type":"array","items":{"$ref":"#/components/schemas/Free"}},
        "is_preview_mode_enabled":{"type":"boolean"},"pre_and_post_execution_input":{},
        "skills":{"type":"array","description":"Ids, or skills as they are answered.",
            "items":{"anyOf":[{"$ref":"#/components/schemas/IdInput"},
                {"$ref":"#/components/schemas/Free"}]}},
        "memory":{"$ref":"#/components/schemas/Memory"},
        "agent_type":{"enum":["skilled_agent","skilled","decision_agent","decision"]},
        "is_user_specific_task":{"type":"boolean"},
        "conditions":{"type":"array","items":{"$ref":"#/components/schemas/Branch"}},
        "next_agent":{"type":["string","null"]},"turns_max":{"type":"integer","minimum":1}}})"},
    {"Agentflow",
     R"({"type":"object","required":["_id","name","projectID","agents","isActive","is_deleted",
        "created_at","updated_at"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
            "description":{"type":"string"},
        "role":{"type":"string"},"projectID":{"$ref":"#/components/schemas/Id"},
        "organization_id":{"$ref":"#/components/schemas/Id"},"image":{"type":"string"},
        "agentflow_type":{"type":"string"},
            "parent_agentflow_id":{"$ref":"#/components/schemas/IdOrNull"},
        "failover_goal":{},"created_at":{"$ref":"#/components/schemas/Seconds"},
        "updated_at":{"$ref":"#/components/schemas/Seconds"},
        "last_used":{"type":["number","null"],
            "description":"Seconds since 1970; null before the first run."},
        "isActive":{"type":"boolean"},"is_deleted":{"type":"boolean"},
            "default_goal":{"type":"string"},
        "is_cron_scheduled":{"type":"boolean"},"cron_details":{"type":["object","null"]},
        "initialAgent":{"$ref":"#/components/schemas/IdOrNull"},"marketplace_id":{"type":["string",
            "null"]},
        "anomaly_detection":{"$ref":"#/components/schemas/Free"},
        "agents":{"type":"array","items":{"$ref":"#/components/schemas/Agent"}}}})"},
    {"AgentflowInput", R"({"type":"object","required":["name"],"properties":{
        "name":{"type":"string"},"description":{"type":"string"},"role":{"type":"string"},
        "projectID":{"$ref":"#/components/schemas/IdInput"},"image":{"type":"string"},
        "agentflow_type":{"type":"string"},"parent_agentflow_id":{"type":["string","null"]},
        "failover_goal":{},"default_goal":{"type":"string"},"isActive":{"type":"boolean"},
        "is_cron_scheduled":{"type":"boolean"},"cron_details":{"type":["object","null"]},
        "initialAgent":{"type":["string","null"]},"marketplace_id":{"type":["string","null"]},
        "anomaly_detection":{"$ref":"#/components/schemas/Free"},
        "agents":{"type":"array","items":{"$ref":"#/components/schemas/AgentInput"}}}})"},
    {"AgentflowPatch", R"({"type":"object","properties":{
        "name":{"type":"string"},"description":{"type":"string"},"role":{"type":"string"},
        "projectID":{"$ref":"#/components/schemas/IdInput"},"image":{"type":"string"},
        "agentflow_type":{"type":"string"},"parent_agentflow_id":{"type":["string","null"]},
        "failover_goal":{},"default_goal":{"type":"string"},"isActive":{"type":"boolean"},
        "is_cron_scheduled":{"type":"boolean"},"cron_details":{"type":["object","null"]},
        "initialAgent":{"type":["string","null"]},"marketplace_id":{"type":["string","null"]},
        "anomaly_detection":{"$ref":"#/components/schemas/Free"},
        "agents":{"type":"array","items":{"$ref":"#/components/schemas/AgentInput"}}}})"},
    {"AgentflowList", R"({"type":"object","required":["agentflows","total_count"],"properties":{
        "agentflows":{"type":"array","items":{"$ref":"#/components/schemas/Agentflow"}},
        "total_count":{"type":"integer"}}})"},
    {"InstalledPackage",
     R"({"type":"object","required":["agentflow_id","agentflow","tables"],"properties":{
        "agentflow_id":{"$ref":"#/components/schemas/Id"},
        "agentflow":{"$ref":"#/components/schemas/Agentflow"},
        "tables":{"type":"array","items":{"$ref":"#/components/schemas/Table"}}}})"},
};

} // namespace

std::span<const Schema> flow_schemas() { return schemas; }

} // namespace weft::api
