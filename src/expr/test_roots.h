#pragma once

#include "expr/expr.h"

namespace weft::expr {

/// Roots written as JSON, for tests: {goal, inputs, agents: [{id, title, text, data}], trigger,
/// files, now: seconds}.
class TestRoots {
public:
    explicit TestRoots(std::string_view text) : value_(parse_json(text).value()) {}

    /// Borrows from this.
    Roots view() const {
        Roots roots;
        roots.goal = text_or(value_, "goal");
        if (const auto* inputs = find(value_, "inputs")) roots.inputs = &inputs->as_object();
        if (const auto* files = find(value_, "files")) roots.files = &files->as_array();
        roots.trigger = find(value_, "trigger");
        roots.now = {int_or(value_, "now") * 1'000'000};
        if (const auto* agents = find(value_, "agents"))
            for (const json::value& agent : agents->as_array()) {
                const auto* data = find(agent, "data");
                roots.agents.push_back({text_or(agent, "id"), text_or(agent, "title"),
                                        text_or(agent, "text"),
                                        data ? &data->as_object() : nullptr});
            }
        return roots;
    }

private:
    json::value value_;
};

} // namespace weft::expr
