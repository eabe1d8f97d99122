#pragma once

#include "base/task.h"
#include "domain/connector.h"
#include "domain/execution.h"
#include "domain/scope.h"
#include "models/caller.h"

#include <map>
#include <memory>
#include <set>
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
        false; ///< an earlier attempt may have done it: a checkable action asks before it acts
    ConnectorAccount account = {}; ///< which is active
    std::string model = {};        ///< of the agent that calls, "provider/name"; empty: by hand
    Usage* used = nullptr; ///< where to count what the call used, also of one that fails; the
                           ///< caller's, outlives the call
};

/// One setting that an account of a kind takes.
struct FormField {
    Field field; ///< of a nested member its id has dots: "auth.token"
    bool is_secret = false;
};

/// What an account is set up with. Secrets are stored apart from the config, by names such as
/// "auth.token".
struct Setup {
    json::object config;                        ///< without secrets
    std::map<std::string, std::string> secrets; ///< to store now
    std::set<std::string> kept = {};            ///< names of stored ones that stay; others go
    std::string lacking = {};                   ///< what must be given before it can be used
};

/// What an action of class `awaited` waits for.
struct Awaited {
    WaitReason reason = WaitReason::time;
    std::string name = {};                   ///< of an event
    std::optional<Instant> until = {};       ///< of `time` the end, of the others a deadline
    std::optional<milliseconds> within = {}; ///< the same, from the beginning of the wait
    std::optional<ExecutionStart> child = {};
};

/// A kind of account or service. Errors of its actions: an agent's model is told of malformed,
/// invalid, not_found, conflict, too_large, forbidden and media_type, so that it can do better;
/// rate_limited, unavailable and timed_out are tried again; others end the step. An action of class
/// `once` gives `retry_after_s` with one of the three when it knows that nothing happened: without
/// it nothing is tried again. unauthenticated: the outside refused the account's credentials.
///
/// Owned by the catalogue; used from all io threads. Terminal
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
    /// What the action would ask of a language model, for its price before it is called: as run()
    /// asks it. None: nothing.
    virtual std::optional<models::Call> asks_model(const ActionCall& /*call*/) const {
        return std::nullopt;
    }
    /// Of an action of class `awaited`, which is not run: its result comes from outside. Pure.
    /// invalid: the input, as run() says it.
    virtual Result<Awaited> wait_for(std::string_view sort, const json::object& /*input*/) const {
        return fail(Code::not_found, fmt::format("Nothing is waited for by {}.", sort));
    }
    /// None: an account needs no settings, and every project has one from the start.
    virtual std::vector<FormField> form() const { return {}; }
    /// The words of api's catalogue for how accounts authenticate.
    virtual std::vector<std::string> auth() const { return {"none"}; }
    /// The setup after a person gave `config`. `before`: the config as it stands and, in `kept`,
    /// the names of its secrets; empty of a new account. invalid: names the wrong member below
    /// "config".
    virtual Result<Setup> set_up(const json::object& /*config*/, const Setup& /*before*/) const {
        return Setup{};
    }
    /// Whether accounts may have actions of their own (store/custom_actions.h).
    virtual bool takes_custom_actions() const { return false; }
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
