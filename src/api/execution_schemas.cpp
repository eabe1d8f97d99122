#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
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
        "version":{"type":"integer","description":"Which of the flow's versions this run takes."},
        "name":{"type":"string"},"role":{"type":"string"},
        "conclusion":{"$ref":"#/components/schemas/Conclusion"}}})"},
    {"SkillCall", R"({"type":"object","required":["tool","status","duration_ms"],"properties":{
        "tool":{"type":"string"},"status":{"enum":["running","completed","failed"]},
        "duration_ms":{"type":"integer"},"started_at":{"$ref":"#/components/schemas/Seconds"},
        "input":{"description":"What the tool was given: the model's, or a person's change of it"},
        "output":{},
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
        "started_at":{"$ref":"#/components/schemas/Seconds"},
        "duration_ms":{"type":"integer"},"data":{},"decision_reason":{"type":"string"},
        "error":{"type":"string"},
        "anomaly":{"type":"object","required":["finding","status"],"properties":{
            "finding":{"type":"string"},"status":{"enum":["pending","approved","rejected"]}}},
        "abandoned":{"type":"array",
            "description":"What calls had brought when the server went down in the middle of them.",
            "items":{"type":"object","required":["output","usage"],"properties":{
            "output":{"type":"string"},"usage":{"$ref":"#/components/schemas/Usage"}}}}}})"},
    {"StoppedBy", R"({"type":["object","null"],"required":["_id","name"],
        "description":"Whose key or session asked for it.","properties":{
        "_id":{"type":"string"},"name":{"type":"string"}}})"},
    {"AbortedCall", R"({"type":["object","null"],
        "description":"What was open when the stop came, unless it came to a good end.",
        "required":["agent_id","title","call","effect_class","attempt","status","may_have_acted",
            "duration_ms","output"],"properties":{
        "agent_id":{"$ref":"#/components/schemas/Id"},"title":{"type":"string"},
        "call":{"type":"string"},"tool":{"type":"string"},"model":{"type":"string"},
        "effect_class":{"type":"string"},"attempt":{"type":"integer"},
        "status":{"enum":["aborting","aborted","failed","unknown"],"description":
            "unknown: whoever carried it out was lost or did not let go in time."},
        "may_have_acted":{"type":"boolean"},"duration_ms":{"type":"integer"},
        "output":{"type":"string","description":"The text so far."}}})"},
    {"ActedCall", R"({"type":"object","required":["agent_id","title","call","effect_class",
        "attempt","status","ended_at"],"properties":{
        "agent_id":{"$ref":"#/components/schemas/Id"},"title":{"type":"string"},
        "call":{"type":"string"},"tool":{"type":"string"},"effect_class":{"type":"string"},
        "attempt":{"type":"integer"},"status":{"enum":["completed","failed"]},
        "ended_at":{"$ref":"#/components/schemas/Seconds"}}})"},
    {"ExecutionStop", R"({"type":["object","null"],
        "required":["stopped_at","stopped_by","status_before","settling","aborted","done_count",
            "may_have_acted_count","may_have_acted","paid"],"properties":{
        "stopped_at":{"$ref":"#/components/schemas/Seconds"},
        "stopped_by":{"$ref":"#/components/schemas/StoppedBy"},
        "status_before":{"type":["string","null"]},"settling":{"type":"boolean"},
        "aborted":{"$ref":"#/components/schemas/AbortedCall"},
        "done_count":{"type":"integer","description":"Calls that had ended before."},
        "may_have_acted_count":{"type":"integer","description":
            "Of them, tool calls that may have changed something outside."},
        "may_have_acted":{"type":"array","description":"The latest 100 of these.",
            "items":{"$ref":"#/components/schemas/ActedCall"}},
        "paid":{"$ref":"#/components/schemas/Usage"}}})"},
    {"TaskStop", R"({"type":["object","null"],"description":
        "What a stop did to the task's executions. The counts stand in GET /task/{id}.",
        "required":["stopped_at","stopped_by","executions_count","paid"],"properties":{
        "stopped_at":{"$ref":"#/components/schemas/Seconds"},
        "stopped_by":{"$ref":"#/components/schemas/StoppedBy"},
        "executions_count":{"type":"integer"},"settling":{"type":"boolean"},
        "aborted_count":{"type":"integer"},"done_count":{"type":"integer"},
        "may_have_acted_count":{"type":"integer"},
        "paid":{"$ref":"#/components/schemas/Usage","description":"By the whole task."}}})"},
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
        "is_failover":{"type":"boolean",
            "description":"It took over for its parent, which failed: input_variables.failed."},
        "failover_execution_id":{"$ref":"#/components/schemas/IdOrNull"},
        "start_from_agent_id":{"$ref":"#/components/schemas/IdOrNull"},
        "stop_after_agent_id":{"$ref":"#/components/schemas/IdOrNull"},
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
            "runtime_inputs":{"type":"object","additionalProperties":true,
                "description":"What people entered: {agent's _id: {pre: values, post: values}}."},
        "conclusion":{"$ref":"#/components/schemas/Conclusion"},"error":{"type":["string","null"]},
        "debug":{"type":"array","items":{"$ref":"#/components/schemas/FailedCall"}},
        "usage":{"$ref":"#/components/schemas/Usage"},
        "stop":{"$ref":"#/components/schemas/ExecutionStop"},
        "created_at":{"$ref":"#/components/schemas/Seconds"},"end_time":{"type":["number",
            "null"]}}})"},
    {"ExecutionStatus", R"({"type":"object","required":["execution_id","status"],"properties":{
        "execution_id":{"type":"string","format":"uuid"},
            "status":{"$ref":"#/components/schemas/Status"},
        "settling":{"type":"boolean",
            "description":"Stopped, but what was in flight has not come to its end yet."}}})"},
    {"ExecutionList", R"({"type":"object","required":["data","total_count"],"properties":{
        "data":{"type":"array","items":{"$ref":"#/components/schemas/Execution"}},
        "total_count":{"type":"integer"}}})"},
    {"MonitoredExecution",
     R"({"type":"object","required":["_id","execution_id","task_id","status","goal","created_at",
        "end_time","duration_ms","current_agent","progress","agents","error"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"execution_id":{"type":"string","format":"uuid"},
        "task_id":{"$ref":"#/components/schemas/Id"},
        "status":{"$ref":"#/components/schemas/Status"},"settling":{"type":"boolean"},
        "goal":{"type":"string"},"created_at":{"$ref":"#/components/schemas/Seconds"},
        "end_time":{"type":["number","null"]},"duration_ms":{"type":"integer"},
        "current_agent":{"type":["object","null"],"properties":{
            "_id":{"$ref":"#/components/schemas/Id"},"title":{"type":"string"}}},
        "progress":{"type":"object",
            "required":["agents_completed","agents_total","share"],"properties":{
            "agents_completed":{"type":"integer"},"agents_total":{"type":"integer"},
            "share":{"type":"number","description":"From 0 to 1."}}},
        "agents":{"type":"array","items":{"type":"object",
            "required":["agent_id","title","status","duration_ms"],"properties":{
            "agent_id":{"$ref":"#/components/schemas/Id"},"title":{"type":"string"},
            "status":{"enum":["running","completed","unfinished"]},
            "duration_ms":{"type":"integer"}}}},
        "error":{"type":["string","null"]}}})"},
    {"Monitor",
     R"({"type":"object","required":["agentflow_id","name","live_count","live","recent"],
        "properties":{"agentflow_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
        "live_count":{"type":"integer"},
        "live":{"type":"array","items":{"$ref":"#/components/schemas/MonitoredExecution"}},
        "recent":{"type":"array","items":{"$ref":"#/components/schemas/MonitoredExecution"}}}})"},
    {"TaskNode",
     R"({"type":"object","required":["execution_id","_id","execution_type","children"],
            "properties":{
        "execution_id":{"type":"string","format":"uuid"},"_id":{"$ref":"#/components/schemas/Id"},
        "execution_type":{"const":"execution"},"is_failover":{"type":"boolean"},
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
        "stop":{"$ref":"#/components/schemas/TaskStop"},
        "executions":{"type":"array","items":{"$ref":"#/components/schemas/Execution"}}}})"},
    {"TaskList", R"({"type":"object","required":["tasks","total_count"],"properties":{
        "tasks":{"type":"array","items":{"$ref":"#/components/schemas/Task"}},
            "total_count":{"type":"integer"}}})"},
};

} // namespace

std::span<const Schema> execution_schemas() { return schemas; }

} // namespace weft::api
