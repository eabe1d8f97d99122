// Pause, resume and stop of an execution in every state, each once and twice, on the execution and
// on its task, and every pair of them: as two requests at once end up in the writer, one after the
// other.
#include "store/test_world.h"

namespace weft::store {

namespace {

using State = ExecutionState;

/// How a row looks in each state of the product's, with an owner where somebody is at work on it.
struct Situation {
    const char* name;
    const char* columns;
    State state;
    bool ready;    ///< may be claimed
    bool owned;    ///< somebody holds it
    State resumed; ///< what pause and resume lead back to
};

constexpr Situation situations[] = {
    {"queued", "state = 0", State::ready, true, false, State::ready},
    {"not started", "state = 0, started = 0", State::ready, false, false, State::ready},
    {"running", "state = 1, owner = 1, epoch = 1", State::running, false, true, State::running},
    {"between claims", "state = 1", State::running, true, false, State::running},
    {"retrying", "state = 1, wake_at = 9999999999999999", State::running, false, false,
     State::running},
    {"waiting for a person", "state = 2", State::input_required, false, false,
     State::input_required},
    {"waiting with a deadline", "state = 2, wake_at = 9999999999999999", State::input_required,
     false, false, State::input_required},
    {"paused", "state = 3, paused_from = 1, want = 1", State::paused, false, false, State::running},
    {"pausing", "state = 3, paused_from = 1, want = 1, owner = 1, epoch = 1", State::paused, false,
     true, State::running},
    {"paused while it waited", "state = 3, paused_from = 2, want = 1", State::paused, false, false,
     State::input_required},
    {"settling", "state = 6, want = 2, owner = 1, epoch = 1, settling = 1, ended_at = 5",
     State::cancelled, false, true, State::cancelled},
    {"completed", "state = 4, ended_at = 5", State::completed, false, false, State::completed},
    {"failed", "state = 5, ended_at = 5", State::failed, false, false, State::failed},
    {"cancelled", "state = 6, want = 2, ended_at = 5", State::cancelled, false, false,
     State::cancelled},
};

enum class Verb { pause, resume, stop };
constexpr Verb verbs[] = {Verb::pause, Verb::resume, Verb::stop};
enum class On { execution, task };

std::string_view name_of(Verb verb) {
    return verb == Verb::pause ? "pause" : verb == Verb::resume ? "resume" : "stop";
}

class Placed {
public:
    explicit Placed(const Situation& situation) : made_(world_.make()) {
        world_.execute("DELETE FROM ready");
        world_.set(made_.id, situation.columns);
        if (situation.ready)
            world_.execute(fmt::format("INSERT INTO ready (project_id, since, execution_id) VALUES "
                                       "({}, 1, {})",
                                       world_.bytes(world_.scope.project), world_.bytes(made_.id)));
        world_.clock.advance(seconds(1));
    }

    /// Why it was refused, if it was.
    std::optional<Code> apply(Verb verb, On on) {
        Tx tx = world_.tx();
        const Scope& scope = world_.scope;
        const auto code = [](const auto& result) {
            return result ? std::nullopt : std::optional(result.error().code);
        };
        if (on == On::task) {
            if (verb == Verb::pause) return code(tasks::request_pause(tx, scope, made_.task));
            if (verb == Verb::resume) return code(tasks::request_resume(tx, scope, made_.task));
            return code(tasks::request_stop(tx, scope, made_.task));
        }
        if (verb == Verb::pause) return code(executions::request_pause(tx, scope, made_.id));
        if (verb == Verb::resume) return code(executions::request_resume(tx, scope, made_.id));
        return code(executions::request_stop(tx, scope, made_.id));
    }

    /// All that a verb may change.
    std::string shape() {
        const Execution now = world_.find(made_.id);
        return fmt::format("{} want {} owner {} settling {} wake {} ended {} ready {} stops {}",
                           to_text(now.state), static_cast<int>(now.want), now.owner, now.settling,
                           now.wake_at ? now.wake_at->us : 0, now.ended_at ? now.ended_at->us : 0,
                           world_.ready(made_.id), world_.count("stopped"));
    }

