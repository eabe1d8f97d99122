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
    {"Document", R"({"type":"object"})"},
    {"Id", R"({"type":"string","pattern":"^[0-9a-f]{24}$"})"},
    {"IdOrNull", R"({"type":["string","null"],"pattern":"^[0-9a-f]{24}$"})"},
    {"Seconds", R"({"type":"number","description":"Seconds since 1970, with a fraction."})"},
    {"Status", R"({"enum":["ready","running","input_required","paused","completed","failed","cancelled"]})"},
    {"Agent", R"({"type":"object","required":["_id","title","llm","prompt","agent_type","next_agent"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"title":{"type":"string"},"role":{"type":"string"},
        "role_description":{"type":"string"},
        "llm":{"type":"object","properties":{"model":{"type":"string"},"temperature":{"type":"number"},
            "max_tokens":{"type":"integer"}}},
        "context":{"type":"array","items":{"$ref":"#/components/schemas/Id"}},
        "prompt":{"type":"object","properties":{"template":{"type":"string"},
            "variables":{"type":"array","items":{"type":"string"}},"display_template":{"type":"string"}}},
        "agent_type":{"enum":["skilled_agent","decision_agent"]},
        "conditions":{"type":"array","items":{"type":"object","properties":{
            "decision":{"type":"string"},"condition":{"type":"string"}}}},
        "skills":{"type":"array","items":{"$ref":"#/components/schemas/Skill"}},
        "next_agent":{"$ref":"#/components/schemas/IdOrNull"}}})"},
    {"Agentflow", R"({"type":"object","required":["_id","name","projectID","agents","isActive","is_deleted",
        "created_at","updated_at"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},"description":{"type":"string"},
        "role":{"type":"string"},"projectID":{"$ref":"#/components/schemas/Id"},
        "organization_id":{"$ref":"#/components/schemas/Id"},"isActive":{"type":"boolean"},
        "is_deleted":{"type":"boolean"},"initialAgent":{"$ref":"#/components/schemas/IdOrNull"},
        "created_at":{"$ref":"#/components/schemas/Seconds"},"updated_at":{"$ref":"#/components/schemas/Seconds"},
        "agents":{"type":"array","items":{"$ref":"#/components/schemas/Agent"}}}})"},
    {"AgentflowList", R"({"type":"object","required":["agentflows","total_count"],"properties":{
        "agentflows":{"type":"array","items":{"$ref":"#/components/schemas/Agentflow"}},
        "total_count":{"type":"integer"}}})"},
    {"Execution", R"({"type":"object","required":["_id","execution_id","agentflow_id","status","task_id","agents_output",
        "created_at","projectID"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"execution_id":{"type":"string","format":"uuid"},
        "agentflow_id":{"$ref":"#/components/schemas/Id"},"task_id":{"$ref":"#/components/schemas/Id"},
        "projectID":{"$ref":"#/components/schemas/Id"},
        "parent_execution_id":{"$ref":"#/components/schemas/IdOrNull"},
        "status":{"$ref":"#/components/schemas/Status"},
        "settling":{"type":"boolean","description":"Stopped, but what was in flight has not let go yet."},
        "goal":{"type":"string"},"input_variables":{"type":"object"},
        "files":{"type":"array","items":{"type":"string"}},
        "agentflow":{"type":"object"},
        "agents_output":{"type":"array","items":{"type":"object","properties":{
            "agent_id":{"$ref":"#/components/schemas/Id"},"title":{"type":"string"},"output":{"type":"string"},
            "duration_ms":{"type":"integer"}}}},
        "conclusion":{"type":["object","null"],"properties":{"conclusion":{"type":"string"}}},
        "error":{"type":["string","null"]},
        "usage":{"type":"object","properties":{"input_tokens":{"type":"integer"},
            "output_tokens":{"type":"integer"},"credits":{"type":"number"},"cost_usd":{"type":"number"}}},
        "created_at":{"$ref":"#/components/schemas/Seconds"},"end_time":{"type":["number","null"]}}})"},
    {"ExecutionStatus", R"({"type":"object","required":["execution_id","status"],"properties":{
        "execution_id":{"type":"string","format":"uuid"},"status":{"$ref":"#/components/schemas/Status"}}})"},
    {"ExecutionList", R"({"type":"object","required":["data","total_count"],"properties":{
        "data":{"type":"array","items":{"$ref":"#/components/schemas/Execution"}},
        "total_count":{"type":"integer"}}})"},
    {"TaskNode", R"({"type":"object","required":["execution_id","_id","execution_type","children"],"properties":{
        "execution_id":{"type":"string","format":"uuid"},"_id":{"$ref":"#/components/schemas/Id"},
        "execution_type":{"const":"execution"},
        "children":{"type":"array","items":{"$ref":"#/components/schemas/TaskNode"}}}})"},
    {"Task", R"({"type":"object","required":["_id","projectID","created_at","updated_at","status","created_by",
        "execution_ids","execution_nodes","name"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"projectID":{"$ref":"#/components/schemas/Id"},
        "created_at":{"$ref":"#/components/schemas/Seconds"},"updated_at":{"$ref":"#/components/schemas/Seconds"},
        "status":{"$ref":"#/components/schemas/Status"},"created_by":{"type":"string"},
        "execution_ids":{"type":"array","items":{"type":"string","format":"uuid"}},
        "execution_nodes":{"type":"array","items":{"$ref":"#/components/schemas/TaskNode"}},
        "name":{"type":"string"},"settling":{"type":"boolean"},
        "executions":{"type":"array","items":{"$ref":"#/components/schemas/Execution"}}}})"},
    {"TaskList", R"({"type":"object","required":["tasks","total_count"],"properties":{
        "tasks":{"type":"array","items":{"$ref":"#/components/schemas/Task"}},"total_count":{"type":"integer"}}})"},
    {"Skill", R"({"type":"object","required":["_id","name","projectID","actions"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},"description":{"type":"string"},
        "projectID":{"$ref":"#/components/schemas/Id"},"connector_id":{"type":["string","null"]},
        "connector_name":{"type":"string"},"is_deleted":{"type":"boolean"},
        "actions":{"type":"array","items":{"type":"object"}}}})"},
    {"SkillList", R"({"type":"array","items":{"$ref":"#/components/schemas/Skill"}})"},
    {"Column", R"({"type":"object","required":["column_name","column_type","column_id"],"properties":{
        "column_name":{"type":"string"},"column_type":{"type":"string"},"column_id":{"type":"string"}}})"},
    {"Table", R"({"type":"object","required":["_id","table_name","columns"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"table_name":{"type":"string"},
        "columns":{"type":"array","items":{"$ref":"#/components/schemas/Column"}}}})"},
    {"TableList", R"({"type":"array","items":{"$ref":"#/components/schemas/Table"}})"},
    {"TableNames", R"({"type":"array","items":{"type":"object","required":["_id","table_name"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"table_name":{"type":"string"}}}})"},
    {"Record", R"({"type":"object","required":["_id","created_at","updated_at"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"created_at":{"$ref":"#/components/schemas/Seconds"},
        "updated_at":{"$ref":"#/components/schemas/Seconds"}},"additionalProperties":true})"},
    {"RecordOrRecords", R"({"oneOf":[{"$ref":"#/components/schemas/Record"},
        {"type":"array","items":{"$ref":"#/components/schemas/Record"}}]})"},
    {"RecordList", R"({"type":"object","required":["records","total_count"],"properties":{
        "records":{"type":"array","items":{"$ref":"#/components/schemas/Record"}},
        "total_count":{"type":"integer"}}})"},
    {"File", R"({"type":"object","required":["_id","name","status"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},"size":{"type":"integer"},
        "type":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}},
        "status":{"enum":["pending","processing","ready","failed"]},
        "created_at":{"$ref":"#/components/schemas/Seconds"},"pages":{"type":["integer","null"]},
        "chunks":{"type":["integer","null"]}}})"},
    {"UploadedFiles", R"({"type":"object","required":["files"],"properties":{"files":{"type":"array",
        "items":{"type":"object","required":["_id","filename","upload_url","tags","status"],"properties":{
            "_id":{"$ref":"#/components/schemas/Id"},"filename":{"type":"string"},
            "upload_url":{"type":["string","null"]},"tags":{"type":"array","items":{"type":"string"}},
            "status":{"enum":["pending","processing","ready","failed"]}}}}}})"},
    {"InstalledPackage", R"({"type":"object","required":["agentflow_id","agentflow","tables"],"properties":{
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
