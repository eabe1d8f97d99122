#include "engine/decide.h"

#include "base/check.h"
#include "engine/journal.h"
#include "engine/policies.h"
#include "engine/progress.h"
#include "store/executions.h"

namespace weft::engine {

namespace {

double whole(std::int64_t micro) { return static_cast<double>(micro) / 1e6; }

/// What a person is asked when no budget has room for the next call.
Ask ask_for_more(const Run& run) {
    const auto& [of, needed, tokens] = *run.shortfall;
    const Agent* agent = run.flow->find(run.steps.back().agent);
    const std::string title = agent ? agent->title : std::string{};
    return {.type = InboxType::budget,
            .agent = run.steps.back().agent,
            .agent_title = title,
            .summary =
                fmt::format("\"{}\" may not go on. {}", title, shortfall_sentence(*run.shortfall)),
            .asked = to_text(json::object{{"level", to_text(of.budget.level)},
                                          {"window", to_text(of.budget.window)},
                                          {"unit", to_text(of.budget.unit)},
                                          {"ceiling", whole(of.budget.ceiling)},
                                          {"used", whole(of.used)},
                                          {"left", whole(of.left())},
                                          {"needed", whole(needed)}})};
}

/// One decision being made. Every function that ends it returns true.
class Deciding {
public:
    Deciding(Run run, Instant now, const Limits& limits, const StepExecutor& executor)
        : now_(now), limits_(limits), executor_(executor) {
        made_.run = std::move(run);
    }

    Decision on(Claimed) {
        if (run().waiting_for == WaitReason::budget)
            made_.act = Act::wait; // nobody has answered
        else if (const Effect* open = open_effect_of(run()))
            resume(*open);
        else
            proceed();
        return std::move(made_);
    }
    Decision on(Performed performed) {
        take(std::move(performed.outcome));
        proceed();
        return std::move(made_);
    }
    Decision on(Overruled) {
        if (open_effect_of(run())) take_timed_out();
        proceed();
        return std::move(made_);
    }
    Decision on(Aborted aborted) {
        take(std::move(aborted.outcome));
        if (!step().effects.back().error) ask(Mode::finish_only);
        keep(charge_open_step());
        flush();
        made_.act = Act::record;
        return std::move(made_);
    }
    Decision on(Stopped) {
        keep(charge_open_step());
        if (!made_.ledger.empty()) happened(JournalKind::charged);
        made_.act = Act::record;
        return std::move(made_);
    }
    Decision on(Broken broken) {
        fail_with({"internal", std::move(broken.why)});
        return std::move(made_);
    }

private:
    enum class Mode { go_on, finish_only };

    Run& run() { return made_.run; }
    Step& step() { return made_.run.steps.back(); }

    void happened(JournalKind kind) {
        made_.happened.push_back(record(run(), kind, now_, ended_));
        ended_ = {};
        ++run().next_seq;
        if (made_.happened.size() > 1) return;
        made_.first_usage = made_.usage;
        made_.first_ledger_rows = made_.ledger.size();
    }
    bool next(JournalKind kind, Act act) {
        if (act != Act::perform) made_.last_charge = charge_open_step();
        made_.next = record(run(), kind, now_, ended_);
        ++run().next_seq;
        made_.act = act;
        return true;
    }

    /// The open effect's outcome; its row is written once it is known whether the step ends with
    /// it.
    void take(EffectOutcome outcome) {
        CHECK(open_effect_of(run()));
        const Streamed& streamed = step().effects.back().streamed;
        if (!streamed.text.empty() && !outcome.result.contains("text"))
            outcome.result["text"] = streamed.text;
        const bool cut_off = outcome.cut_off;
        close_effect(run(), std::move(outcome), now_);
        made_.usage += uncounted(step().effects.back());
        settle(cut_off);
        result_due_ = true;
    }
    /// Its owner did not let go of it: what it used, nobody has said.
    void take_timed_out() {
        const Usage& known = step().effects.back().streamed.usage;
        take({{}, deadline_of_call(run(), executor_, limits_).error, known, true});
    }
    /// What budgets held for the effect is given back but for what it used; all of it is kept when
    /// nobody knows.
    void settle(bool cut_off) {
        const Effect& effect = step().effects.back();
        if (!effect.reserved) return;
        const auto& [worst, credits_before] = *effect.reserved;
        const Amount used{effect.usage.cost_micro_usd,
                          executor_.charge(run()).usage.credits_micro - credits_before};
        if (cut_off) {
            ended_.lost = worst - used;
            lose(run(), ended_.lost);
        } else {
            made_.settle = {worst, used, effect.started};
        }
    }
    /// A step that waits, fails or is stopped is charged for what it has used by then: whoever
    /// waits may be stopped when nobody is there to count.
    std::optional<LedgerRow> charge_open_step() {
        if (run().steps.empty() || step().output || step().usage == step().charged)
            return std::nullopt;
        LedgerRow charge = executor_.charge(run());
        charge_rest(charge);
        charge_step(run(), charge.usage.credits_micro);
        return charge;
    }
    /// Of what the step is charged as a whole, what it is not charged yet.
    void charge_rest(LedgerRow& charge) {
        name_charge(charge);
        charge.usage = difference(charge.usage, step().charged);
        ended_.credits_micro = charge.usage.credits_micro;
    }
    /// With the row that comes next.
    void keep(std::optional<LedgerRow> charge) {
        if (!charge) return;
        made_.usage.credits_micro += charge->usage.credits_micro;
        made_.ledger.push_back(std::move(*charge));
    }
    void flush() {
        if (!std::exchange(result_due_, false)) return;
        happened(JournalKind::result);
    }

