#pragma once

#include "json/json.h"

#include <string>
#include <vector>

namespace weft {

struct Agentflow;

inline constexpr std::size_t anomaly_rules_max = 64; ///< of one flow

/// What makes an output anomalous: an expression that is true.
struct AnomalyRule {
    std::string condition; ///< src/expr
    std::string finding;   ///< what is said of it; empty: the condition
};

/// What a flow wants looked at in what its agents bring, before a run goes on with it: its
/// `anomaly_detection`, {"is_enabled", "instructions", "rules": [expression or {"condition",
/// "finding"}]}.
struct AnomalyDetection {
    bool is_enabled = false;
    std::string instructions; ///< for a model that judges by them
    std::vector<AnomalyRule> rules;
};

/// invalid: names the wrong member. Whether rules are expressions is not looked at here.
Result<AnomalyDetection> anomaly_detection_of(const Agentflow& flow);

} // namespace weft
