#include "domain/anomaly.h"

#include "domain/agentflow.h"
#include "domain/members.h"

namespace weft {

namespace {

AnomalyRule read_rule(const json::value& given, const std::string& at, Faults& faults) {
    AnomalyRule rule;
    const json::value as_object =
        given.is_string() ? json::value(json::object{{"condition", given}}) : given;
    Members members(as_object, given.is_string() ? "" : at, faults);
    members.text("condition", rule.condition, limits::condition_bytes_max);
    members.text("finding", rule.finding, limits::text_bytes_max);
    if (as_object.is_object() && rule.condition.find_first_not_of(" \t\r\n") == std::string::npos)
        faults.add(given.is_string() ? at : members.path("condition"), "is missing");
    return rule;
}

} // namespace

Result<AnomalyDetection> anomaly_detection_of(const Agentflow& flow) {
    AnomalyDetection read;
    const json::value* given = flow.extra.if_contains("anomaly_detection");
    if (!given || given->is_null()) return read;
    Faults faults;
    Members members(*given, "anomaly_detection", faults);
    members.flag("is_enabled", read.is_enabled);
    members.text("instructions", read.instructions, limits::text_bytes_max);
    members.each("rules", anomaly_rules_max, [&](const json::value& rule, const std::string& at) {
        read.rules.push_back(read_rule(rule, at, faults));
    });
    TRY(faults.result());
    return read;
}

} // namespace weft
