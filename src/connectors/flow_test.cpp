#include "connectors/flow.h"

#include "connectors/testing.h"

#include <gtest/gtest.h>

namespace weft::connectors {

namespace {

std::string asked(std::string_view sort, const json::object& input) {
    const auto wait = make_flow()->wait_for(sort, input);
    if (!wait)
        return wait.error().fields.empty()
                   ? wait.error().message
                   : wait.error().fields[0].field + ": " + wait.error().fields[0].message;
    std::string text(weft::to_text(wait->reason));
    if (!wait->name.empty()) text += " " + wait->name;
    if (wait->within) text += fmt::format(" within {}", wait->within->count());
    if (wait->until) text += fmt::format(" until {}", wait->until->us / 1'000'000);
    if (wait->child)
        text += fmt::format(" of {} to {}", wait->child->agentflow.hex(), wait->child->goal);
    return text;
}

} // namespace

TEST(Flow, says_what_is_waited_for) {
    EXPECT_EQ(asked("wait", {{"seconds", 0.2}}), "time within 200");
    EXPECT_EQ(asked("wait", {{"seconds", 7'776'000}}), "time within 7776000000");
    EXPECT_EQ(asked("wait", {{"until", "2026-01-31T12:00:00Z"}}), "time until 1769860800");
    EXPECT_EQ(asked("wait_for_event", {{"name", "paid"}}), "event paid");
    EXPECT_EQ(asked("wait_for_event", {{"name", "paid"}, {"timeout_seconds", 60}}),
              "event paid within 60000");
    EXPECT_EQ(
        asked("run_agentflow", {{"agentflow_id", "0123456789abcdef01234567"}, {"goal", "sum"}}),
        "child of 0123456789abcdef01234567 to sum");
}

TEST(Flow, says_what_is_wrong) {
    EXPECT_EQ(asked("wait", {}), "seconds: give either `seconds` or `until`");
    EXPECT_EQ(asked("wait", {{"seconds", 1}, {"until", "2026-01-31"}}),
              "seconds: give either `seconds` or `until`");
    EXPECT_EQ(asked("wait", {{"seconds", -1}}), "seconds: must be between 0 and 315576000");
    EXPECT_EQ(asked("wait", {{"seconds", 1e12}}), "seconds: must be between 0 and 315576000");
    EXPECT_EQ(asked("wait", {{"until", "tomorrow"}}),
              "until: must be a date and time such as 2026-01-31T12:00:00Z");
    EXPECT_EQ(asked("wait_for_event", {{"name", ""}}), "name: must have 1 to 200 bytes");
    EXPECT_EQ(asked("run_agentflow", {{"agentflow_id", "x"}}),
              "agentflow_id: must be an agentflow's _id of 24 hexadecimal digits");
    EXPECT_EQ(asked("fly", {}), "There is no such action: flow/fly");
}

} // namespace weft::connectors
