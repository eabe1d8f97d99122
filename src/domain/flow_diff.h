#pragma once

#include "json/json.h"

#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace weft {

/// One difference between two states of an agentflow.
struct FlowChange {
    enum class What { added, removed, changed, moved };
    What what = What::changed;
    /// Members with points between them; of what has an `_id`, by its title or name:
    /// "agents[Writer].prompt.template".
    std::string path;
    json::value before; ///< null where it was added or moved
    json::value after;  ///< null where it was removed or moved
};
std::string_view to_text(FlowChange::What what);

/// What differs between two flows in the JSON of to_json(), in the order of the members. Things
/// with an `_id` are the same thing wherever they stand in their list; a list of such whose order
/// alone differs was moved. Other lists differ as a whole. Times and other members that belong to
/// the server are not looked at.
std::vector<FlowChange> changes_between(const json::object& before, const json::object& after);

} // namespace weft
