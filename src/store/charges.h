#pragma once

#include "store/ledger.h"

/// The ledger of a whole organization, over all its projects that are there, for people: with the
/// names of what was charged for. ledger.h writes it.
namespace weft::store::charges {

inline constexpr std::int64_t page_max = 500;

enum class ChargeKind {
    any,
    agent_execution, ///< a step of a run
    llm_call,        ///< POST /llm/execute/calls
};

struct Filter {
    ProjectId project = {}; ///< none: all
    std::string model = {}; ///< whole, as "openai/gpt-4o"; empty: any
    AgentflowId agentflow = {};
    ChargeKind kind = ChargeKind::any;
    Instant from = {0};
    Instant before = {std::numeric_limits<std::int64_t>::max()};
    ChargeId below =
        {}; ///< only charges that come after this one in the list; none: from the first
    std::int64_t limit = 50; ///< at most page_max
    std::int64_t skip = 0;
};

struct Entry {
    ChargeId id;
    ExecutionId execution; ///< none: a call of its own, and so the next seven
    Uuid execution_uuid;
    AgentId agent;
    std::string agent_title;
    AgentflowId agentflow;
    std::string agentflow_name; ///< as it is called now
    std::string executed_by_id;
    std::string executed_by_name;
    std::string model;
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t cost_micro_usd = 0;
    std::int64_t credits_micro = 0;
    Instant created_at;
};
struct Charged {
    Entry entry;
    ProjectId project;
    std::string project_name;
    std::string coworker_role; ///< the project's
    std::string image;         ///< of the flow; empty: it has none, or was deleted
};
struct Page {
    std::vector<Charged> charges;   ///< newest first; within a second in a fixed order
    std::int64_t total = 0;         ///< that match the filter, wherever the page begins
    std::int64_t credits_micro = 0; ///< theirs
};
/// not_found: the organization has no such project.
Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter);
/// Its charges alone: nothing is counted.
Result<std::vector<Charged>> page(Rx& rx, const Scope& scope, const Filter& filter);

} // namespace weft::store::charges