    World world_;
    const Execution made_;
};

State after(const Situation& from, State now, Verb verb) {
    if (is_final(now)) return now;
    if (verb == Verb::stop) return State::cancelled;
    if (verb == Verb::pause) return State::paused;
    return now == State::paused ? from.resumed : now;
}

/// What must hold of a row whatever was asked of it.
void check(Placed& placed, const Situation& from, State expected) {
    const Execution now = placed.world_.find(placed.made_.id);
    EXPECT_EQ(now.state, expected) << to_text(now.state);
    EXPECT_EQ(now.owner, from.owned ? 1 : 0);
    EXPECT_EQ(now.settling, now.state == State::cancelled && from.owned);
    EXPECT_EQ(now.ended_at.has_value(), is_final(now.state));
    const bool claimable = placed.world_.ready(placed.made_.id) > 0;
    if (now.state == State::paused || is_final(now.state)) {
        EXPECT_FALSE(claimable);
    }
    // Every live run is ready, owned, waiting for something, paused or not yet told to start.
    const bool rests = now.owner != 0 || now.wake_at || now.state == State::paused ||
                       now.state == State::input_required ||
                       std::string_view(from.name) == "not started";
    EXPECT_TRUE(is_final(now.state) || claimable != rests);
    EXPECT_EQ(placed.world_.count("stopped"), is_final(now.state) && !is_final(from.state) ? 1 : 0);
}

} // namespace

TEST(Verbs, in_every_state_once_and_twice) {
    for (const On on : {On::execution, On::task})
        for (const Situation& from : situations)
            for (const Verb verb : verbs) {
                SCOPED_TRACE(fmt::format("{} of what is {}, on the {}", name_of(verb), from.name,
                                         on == On::task ? "task" : "execution"));
                Placed placed(from);
                const bool refused = is_final(from.state) && verb != Verb::stop;
                const std::string before = placed.shape();
                EXPECT_EQ(placed.apply(verb, on),
                          refused ? std::optional(Code::conflict) : std::nullopt);
                check(placed, from, after(from, from.state, verb));
                const std::string once = placed.shape();
                if (is_final(from.state)) {
                    EXPECT_EQ(once, before);
                }
                placed.world_.clock.advance(seconds(1));
                EXPECT_EQ(placed.apply(verb, on),
                          refused ? std::optional(Code::conflict) : std::nullopt);
                EXPECT_EQ(placed.shape(), once);
            }
}

TEST(Verbs, two_at_once_in_either_order) {
    for (const On first_on : {On::execution, On::task})
        for (const On second_on : {On::execution, On::task})
            for (const Situation& from : situations)
                for (const Verb first : verbs)
                    for (const Verb second : verbs) {
                        SCOPED_TRACE(fmt::format("{} then {} of what is {}", name_of(first),
                                                 name_of(second), from.name));
                        Placed placed(from);
                        placed.apply(first, first_on);
                        const State between = after(from, from.state, first);
                        const auto code = placed.apply(second, second_on);
                        const bool refused = is_final(between) && second != Verb::stop;
                        EXPECT_EQ(code, refused ? std::optional(Code::conflict) : std::nullopt);
                        check(placed, from, after(from, between, second));
                    }
}

/// A step's commit meets each verb; whatever comes first, one result is counted and nothing is
/// begun after a stop or a pause.
TEST(Verbs, racing_with_a_step_and_with_the_end) {
    for (const bool ends : {false, true})
        for (const bool verb_first : {false, true})
            for (const Verb verb : verbs) {
                SCOPED_TRACE(fmt::format("{} {} {}", name_of(verb), verb_first ? "before" : "after",
                                         ends ? "the end" : "a step"));
                Placed placed(situations[0]);
                World& world = placed.world_;
                const Claim claim = world.claim_one();
                StepCommit step = world.step(claim);
                if (ends) {
                    step.intent->kind = JournalKind::finished;
                    step.next_state = State::completed;
                }
                if (verb_first) placed.apply(verb, On::task);
                const Verdict verdict = world.commit(step);
                if (!verb_first) placed.apply(verb, On::task);
                const Execution now = world.find(placed.made_.id);
                EXPECT_EQ(now.usage.input_tokens, 10);
                if (verb == Verb::stop && verb_first) {
                    EXPECT_EQ(verdict, Verdict::stopped);
                    EXPECT_EQ(now.state, State::cancelled);
                    EXPECT_EQ(now.next_seq, 2);
                    EXPECT_EQ(now.owner, 0);
                } else if (ends) {
                    EXPECT_EQ(now.state, State::completed); // an end wins over a pause
                    EXPECT_EQ(now.next_seq, 3);
                    EXPECT_EQ(now.owner, 0);
                } else if (verb == Verb::pause && verb_first) {
                    EXPECT_EQ(verdict, Verdict::paused);
                    EXPECT_EQ(now.next_seq, 2);
                    EXPECT_EQ(now.owner, 0);
                } else {
                    EXPECT_EQ(verdict, Verdict::committed);
                    EXPECT_EQ(now.next_seq, 3);
                }
            }
}

TEST(Verbs, of_a_task_reach_its_whole_tree) {
    World world;
    const Execution root = world.make();
    const Execution child = world.make(executions::Start::now, root.id);
    const Execution grandchild = world.make(executions::Start::when_told, child.id);
    const Execution ended = world.make(executions::Start::now, root.id);
    world.set(ended.id, "state = 4, ended_at = 5");
    world.execute(fmt::format("DELETE FROM ready WHERE execution_id = {}", world.bytes(ended.id)));
    const Execution other = world.make();
    const auto states = [&] {
        std::string text;
        for (const Execution& each : {root, child, grandchild, ended, other})
            text += std::string(to_text(world.find(each.id).state)) + " ";
        return text;
    };
    Tx tx = world.tx();
    must(tasks::request_pause(tx, world.scope, root.task));
    EXPECT_EQ(states(), "paused paused paused completed ready ");
    must(tasks::request_resume(tx, world.scope, root.task));
    EXPECT_EQ(states(), "ready ready ready completed ready ");
    EXPECT_EQ(world.ready(grandchild.id), 0);
    Scope person = world.scope;
    person.principal.name = "Ada";
    must(executions::request_stop(tx, world.scope, child.id));
    const auto changed = must(tasks::request_stop(tx, person, root.task));
    EXPECT_EQ(states(), "cancelled cancelled cancelled completed ready ");
    EXPECT_TRUE(changed.execution_ids.empty());

    const auto stops = must(tasks::stops(tx, world.scope, root.task));
    ASSERT_EQ(stops.size(), 3U);
    EXPECT_EQ(stops[0].by_name + stops[1].by_name + stops[2].by_name, "AdaAda");
    EXPECT_EQ(must(executions::find_stopped(tx, world.scope, child.id))->by_name, "");
    EXPECT_FALSE(must(executions::find_stopped(tx, world.scope, ended.id)));
    EXPECT_FALSE(must(executions::find_stopped(tx, world.project(), root.id)));
}

/// The engine's own making of a child goes the same way as a client's.
TEST(Verbs, a_child_of_a_stopped_or_paused_parent_is_stopped_or_paused_with_it) {
    World world;
    const Execution root = world.make();
    Tx tx = world.tx();
    const auto child = [&] {
        ExecutionStart start;
        start.agentflow = world.minter.mint<AgentflowTag>(1);
        start.version = world.minter.mint<VersionTag>(1);
        start.parent = root.id;
        return executions::create(tx, world.scope, start, "child", executions::Start::now);
    };
    must(executions::request_pause(tx, world.scope, root.id));
    must(tasks::request_pause(tx, world.scope, root.task));
    const auto paused = child();
    ASSERT_TRUE(paused);
    EXPECT_EQ(paused->state, State::paused);
    EXPECT_EQ(world.ready(paused->id), 0);
    must(executions::request_stop(tx, world.scope, root.id));
    must(tasks::request_stop(tx, world.scope, root.task));
    EXPECT_EQ(child().error().code, Code::conflict);
    EXPECT_EQ(world.find(paused->id).state, State::cancelled);
}

} // namespace weft::store
