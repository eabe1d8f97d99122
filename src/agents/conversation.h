#pragma once

#include "agents/plan.h"
#include "domain/file.h"
#include "engine/step.h"

/// What a model is asked: the messages of one turn, built from nothing but the run, its pinned flow
/// and its files.
namespace weft::agents {

/// The files of a run as one agent gets them.
///
/// An agent gets the documents when it reads first hand: it has no `context`, or a tool that reads
/// files. Those whose text fits into half of what the model's window leaves beside the answer (4
/// bytes a token) are given whole; when they do not fit together, none is, and the agent is told to
/// read them in pages of `page_chars`.
struct Material {
    std::vector<File> files;                 ///< of the execution, in order
    std::vector<models::Document> documents; ///< given whole
    bool in_pages = false;                   ///< they did not fit
    std::int64_t page_chars = 0;
};

/// How much text may be given whole to this agent's model, in bytes.
std::int64_t document_bytes_max(const AgentPlan& plan);
/// The page that leaves such a model room to work: a quarter of its window, 1,000 to 32,000
/// characters.
std::int64_t page_chars(const AgentPlan& plan);

/// What does not change between runs and turns.
std::string system_text(const Agentflow& flow, const AgentPlan& plan);

/// What templates and conditions see. `inputs`: inputs_of(run). Borrows from all four.
expr::Roots roots_of(const engine::Run& run, const FlowPlan& plan, const json::object& inputs,
                     const json::array& files);
json::array to_json(const std::vector<File>& files); ///< [{_id, name}]

/// The request for the turn that follows the step's finished effects. Texts of earlier turns that
/// no longer fit into the window are left out, oldest first, with a word in their place; the last
/// turn stays. invalid: the prompt's template, by the name of what is missing.
Result<models::ModelRequest> request_for(const engine::Run& run, const FlowPlan& flow,
                                         const AgentPlan& plan, Material material);

/// The request that has `output`, which the step is about to bring, judged by the flow's
/// instructions (anomaly.h).
models::ModelRequest judge_request(const engine::Run& run, const FlowPlan& flow,
                                   const AgentPlan& plan, const engine::StepOutput& output);

} // namespace weft::agents
