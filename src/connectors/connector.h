#pragma once

#include "base/task.h"
#include "domain/agentflow.h"
#include "domain/scope.h"

#include <memory>
#include <string>
#include <vector>

namespace weft::connectors {

/// One call of an action.
struct ActionCall {
    Scope scope;
    std::string sort;        ///< the action's verb
    json::object input;      ///< checked against the action's input schema, preset members merged in
    std::string effect_key;  ///< the same for every repetition; empty for a call by hand
    std::vector<FileId> files; ///< of the execution, in order
};

/// A kind of account or service. Owned by the catalogue; used from all io threads. Terminal cancellation aborts.
class Connector {
public:
    virtual ~Connector() = default;
    virtual std::string_view category() const = 0;
    virtual std::string_view display_name() const = 0;
    /// Every operation with its schemas and effect class. Ids are minted when a project gets the connector.
    virtual const std::vector<Action>& actions() const = 0;
    /// invalid: the input; others as the operation says. The output is checked against the schema by the caller.
    virtual Task<Result<json::value>> run(ActionCall call) = 0;
};

/// All connectors of this program.
struct Catalogue {
    std::vector<std::unique_ptr<Connector>> connectors;
    Connector* find(std::string_view category) const;
};

} // namespace weft::connectors
