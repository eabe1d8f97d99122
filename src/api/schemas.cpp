#include "api/openapi.h"

#include <boost/json/parse.hpp>

namespace weft::api {

namespace {

struct Schema {
    const char* name;
    const char* text; ///< JSON
};

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
    {"Status",
     R"({"enum":["ready","running","input_required","paused","completed","failed","cancelled"]})"},
    {"Llm",
     R"({"type":"object","properties":{"model":{"type":"string","description":"provider/name"},
        "temperature":{"type":"number"},"max_tokens":{"type":"integer"}}})"},
    {"Prompt", R"({"type":"object","properties":{"template":{"type":"string"},
        "variables":{"type":"array","items":{"type":"string"}},
        "display_template":{"type":"string",
            "description":"Rich text as a JSON string; kept as given."}}})"},
    {"Memory", R"({"type":"object","properties":{"memory_type":{"enum":["lt","short_term"]}}})"},
    {"Branch", R"({"type":"object","properties":{
        "decision":{"type":"string","description":"An agent's _id or title, or end."},
        "condition":{"type":"string","description":"A sentence, or an expression in {{ }}."}}})"},
    {"Free", R"({"type":"object","additionalProperties":true})"},
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
    {"AgentflowList", R"({"type":"object","required":["agentflows","total_count"],"properties":{
        "agentflows":{"type":"array","items":{"$ref":"#/components/schemas/Agentflow"}},
        "total_count":{"type":"integer"}}})"},
    {"Conclusion", R"({"type":["object","null"],"properties":{
        "conclusion":{"type":"string","description":"Markdown."}}})"},
    {"Usage", R"({"type":"object","properties":{"input_tokens":{"type":"integer"},
        "output_tokens":{"type":"integer"},"credits":{"type":"number"},
            "cost_usd":{"type":"number"}}})"},
    {"FlowSnapshot",
     R"({"type":"object","properties":{"agentflow_id":{"$ref":"#/components/schemas/Id"},
        "agents":{"type":"array","items":{"type":"object","properties":{
            "_id":{"$ref":"#/components/schemas/Id"},"llm":{"$ref":"#/components/schemas/Llm"},
            "role":{"type":"string"},"role_description":{"type":"string"},"title":{"type":"string"},
            "agent_type":{"enum":["skilled_agent","decision_agent"]},
            "next_agent":{"$ref":"#/components/schemas/IdOrNull"}}}},
        "image":{"type":"string"},"initialAgent":{"$ref":"#/components/schemas/IdOrNull"},
        "name":{"type":"string"},"role":{"type":"string"},
        "conclusion":{"$ref":"#/components/schemas/Conclusion"}}})"},
    {"SkillCall", R"({"type":"object","required":["tool","status","duration_ms"],"properties":{
        "tool":{"type":"string"},"status":{"enum":["running","completed","failed"]},
        "duration_ms":{"type":"integer"},"output":{},
        "error":{"type":"string",
            "description":"What the agent was told, or why the call failed."}}})"},
    {"AgentOutput",
     R"({"type":"object","required":["agent_id","title","output","skill_calls","tokens",
        "duration_ms"],"properties":{
        "agent_id":{"$ref":"#/components/schemas/Id"},"title":{"type":"string"},
            "output":{"type":"string"},
        "status":{"enum":["completed","unfinished"]},
        "skill_calls":{"type":"array","items":{"$ref":"#/components/schemas/SkillCall"}},
        "tokens":{"type":"integer"},"usage":{"$ref":"#/components/schemas/Usage"},
        "duration_ms":{"type":"integer"},"data":{},"decision_reason":{"type":"string"},
        "error":{"type":"string"}}})"},
    {"FailedCall", R"({"type":"object","properties":{"agent_id":{"$ref":"#/components/schemas/Id"},
        "call":{"type":"string"},"code":{"type":"string"},"http_status":{"type":"integer"},
        "message":{"type":"string"}}})"},
    {"Execution",
     R"({"type":"object","required":["_id","execution_id","agentflow_id","files","goal","schedule",
        "start_from_agent_id","input_variables","task_id","parent_execution_id","agentflow",
            "agents_output",
        "anomaly_detected","conclusion","created_at","end_time","executed_by","execution_context",
        "goal_template","previews","projectID","runtime_inputs","status"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"execution_id":{"type":"string","format":"uuid"},
        "agentflow_id":{"$ref":"#/components/schemas/Id"},
            "task_id":{"$ref":"#/components/schemas/Id"},
        "projectID":{"$ref":"#/components/schemas/Id"},
        "parent_execution_id":{"$ref":"#/components/schemas/IdOrNull"},
        "start_from_agent_id":{"$ref":"#/components/schemas/IdOrNull"},
        "status":{"$ref":"#/components/schemas/Status"},
        "settling":{"type":"boolean",
            "description":"Stopped, but what was in flight has not let go yet."},
        "goal":{"type":"string"},"goal_template":{"type":"string"},
        "input_variables":{"$ref":"#/components/schemas/Free"},
        "files":{"type":"array","items":{"$ref":"#/components/schemas/Id"}},
        "schedule":{"type":["object","null"]},
        "executed_by":{"type":"object","properties":{"_id":{"type":"string"},
            "metadata":{"$ref":"#/components/schemas/Free"},"name":{"type":"string"},
            "type":{"enum":["manual","schedule","trigger","table","api"]}}},
        "agentflow":{"$ref":"#/components/schemas/FlowSnapshot"},
        "agents_output":{"type":"array","items":{"$ref":"#/components/schemas/AgentOutput"}},
        "execution_context":{"$ref":"#/components/schemas/Free"},
            "anomaly_detected":{"type":"boolean"},
        "previews":{"$ref":"#/components/schemas/Free"},
            "runtime_inputs":{"$ref":"#/components/schemas/Free"},
        "conclusion":{"$ref":"#/components/schemas/Conclusion"},"error":{"type":["string","null"]},
        "debug":{"type":"array","items":{"$ref":"#/components/schemas/FailedCall"}},
        "usage":{"$ref":"#/components/schemas/Usage"},
        "created_at":{"$ref":"#/components/schemas/Seconds"},"end_time":{"type":["number",
            "null"]}}})"},
    {"ExecutionStatus", R"({"type":"object","required":["execution_id","status"],"properties":{
        "execution_id":{"type":"string","format":"uuid"},
            "status":{"$ref":"#/components/schemas/Status"}}})"},
    {"ExecutionList", R"({"type":"object","required":["data","total_count"],"properties":{
        "data":{"type":"array","items":{"$ref":"#/components/schemas/Execution"}},
        "total_count":{"type":"integer"}}})"},
    {"TaskNode",
     R"({"type":"object","required":["execution_id","_id","execution_type","children"],
            "properties":{
        "execution_id":{"type":"string","format":"uuid"},"_id":{"$ref":"#/components/schemas/Id"},
        "execution_type":{"const":"execution"},
        "children":{"type":"array","items":{"$ref":"#/components/schemas/TaskNode"}}}})"},
    {"Task",
     R"({"type":"object","required":["_id","projectID","created_at","updated_at","status",
            "created_by",
        "execution_ids","execution_nodes","name"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"projectID":{"$ref":"#/components/schemas/Id"},
        "created_at":{"$ref":"#/components/schemas/Seconds"},
            "updated_at":{"$ref":"#/components/schemas/Seconds"},
        "status":{"$ref":"#/components/schemas/Status"},"created_by":{"type":"string"},
        "execution_ids":{"type":"array","items":{"type":"string","format":"uuid"}},
        "execution_nodes":{"type":"array","items":{"$ref":"#/components/schemas/TaskNode"}},
        "name":{"type":"string"},"settling":{"type":"boolean"},
        "executions":{"type":"array","items":{"$ref":"#/components/schemas/Execution"}}}})"},
    {"TaskList", R"({"type":"object","required":["tasks","total_count"],"properties":{
        "tasks":{"type":"array","items":{"$ref":"#/components/schemas/Task"}},
            "total_count":{"type":"integer"}}})"},
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
        "effect":{"enum":["pure","keyed","checkable","once"]},
        "preset":{"$ref":"#/components/schemas/Free"}}})"},
    {"Skill", R"({"type":"object","required":["_id","name","projectID","actions"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
            "description":{"type":"string"},
        "projectID":{"$ref":"#/components/schemas/Id"},
            "connector_id":{"$ref":"#/components/schemas/IdOrNull"},
        "logo":{"type":"string"},"connector_name":{"type":"string"},"is_deleted":{"type":"boolean"},
        "user_id":{"type":["string","null"]},
        "actions":{"type":"array","items":{"$ref":"#/components/schemas/Action"}}}})"},
    {"SkillList", R"({"type":"array","items":{"$ref":"#/components/schemas/Skill"}})"},
    {"ObjectField",
     R"({"type":"object","properties":{"key":{"type":"string"},"keyType":{"type":"string"}}})"},
    {"Column",
     R"({"type":"object","required":["column_name","column_type","column_id"],"properties":{
        "column_name":{"type":"string"},
        "column_type":{"enum":["String","Number","Boolean","Date","Array","Object","Enum","File"]},
        "column_id":{"type":"string"},"array_type":{"type":["string","null"]},"default_value":{},
        "object_fields":{"type":"array","items":{"$ref":"#/components/schemas/ObjectField"}},
        "enum_options":{"type":"array","items":{"type":"string"}},
        "triggers":{"type":"array","items":{"$ref":"#/components/schemas/Free"}}}})"},
    {"ColumnInput", R"({"type":"object","properties":{"column_name":{"type":"string"},
        "column_type":{"type":"string",
            "description":"String, Number, Boolean, Date, Array, Object, Enum or File, any case."},
        "column_id":{"type":"string","description":"Made of the name when absent."},
        "array_type":{"type":["string","null"]},"default_value":{},
        "object_fields":{"type":"array","items":{"$ref":"#/components/schemas/ObjectField"}},
        "enum_options":{"type":"array","items":{"type":"string"}},
        "triggers":{"type":"array","items":{"$ref":"#/components/schemas/Free"}}}})"},
    {"Table",
     R"({"type":"object","required":["_id","table_name","columns","projectID"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"table_name":{"type":"string"},
        "projectID":{"$ref":"#/components/schemas/Id"},
        "columns":{"type":"array","items":{"$ref":"#/components/schemas/Column"}},
        "triggers":{"type":"array","items":{"$ref":"#/components/schemas/Free"}},
        "created_at":{"$ref":"#/components/schemas/Seconds"},
        "updated_at":{"$ref":"#/components/schemas/Seconds"}}})"},
    {"TableList", R"({"type":"array","items":{"$ref":"#/components/schemas/Table"}})"},
    {"TableNames",
     R"({"type":"array","items":{"type":"object","required":["_id","table_name"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"table_name":{"type":"string"}}}})"},
    {"Record", R"({"type":"object","required":["_id","created_at","updated_at"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},
            "created_at":{"$ref":"#/components/schemas/Seconds"},
        "updated_at":{"$ref":"#/components/schemas/Seconds"}},"additionalProperties":true})"},
    {"RecordOrRecords", R"({"oneOf":[{"$ref":"#/components/schemas/Record"},
        {"type":"array","items":{"$ref":"#/components/schemas/Record"}}]})"},
    {"RecordList", R"({"type":"object","required":["records","total_count"],"properties":{
        "records":{"type":"array","items":{"$ref":"#/components/schemas/Record"}},
        "total_count":{"type":"integer"}}})"},
    {"File", R"({"type":"object","required":["_id","name","status"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},"size":{"type":"integer"},
        "projectID":{"$ref":"#/components/schemas/Id"},
        "type":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}},
        "status":{"enum":["pending","processing","ready","failed"]},"reason":{"type":["string",
            "null"]},
        "created_at":{"$ref":"#/components/schemas/Seconds"},"pages":{"type":["integer","null"]},
        "chunks":{"type":["integer","null"]}}})"},
    {"UploadedFiles",
     R"({"type":"object","required":["files"],"properties":{"files":{"type":"array",
        "items":{"type":"object","required":["_id","filename","upload_url","tags","status"],
            "properties":{
            "_id":{"$ref":"#/components/schemas/Id"},"filename":{"type":"string"},
            "upload_url":{"type":["string","null"]},"tags":{"type":"array",
            "items":{"type":"string"}},
            "status":{"enum":["pending","processing","ready","failed"]}}}}}})"},
    {"InstalledPackage",
     R"({"type":"object","required":["agentflow_id","agentflow","tables"],"properties":{
        "agentflow_id":{"$ref":"#/components/schemas/Id"},
        "agentflow":{"$ref":"#/components/schemas/Agentflow"},
        "tables":{"type":"array","items":{"$ref":"#/components/schemas/Table"}}}})"},
};

json::object parse_all() {
    json::object all;
    for (const Schema& schema : schemas) all[schema.name] = json::parse(schema.text);
    return all;
}

} // namespace

const json::object& answer_schemas() {
    static const json::object all = parse_all();
    return all;
}

} // namespace weft::api
