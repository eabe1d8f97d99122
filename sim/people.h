#pragma once

#include "sim/machine.h"
#include "store/executions.h"
#include "store/tasks.h"
#include "store/waits.h"

namespace weft::sim {

/// Those who use the server: they start, pause, resume and stop executions and whole tasks, and
/// write down what was acknowledged to them. They also find what was made and never acknowledged.
class People {
public:
    People(Machine& machine, Random& random, Book& book, Trace& trace)
        : machine_(machine), random_(random), book_(book), trace_(trace) {}

    /// The one flow that people start, and in some histories one that takes over when a run of it
    /// fails. Once, on the first process.
    Task<> save(Agentflow flow);
    /// Something at random; begins a request and does not wait.
    void act();
    /// Whoever waits for a person is answered, whoever rests goes on: one round of it.
    void put_in_order();
    /// Looks up what the store holds that nobody was told of, after a fall.
    void find_unknown();

    bool saved() const { return static_cast<bool>(flow_.version); }
    const Agentflow& flow() const { return flow_; }

private:
    using Verb = Result<Execution> (*)(store::Tx&, const Scope&, const ExecutionId&);
    using TaskVerb = Result<store::tasks::Changed> (*)(store::Tx&, const Scope&, const TaskId&);

    Task<> create(store::executions::Start when, ExecutionId parent, AgentId from);
    Task<> change(std::string what, Verb verb, ExecutionId id);
    Task<> change_task(std::string what, TaskVerb verb, TaskId id);

    Task<> give(ExecutionId id, store::waits::Open open, store::waits::Fate fate);

    void make();
    void answer(const ExecutionId& id);
    store::waits::Fate fate_of(const ExecutionId& id, std::int64_t seq);
    Known& take_in(const Execution& execution);
    /// What a person was shown who asked at that moment: an end stays.
    void see(const Execution& execution, std::int64_t asked_at);
    void see_change(const std::string& what, const Execution& execution, std::int64_t asked_at);
    /// A request to resume it has begun (1) or was answered (-1).
    void lift_pause(const TaskId& task, int resumes);

    Machine& machine_;
    Random& random_;
    Book& book_;
    Trace& trace_;
    Agentflow flow_;
};

} // namespace weft::sim
