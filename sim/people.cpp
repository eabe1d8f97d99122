#include "sim/people.h"

#include "store/agentflows.h"
#include "store/journal.h"

namespace weft::sim {

namespace {

constexpr std::int64_t executions_max = 6;

} // namespace

Task<> People::save(Agentflow flow) {
    flow.name = "simulated";
    const bool replaced = random_.chance(40);
    auto saved = co_await machine_.store().write([&](store::Tx& tx) -> Result<Agentflow> {
        Agentflow first = TRY(store::agentflows::save(tx, machine_.scope, flow));
        flow.parent = first.id;
        flow.failover_goal = "To be done in its place";
        if (replaced) TRY(store::agentflows::save(tx, machine_.scope, std::move(flow)));
        return first;
    });
    if (saved) flow_ = *std::move(saved);
}

Known& People::take_in(const Execution& execution) {
    const auto [found, fresh] = book_.executions.try_emplace(execution.id);
    Known& known = found->second;
    if (!fresh) return known;
    known.id = execution.id;
    known.task = execution.task;
    known.began = std::move(book_.unknown[execution.id]);
    book_.order.push_back(execution.id);
    machine_.watch(execution.id);
    return known;
}

void People::see(const Execution& execution, std::int64_t asked_at) {
    Known& known = take_in(execution);
    if (known.final_state && known.ended_at <= asked_at && *known.final_state != execution.state)
        trace_.broken("{}: had ended as {} and is {}", execution.id.hex(),
                      to_text(*known.final_state), to_text(execution.state));
    if (!is_final(execution.state)) return;
    if (!known.final_state) known.ended_at = ++book_.moment;
    known.final_state = execution.state;
}

void People::see_change(const std::string& what, const Execution& execution,
                        std::int64_t asked_at) {
    see(execution, asked_at);
    Known& known = book_.executions.at(execution.id);
    if (what == "stop" && !known.stopped_at_seq) known.stopped_at_seq = execution.next_seq;
    if (what == "stop" && !is_final(execution.state))
        trace_.broken("{}: stopped, and {}", execution.id.hex(), to_text(execution.state));
    if (what == "pause" && execution.state == ExecutionState::paused &&
        known.resumes_under_way == 0 && !known.paused_at_seq)
        known.paused_at_seq = execution.next_seq;
    if (what == "resume") known.paused_at_seq.reset();
}

void People::lift_pause(const TaskId& task, int resumes) {
    for (auto& [id, known] : book_.executions)
        if (known.task == task) {
            known.paused_at_seq.reset();
            known.resumes_under_way = std::max(0, known.resumes_under_way + resumes);
        }
}

Task<> People::create(store::executions::Start when, ExecutionId parent, AgentId from) {
    ExecutionStart start;
    start.agentflow = flow_.id;
    start.version = flow_.version;
    start.parent = parent;
    start.start_from = from;
    const std::int64_t asked_at = book_.moment;
    const auto made = co_await machine_.store().write([&](store::Tx& tx) {
        return store::executions::create(tx, machine_.scope, start, "task", when);
    });
    trace_.note("create: {}", made ? made->id.hex() : made.error().message);
    if (!made) co_return;
    see(*made, asked_at);
    machine_.engine().wake();
}

Task<> People::change(std::string what, Verb verb, ExecutionId id) {
    const TaskId task = book_.executions.at(id).task;
    const std::int64_t asked_at = book_.moment;
    if (what == "resume") lift_pause(task, 1);
    const auto done = co_await machine_.store().write(
        [&](store::Tx& tx) { return verb(tx, machine_.scope, id); });
    if (what == "resume") lift_pause(task, -1);
    trace_.note("{} {}: {}", what, id.hex(),
                done ? std::string(to_text(done->state)) : done.error().message);
    if (!done) co_return;
    if (what == "stop" && done->settling) machine_.engine().cancel({id});
    if (what != "stop") machine_.engine().wake();
    see_change(what, *done, asked_at);
}

Task<> People::change_task(std::string what, TaskVerb verb, TaskId id) {
    if (what == "resume") lift_pause(id, 1);
    std::vector<Execution> left;
    const std::int64_t asked_at = book_.moment;
    const auto done =
        co_await machine_.store().write([&](store::Tx& tx) -> Result<store::tasks::Changed> {
            auto changed = TRY(verb(tx, machine_.scope, id));
            for (const TaskNode& node : changed.view.nodes)
                left.push_back(TRY(store::executions::find(tx, machine_.scope, node.id)));
            return changed;
        });
    if (what == "resume") lift_pause(id, -1);
    trace_.note("{} task {}: {}", what, id.hex(),
                done ? fmt::format("{} executions", left.size()) : done.error().message);
    if (!done) co_return;
    if (what == "stop") machine_.engine().cancel(done->execution_ids);
    if (what != "stop") machine_.engine().wake();
    for (const Execution& each : left) see_change(what, each, asked_at);
}

void People::make() {
    using store::executions::Start;
    const Start when = random_.chance(80) ? Start::now : Start::when_told;
    const bool child = !book_.empty() && random_.chance(30);
    const ExecutionId parent = child ? random_.pick(book_.order) : ExecutionId{};
    const AgentId from = random_.chance(20) ? random_.pick(flow_.agents).id : AgentId{};
    machine_.begin(create(when, parent, from));
}

void People::act() {
    using namespace store;
    if (!saved()) return;
    const bool full = std::ssize(book_.order) >= executions_max;
    if (book_.empty() || (!full && random_.chance(35))) return make();
    if (random_.chance(20)) find_unknown();
    const ExecutionId id = random_.pick(book_.order);
    if (random_.chance(25)) return answer(id);
    const TaskId task = book_.executions.at(id).task;
    const std::int64_t dice = random_.between(1, 100);
    if (dice <= 15) return machine_.begin(change("start", executions::start, id));
    if (dice <= 40) return machine_.begin(change("pause", executions::request_pause, id));
    if (dice <= 68) return machine_.begin(change("resume", executions::request_resume, id));
    if (dice <= 78) return machine_.begin(change("stop", executions::request_stop, id));
    if (dice <= 85) return machine_.begin(change_task("pause", tasks::request_pause, task));
    if (dice <= 95) return machine_.begin(change_task("resume", tasks::request_resume, task));
    machine_.begin(change_task("stop", tasks::request_stop, task));
}

/// Truthful: whether the effect whose intent is the last one before row `seq` happened.
store::waits::Fate People::fate_of(const ExecutionId& id, std::int64_t seq) {
    using store::waits::Fate;
    const auto rows = machine_.store().read_here(
        [&](store::Rx& rx) { return store::journal::read(rx, machine_.scope, id, 1, seq - 1); });
    if (!rows) return Fate::stop;
    std::int64_t intent = 0;
    for (const JournalRow& row : *rows)
        if (row.kind == JournalKind::intent) intent = row.seq;
    for (const Began& began : book_.executions.at(id).began)
        if (began.seq == intent) {
            // Of what goes on somewhere still nobody can say that it did not happen.
            if (book_.under_way[began.key] > 0) return Fate::stop;
            return book_.acts[began.key] > 0 ? Fate::done : Fate::not_done;
        }
    return Fate::not_done;
}

Task<> People::give(ExecutionId id, store::waits::Open open, store::waits::Fate fate) {
    const bool uncertain = open.reason == WaitReason::uncertain_effect;
    const std::int64_t asked_at = book_.moment;
    const auto done = co_await machine_.store().write([&](store::Tx& tx) -> Result<Execution> {
        if (uncertain) return store::waits::decide_fate(tx, machine_.scope, id, open.seq, fate, {});
        return store::waits::answer(tx, machine_.scope, {id, open.reason, open.name, open.seq},
                                    {{"text", "answered"}});
    });
    trace_.note("answer {} row {}{}: {}", id.hex(), open.seq,
                uncertain ? fmt::format(" fate {}", static_cast<int>(fate)) : "",
                done ? std::string(to_text(done->state)) : done.error().message);
    if (!done) co_return;
    machine_.engine().wake();
    see(*done, asked_at);
}

/// Answers what waits for a person or an event.
void People::answer(const ExecutionId& id) {
    using store::waits::Fate;
    const auto open = machine_.store().read_here(
        [&](store::Rx& rx) { return store::waits::find(rx, machine_.scope, id); });
    if (!open || !*open || (*open)->reason == WaitReason::child) return;
    Fate fate = Fate::done;
    if ((*open)->reason == WaitReason::uncertain_effect)
        fate = random_.chance(15) ? Fate::stop : fate_of(id, (*open)->seq);
    machine_.begin(give(id, **open, fate));
}

void People::put_in_order() {
    using namespace store;
    find_unknown();
    for (const ExecutionId& id : book_.order) {
        const auto found = machine_.store().read_here(
            [&](Rx& rx) { return executions::find(rx, machine_.scope, id); });
        if (!found) continue;
        see(*found, book_.moment);
        if (is_final(found->state)) continue;
        if (found->state == ExecutionState::paused)
            machine_.begin(change("resume", executions::request_resume, id));
        else
            machine_.begin(change("start", executions::start, id));
        answer(id);
    }
}

void People::find_unknown() {
    const auto page = machine_.store().read_here(
        [&](store::Rx& rx) { return store::executions::list(rx, machine_.scope, {.limit = 500}); });
    if (!page) return;
    for (const Execution& each : page->executions) see(each, book_.moment);
}

} // namespace weft::sim
