#pragma once

#include "base/task.h"
#include "domain/agentflow.h"
#include "domain/scope.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::connectors {

/// A call of the same category that this run made before and that succeeded. Refers into the run.
struct EarlierCall {
    std::string_view sort;
    const json::value* arguments = nullptr; ///< what the model gave: without the preset inputs
    const json::value* output = nullptr;
};

/// One call of an action.
struct ActionCall {
    Scope scope;
    std::string sort;       ///< the action's verb
    json::object input;     ///< checked against the action's input schema, preset members merged in
    std::string effect_key; ///< the same for every repetition; empty for a call by hand
    std::vector<FileId> files; ///< of the execution, in order
    std::vector<EarlierCall> earlier =
        {}; ///< of this run, oldest first; what it refers to outlives the call
    bool repeated =
        false; ///< an earlier process may have done it: a checkable action asks before it acts
};

/// A kind of account or service. Owned by the catalogue; used from all io threads. Terminal
/// cancellation aborts.
class Connector {
public:
    virtual ~Connector() = default;
    virtual std::string_view category() const = 0;
    virtual std::string_view display_name() const = 0;
    virtual std::string_view description() const = 0; ///< one sentence
    /// Every operation with its schemas and effect class. Ids are minted when a project gets the
    /// connector.
    virtual const std::vector<Action>& actions() const = 0;
    /// invalid: the input; others as the operation says. The output is checked against the schema
    /// by the caller.
    virtual Task<Result<json::value>> run(ActionCall call) = 0;
    /// What a model is shown of an output: the whole, unless the connector leaves out what only
    /// programs need.
    virtual json::value shown(std::string_view /*sort*/, const json::value& output) const {
        return output;
    }
};

/// All connectors of this program.
struct Catalogue {
    std::vector<std::unique_ptr<Connector>> connectors;
    Connector* find(std::string_view category) const;
};

} // namespace weft::connectors
