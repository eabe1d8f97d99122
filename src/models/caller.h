#pragma once

#include "base/time.h"
#include "domain/scope.h"
#include "models/call_gate.h"
#include "models/model.h"

namespace weft::models {

/// Waits without holding a thread; false: the waiting coroutine was cancelled meanwhile.
using Wait = std::function<Task<bool>(milliseconds)>;
/// On the executor of the coroutine that awaits it.
Task<bool> wait_on_timer(milliseconds how_long);

/// The models of a project that has keys of its own; nullptr: those of the server.
using OwnModels = std::function<Task<Result<std::shared_ptr<const Registry>>>(Scope)>;
/// What projects have set for calls of models.
struct ProjectRules {
    OwnModels models = {}; ///< none: no project has keys of its own
    GatesOf gates = {};    ///< none: no project limits calls
};

/// How long one call may go on within this process.
struct CallPolicy {
    int attempts_max = 3; ///< of each model; 1: whoever calls repeats it, as the engine does
    milliseconds wait_first{500};    ///< before the second attempt; doubled before each further one
    milliseconds wait_max{20'000};   ///< a provider that asks for more is not waited for
    milliseconds total_max{300'000}; ///< no attempt begins later than this
};

/// One question to a language model.
struct Call {
    /// "provider/name", in the order in which they are tried. At least one.
    std::vector<std::string> models;
    Scope scope = {}; ///< whose keys are used; no project: the server's
    /// `model` is filled in for each of them. With a `form` the answer is checked against it.
    ModelRequest request;
    int repairs_max = 2; ///< how often a model is told its faults against the form and asked again
    CallPolicy policy = {};
    /// Told when the turn comes to a model, with what it is asked, which stays until the answer.
    std::function<void(const std::string& model, const ModelRequest&)> on_turn = {};
};

/// What all attempts of a call used, each at the price of the model that was asked.
struct Spent {
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t cost_micro_usd = 0;
    /// An attempt got no answer, or a part of one: what its provider bills, nobody has said.
    bool cut_off = false;
};

struct Answered {
    std::string model;     ///< the one that answered, as it stood in Call::models
    Completion completion; ///< its tokens are the last attempt's
    /// With a form: the answer, checked. null without one, and where the model called a tool or
    /// refused instead of answering.
    json::value value;
    Spent spent;
};

struct CallFailure {
    std::string model; ///< the one asked last
    ModelFailure failure;
    Spent spent;
    bool unusable = false; ///< nothing was asked: no such model, or no key for it
};

using CallAnswer = std::expected<Answered, CallFailure>;

/// Gets one answered call out of the models there are. Owned by the server's wiring; used from all
/// io threads at once.
///
/// A failure of class retry or retry_after is repeated with the same model after a wait
/// (Retry-After where the provider gave one), then the next model of the call is asked; a refusal
/// is final, except for an account without credit, which another provider may have; a request that
/// is too long goes to the next model whose window is larger. A model that lacks its key is passed
/// over unless it is the first. Once a piece of text has gone to `on_text` nothing is asked again:
/// who reads along would see it twice. Cancelling the awaiting coroutine ends the call as Model
/// says.
///
/// With a form: an answer that is no JSON or does not fit is shown to the model with its faults,
/// and asked for again; after the last repair that is a failure of class retry, and the next model
/// is asked. Nothing is streamed until the answer fits; then `on_text` gets it whole.
class Caller {
public:
    /// The two outlive it.
    Caller(const Registry& registry, Clock& clock, Wait wait = wait_on_timer,
           ProjectRules rules = {})
        : registry_(registry), clock_(clock), wait_(std::move(wait)), rules_(std::move(rules)) {}

    /// invalid: no model is named, or the first cannot be used: says which setting to give.
    Task<Result<>> check(std::vector<std::string> models, Scope scope) const;

    Task<CallAnswer> call(Call call, ChunkSink on_text = {}) const;
    /// The server's: for prices and limits, which no key changes.
    const Registry& registry() const { return registry_; }

private:
    struct Progress;
    /// What the call is made with. Models that are built in need no look at the project.
    Task<Result<std::shared_ptr<const Registry>>> models_for(const std::vector<std::string>& models,
                                                             const Scope& scope) const;
    Task<ModelAnswer> ask(Model& model, Progress& progress) const;
    Task<ModelAnswer> complete(Model& model, const Progress& progress, ChunkSink sink) const;
    Task<ModelAnswer> ask_in_form(Model& model, Progress& progress) const;

    const Registry& registry_;
    Clock& clock_;
    Wait wait_;
    ProjectRules rules_;
};

} // namespace weft::models
