#pragma once

#include "agents/plan.h"
#include "engine/step.h"

/// What a flow looks for in the output of each step before the run goes on with it (domain/
/// anomaly.h): its rules first, which cost nothing, then its instructions, by which the agent's
/// own model judges. What is found a person is asked about, once for each step: approved, the run
/// goes on and the output's `data.anomaly_detection` tells of it; rejected, the run fails.
///
/// A rule is looked at after the step of an agent that it names, once all agents that it names have
/// finished; one that names none after every step. One that cannot be evaluated is a finding.
/// Outputs of decision agents are not judged. A model that cannot judge sentences (the rehearsal
/// model) is not asked: `data.anomaly_detection.note` says so and the run goes on.
namespace weft::agents {

inline constexpr std::string_view anomaly_data = "anomaly_detection";

/// The tool that the model must call: judge(is_anomalous, finding).
models::Tool judge_tool();
/// What the model is told it is.
extern const std::string_view judge_text;

struct Verdict {
    bool is_anomalous = false;
    std::string finding;
};
/// What the model found. invalid: it called nothing or something else: worth asking again.
Result<Verdict> verdict_of(const json::object& result);

/// What comes before the step may finish with `finish`; none: nothing, and `finish` tells what was
/// found. Pure.
std::optional<engine::Move> check_output(const engine::Run& run, const FlowPlan& flow,
                                         const AgentPlan& plan, engine::Finish& finish);

} // namespace weft::agents
