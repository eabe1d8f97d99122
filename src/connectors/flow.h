#pragma once

#include "connectors/connector.h"

namespace weft::connectors {

inline constexpr std::int64_t wait_s_max = 315'576'000; ///< ten years

/// Category `flow`: needs no account. All its actions are of class `awaited`: while one waits, the
/// run is a row, whatever the length, and nothing of it is lost with the process.
///
///     wait            {seconds | until}                  → {timed_out: false, waited_until}
///     wait_for_event  {name, timeout_seconds}            → {timed_out, event, payload}
///     run_agentflow   {agentflow_id, goal, input_variables, timeout_seconds}
///                     → {timed_out, execution_id, status, conclusion, error}
///
/// An event comes with POST /execute_flow/{E}/event. A timed out answer has timed_out alone; the
/// agentflow that was started goes on by itself then. By hand they are refused: conflict.
std::unique_ptr<Connector> make_flow();

} // namespace weft::connectors
