#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"Milliseconds",
     R"({"type":"number","description":"Milliseconds since 1970, with a fraction."})"},
    {"AskedSkill", R"({"type":"object","properties":{"name":{"type":"string"},
        "id":{"type":"string"},
        "input":{"type":"object","additionalProperties":true,
            "description":"The exact input, also what the skill fixes."}}})"},
    {"PreviewInput",
     R"({"type":"object","required":["inbox_id","thoughts","skill"],"properties":{
        "inbox_id":{"$ref":"#/components/schemas/Id",
            "description":"Sent back, it binds the answer to this item."},
        "thoughts":{"type":"object","properties":{"text":{"type":"string"},
            "reasoning":{"type":"string"},"plan":{"type":"string"},
            "criticism":{"type":"string"},"speak":{"type":"string"}}},
        "skill":{"$ref":"#/components/schemas/AskedSkill"}}})"},
    {"AskedField", R"({"type":"object","required":["field_id"],"properties":{
        "field_id":{"type":"string"},"label":{"type":"string"},
        "type":{"type":"string","description":
            "short_text, long_text, table, date_time, file, one_option, list, or as of Field."},
        "required":{"type":"boolean"},"description":{"type":"string"},
        "pattern":{"type":"string"},"examples":{"type":"array","items":{}},
        "split":{"type":"string"},
        "options":{"type":"array","items":{"type":"string"},
            "description":"Of one_option: what may be chosen."},
        "items":{"type":"array","items":{"$ref":"#/components/schemas/AskedField"},
            "description":"Of a table: its columns."}}})"},
    {"AskedForm", R"({"type":["object","null"],"properties":{
        "title":{"type":"string"},"description":{"type":"string"},
        "fields":{"type":"array","items":{"$ref":"#/components/schemas/AskedField"}}}})"},
    {"AgentForms", R"({"type":["object","null"],"properties":{
        "pre":{"$ref":"#/components/schemas/AskedForm",
            "description":"What a person fills in before the agent begins."},
        "post":{"$ref":"#/components/schemas/AskedForm",
            "description":"What a person fills in about what it brought."}}})"},
    {"AnomalyDetectionInput", R"({"type":["object","null"],"properties":{
        "is_enabled":{"type":"boolean"},
        "instructions":{"type":"string",
            "description":"By which the agent's model judges what the agent brought."},
        "rules":{"type":"array","description":"Expressions; one that is true is a finding.",
            "items":{"anyOf":[{"type":"string"},{"type":"object","required":["condition"],
                "properties":{"condition":{"type":"string"},"finding":{"type":"string",
                    "description":"What is said then."}}}]}}}})"},
    {"InboxItem",
     R"({"type":"object","required":["_id","type","status","created_at","updated_at","agent_id",
        "coworker_id","coworker_name","agent_title","summary","execution_id","projectID",
        "executed_by","answered_by"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},
        "type":{"enum":["preview","runtime_input","anomaly_detection","uncertain_effect",
            "budget"]},
        "status":{"enum":["pending","input_required","approved","rejected","completed",
            "expired"]},
        "created_at":{"$ref":"#/components/schemas/Milliseconds"},
        "updated_at":{"$ref":"#/components/schemas/Milliseconds"},
        "agent_id":{"$ref":"#/components/schemas/Id"},
        "coworker_id":{"$ref":"#/components/schemas/Id"},"coworker_name":{"type":"string"},
        "agent_title":{"type":"string"},"summary":{"type":"string"},
        "execution_id":{"type":"string",
            "description":"The execution that waits, or that it is about; empty: none."},
        "projectID":{"$ref":"#/components/schemas/Id"},
        "executed_by":{"type":"object","properties":{"_id":{"type":"string"},
            "metadata":{"$ref":"#/components/schemas/Free"},"name":{"type":"string"},
            "type":{"enum":["manual","schedule","trigger","table","api"]}}},
        "answered_by":{"type":["object","null"],
            "description":"Who gave the draft or the answer.",
            "properties":{"_id":{"type":"string"},"name":{"type":"string"}}},
        "assignee":{"type":["object","null"],
            "description":"Who is to answer, beside editors and owners.",
            "properties":{"_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"}}},
        "expires_at":{"type":["number","null"],
            "description":"Milliseconds since 1970: then on_expiry is carried out."},
        "on_expiry":{"enum":["approve","reject","stop",null]},
        "four_eyes":{"type":"boolean","description":"Whether two people must approve."},
        "approvals":{"type":"array","description":"Who of the two has approved.",
            "items":{"type":"object","properties":{"_id":{"type":"string"},
            "name":{"type":"string"},"at":{"type":"string"}}}},
        "expiry":{"type":"string","description":"What the end of its time brought."},
        "runtime_input":{"$ref":"#/components/schemas/Free"},
        "is_approved":{"type":"boolean"},
        "modified_inputs_during_preview":{"type":"array","items":{"type":"object",
            "required":["name","before","after"],
            "properties":{"name":{"type":"string"},"before":{},"after":{}}}},
        "preview_input":{"$ref":"#/components/schemas/PreviewInput"},
        "reason":{"type":"string","description":"Why a preview was rejected."},
        "skill":{"$ref":"#/components/schemas/AskedSkill"},
        "outcome":{"enum":["done","not_done","go_on","stop",null],
            "description":"Of an uncertain effect, or of a budget."},
        "budget":{"type":"object","description":"Which had no room; amounts in its unit.",
            "properties":{"level":{"enum":["execution","agentflow","project","organization"]},
            "window":{"enum":["run","day","month","cycle"]},"unit":{"enum":["credits","cost_usd"]},
            "ceiling":{"type":"number"},"used":{"type":"number"},"left":{"type":"number"},
            "needed":{"type":"number","description":"What the next call may cost at most."}}},
        "result":{"description":"What the call brought, as the person who answered says."},
        "runtime_input":{"type":"object","required":["when","fields","values"],"properties":{
            "when":{"enum":["pre","post",null],"description":
                "Before the agent begins, or about what it brought: output; null: no agent asks."},
            "title":{"type":"string"},"description":{"type":"string"},
            "fields":{"type":"array","items":{"$ref":"#/components/schemas/AskedField"}},
            "values":{"type":"object","additionalProperties":true,
                "description":"By field_id: the draft, or what was submitted."},
            "output":{"type":"string"}}},
        "anomaly":{"type":"object","required":["finding","output"],"properties":{
            "finding":{"type":"string"},
            "output":{"type":"string","description":"What the agent brought."}}}}})"},
    {"InboxList", R"({"type":"object","required":["total_count","inbox_requests"],"properties":{
        "total_count":{"type":"integer"},
        "is_total_exact":{"type":"boolean",
            "description":"false: the search found at least so many."},
        "inbox_requests":{"type":"array","items":{"$ref":"#/components/schemas/InboxItem"}}}})"},
};

} // namespace

std::span<const Schema> inbox_schemas() { return schemas; }

} // namespace weft::api