    /// An intent without a result: an earlier process died with it, or was shut down.
    void resume(const Effect& open) {
        if (open.effect_class == EffectClass::awaited) {
            if (auto up = time_up_at(now_); up && !is_for_a_person(open.awaits)) {
                take({{}, up, {}});
                fail_with(std::move(*up));
                return;
            }
            if (!run().wake_at || now_ < *run().wake_at) {
                made_.act = Act::wait;
                return;
            }
            take(when_due(open));
            proceed();
            return;
        }
        if (open.effect_class == EffectClass::once) {
            if (run().waiting_for != WaitReason::uncertain_effect)
                made_.ask = executor_.ask_whether_done(run());
            wait_for(WaitReason::uncertain_effect, std::nullopt);
            return;
        }
        if (now_ >= deadline_of_call(run(), executor_, limits_).at) {
            take_timed_out();
            proceed();
            return;
        }
        if (open.reserved) { // what it may have cost until then is lost: reserve anew
            const Usage& known = open.streamed.usage;
            take({{},
                  EffectError{std::string(interrupted_code), std::string(interrupted_sentence)},
                  known,
                  true});
            proceed();
            return;
        }
        step().effects.back().repeated = true;
        if (const Streamed& cut = open.streamed; !cut.text.empty() || cut.usage != Usage{}) {
            abandon_stream(run());
            happened(JournalKind::partial);
        }
        made_.act = Act::perform;
    }

    /// The time has come, be it what was waited for or a deadline.
    EffectOutcome when_due(const Effect& open) const {
        json::object output{{"timed_out", open.awaits != WaitReason::time}};
        if (open.awaits == WaitReason::time) output["waited_until"] = now_.epoch_seconds();
        return {{{"output", std::move(output)}}, {}, {}};
    }

    void proceed() {
        while (!advance()) {}
    }
    bool advance() {
        if (run().steps.empty()) return begin(first_agent());
        if (step().output) return begin(step().next);
        if (!step().effects.empty() && step().effects.back().redo) return again();
        if (may_retry_last()) return retry();
        return ask(Mode::go_on);
    }

    AgentId first_agent() const {
        const Agentflow& flow = *made_.run.flow;
        if (flow.agents.empty()) return {};
        if (made_.run.start.start_from) return made_.run.start.start_from;
        return flow.initial_agent ? flow.initial_agent : flow.agents.front().id;
    }

    bool begin(AgentId agent) {
        if (!agent) return complete();
        const Agent* found = run().flow->find(agent);
        if (!found)
            return fail_with({"no_such_agent", "The flow has no agent " + agent.hex() + "."});
        if (std::ssize(run().steps) >= limits_.steps_max)
            return fail_with(
                {"step_limit",
                 fmt::format("This run has visited {} agents, which is the limit, and was about to "
                             "visit \"{}\" next. If its decisions lead in a circle, let one of "
                             "them lead to \"end\".",
                             limits_.steps_max, found->title)});
        open_step(run(), agent, now_);
        return false;
    }

    bool may_retry_last() {
        const Effect* last = step().effects.empty() ? nullptr : &step().effects.back();
        return last && last->error && may_retry(*last, retry_policy_of(run(), executor_, limits_));
    }
    bool retry() {
        const Effect& failed = step().effects.back();
        const Instant due = run().wake_at.value_or(
            failed.ended + wait_after(retry_policy_of(run(), executor_, limits_), failed.attempt,
                                      failed.error->retry_after, effect_key(run())));
        if (auto up = time_up_at(std::max(now_, due))) {
            up->message += " Its last call failed: " + failed.error->message;
            return fail_with(std::move(*up));
        }
        if (now_ < due) return wait_for(WaitReason::retry, due);
        return again();
    }
    bool again() {
        flush();
        if (auto up = time_up_at(now_)) return fail_with(std::move(*up));
        if (over_effects()) return true;
        if (has_no_room(step().effects.back().intent)) return true;
        reopen_effect(run(), now_);
        return next(JournalKind::intent, Act::perform);
    }

