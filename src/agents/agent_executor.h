#pragma once

#include "agents/plan.h"
#include "connectors/connector.h"
#include "engine/step.h"
#include "models/caller.h"
#include "store/store.h"

namespace weft::agents {

inline constexpr std::size_t calls_per_turn_max = 64;

/// Carries out agents' steps over models, connectors and the store. Owned by the server's wiring,
/// used from all io threads; holds no state of runs, only compiled flows.
///
/// A skilled agent: model, its tool calls one after another, model … until the model answers
/// without a call. A model that is busy or does not answer is stood in for at once by the next of
/// `llm.fallbacks`, unless a viewer has seen a part of its answer; only when none answers the
/// engine waits and tries them all again. That text is the step's output; its data holds each
/// tool's last successful output by the tool's name. Errors that end a step: turn_limit,
/// call_limit, output_limit, model_refused, model_unavailable, model_busy, out_of_context,
/// model_unconfigured, prompt (names what is missing), document_too_long, condition, model_answer,
/// and those of tools.h. A decision agent: decision.h.
class AgentExecutor final : public engine::StepExecutor {
public:
    /// All three outlive the executor.
    AgentExecutor(store::Store& store, const models::Caller& caller,
                  const connectors::Catalogue& catalogue);

    engine::Move next(const engine::Run& run) const override;
    Ask ask_whether_done(const engine::Run& run) const override;
    /// Of a tool's call the action's, then the agent's.
    CallRules rules(const engine::Run& run) const override;

    LedgerRow charge(const engine::Run& run) const override;
    Task<std::optional<engine::Quote>> quote(const engine::Run& run) override;

    /// Leaves the coroutine's thread of execution with throw_if_cancelled(false): a cancel is an
    /// outcome here.
    Task<engine::EffectOutcome> perform(const engine::Run& run, std::string effect_key,
                                        engine::LiveSink live) override;

private:
    store::Store& store_;
    const models::Caller& caller_;
    mutable PlanCache plans_;
};

} // namespace weft::agents