    /// Whether the step's or the run's time is up then, and what is told.
    std::optional<EffectError> time_up_at(Instant then) {
        auto deadline = deadline_of_run(run());
        if (!deadline || then < deadline->at) return std::nullopt;
        return std::move(deadline->error);
    }

    bool wait_for(WaitReason reason, std::optional<Instant> until) {
        flush();
        const bool known = run().waiting_for == reason && run().wake_at == until;
        set_wait(run(), reason, until, now_);
        if (!known) {
            keep(charge_open_step());
            happened(JournalKind::wait);
        }
        made_.act = Act::wait;
        return true;
    }

    bool ask(Mode mode) {
        Move move = executor_.next(run());
        if (auto* finish = std::get_if<Finish>(&move)) return finish_step(std::move(*finish));
        if (mode == Mode::finish_only) return true;
        flush();
        if (auto* fail = std::get_if<Fail>(&move)) return fail_with(std::move(fail->error));
        if (auto up = time_up_at(now_)) return fail_with(std::move(*up));
        if (over_effects()) return true;
        if (auto* await = std::get_if<Await>(&move)) return wait_outside(std::move(*await));
        Perform& perform = std::get<Perform>(move);
        if (has_no_room(perform.intent)) return true;
        open_effect(run(), perform.effect_class, std::move(perform.intent), now_);
        return next(JournalKind::intent, Act::perform);
    }

    bool wait_outside(Await await) {
        std::optional<Instant> until = await.until;
        if (await.within) until = now_ + microseconds(*await.within);
        CHECK(until || await.reason != WaitReason::time);
        CHECK(await.child.has_value() == (await.reason == WaitReason::child));
        open_await(run(), await.reason, std::move(await.name), until, std::move(await.intent),
                   now_);
        made_.child = std::move(await.child);
        made_.ask = std::move(await.ask);
        return next(JournalKind::intent, Act::wait);
    }

    /// Whether the call that would come next must not; of one that may answer with fewer tokens,
    /// `intent` then says how many.
    bool has_no_room(json::object& intent) {
        const auto shortfall = std::exchange(run().shortfall, std::nullopt);
        if (!shortfall) return false;
        if (shortfall->output_tokens > 0) {
            intent["max_tokens"] = shortfall->output_tokens;
            return false;
        }
        run().shortfall = shortfall;
        if (shortfall->of.budget.policy != BudgetPolicy::ask)
            return fail_with({.code = "budget_exceeded",
                              .message = shortfall_sentence(*shortfall),
                              .http_status = 402});
        made_.ask = ask_for_more(run());
        return wait_for(WaitReason::budget, std::nullopt);
    }

    bool over_effects() {
        if (attempts_of(run()) < limits_.effects_max) return false;
        return fail_with(
            {"effect_limit",
             fmt::format("This run has made {} calls of models and tools, which is the limit.",
                         limits_.effects_max)});
    }

    bool finish_step(Finish finish) {
        charge_rest(finish.charge);
        const std::int64_t credits = finish.charge.usage.credits_micro;
        const bool all_charged = step().charged != Usage{} && finish.charge.usage == Usage{};
        if (!all_charged) keep(std::move(finish.charge));
        const AgentId next = step().agent == run().start.stop_after ? AgentId{} : finish.next;
        close_step(run(), std::move(finish.output), next, credits, now_);
        if (result_due_)
            flush();
        else
            happened(JournalKind::branch);
        return false;
    }

    void name_charge(LedgerRow& charge) {
        if (!charge.agent) charge.agent = step().agent;
        if (!charge.agent_title.empty()) return;
        if (const Agent* agent = run().flow->find(charge.agent)) charge.agent_title = agent->title;
    }

    bool complete() {
        std::string conclusion = run().steps.empty() ? std::string{} : step().output->text;
        set_finished(run(), ExecutionState::completed, std::move(conclusion), std::nullopt);
        return next(JournalKind::finished, Act::end);
    }
    bool fail_with(EffectError error) {
        flush();
        if (run().childless)
            error.message +=
                " No other agentflow took over. " + store::executions::task_full().message;
        set_finished(run(), ExecutionState::failed, {}, std::move(error));
        return next(JournalKind::finished, Act::end);
    }

    Decision made_;
    Instant now_;
    const Limits& limits_;
    const StepExecutor& executor_;
    bool result_due_ = false;
    Ended ended_; ///< of the row that comes next
};

} // namespace

void reserve(Decision& made, const Reserved& reserved) {
    made.run.steps.back().effects.back().reserved = reserved;
    const Instant at = made.next->at;
    --made.run.next_seq;
    made.next = record(made.run, JournalKind::intent, at);
    ++made.run.next_seq;
}

Decision decide(Run run, Signal signal, Instant now, const Limits& limits,
                const StepExecutor& executor) {
    Deciding deciding(std::move(run), now, limits, executor);
    return std::visit([&](auto each) { return deciding.on(std::move(each)); }, std::move(signal));
}

} // namespace weft::engine
