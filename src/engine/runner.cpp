#include "engine/runner.h"

#include "base/log.h"
#include "engine/journal.h"
#include "engine/policies.h"
#include "engine/progress.h"
#include "store/agentflows.h"
#include "store/budgets.h"
#include "store/claims.h"
#include "store/executions.h"
#include "store/journal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <numeric>

namespace weft::engine {

namespace {

constexpr std::int64_t point_rows_max = 64; // of journals that one short read shows
constexpr std::int64_t point_nodes_max = 8; // of a task of which one shows all
constexpr seconds store_retry_s{1};

void report(const ExecutionId& run, std::string_view reason) {
    log_error("A run met a fault.", {{"execution", run.hex()}, {"reason", reason}});
}

EffectError cancelled_error(std::string message) { return {"cancelled", std::move(message)}; }

bool was_cancelled(const EffectOutcome& outcome) {
    return outcome.error && outcome.error->code == "cancelled";
}

/// What a decision that lets go waits for from outside.
std::optional<store::Waiting> waiting_of(const Decision& made) {
    if (made.act != Act::wait || made.run.waiting_for < WaitReason::uncertain_effect)
        return std::nullopt;
    std::string place = place_of(made.run);
    if (made.run.waiting_for == WaitReason::budget)
        return store::Waiting{made.run.waiting_for, {}, std::move(place)};
    const Effect& effect = made.run.steps.back().effects.back();
    return store::Waiting{made.run.waiting_for, effect.awaited_name, std::move(place)};
}

Scope scope_of(const store::Claim& claim) { return {claim.organization, claim.project, {}}; }

} // namespace

Move FencedExecutor::next(const Run& run) const {
    try {
        return inner_.next(run);
    } catch (const std::exception& thrown) {
        report(run.start.id, thrown.what());
        return Fail{{"internal", std::string(broken_sentence)}};
    }
}

Ask FencedExecutor::ask_whether_done(const Run& run) const {
    try {
        return inner_.ask_whether_done(run);
    } catch (const std::exception& thrown) {
        report(run.start.id, thrown.what());
        return {.type = InboxType::uncertain_effect,
                .agent = run.steps.back().agent,
                .summary = std::string(uncertain_sentence),
                .asked = "{}"};
    }
}

CallRules FencedExecutor::rules(const Run& run) const {
    try {
        return inner_.rules(run);
    } catch (const std::exception& thrown) {
        report(run.start.id, thrown.what());
        return {};
    }
}

LedgerRow FencedExecutor::charge(const Run& run) const {
    try {
        return inner_.charge(run);
    } catch (const std::exception& thrown) {
        report(run.start.id, thrown.what());
        return {};
    }
}

Task<std::optional<Quote>> FencedExecutor::quote(const Run& run) {
    try {
        co_return co_await inner_.quote(run);
    } catch (const std::exception& thrown) {
        report(run.start.id, thrown.what());
        co_return std::nullopt;
    }
}

Task<EffectOutcome> FencedExecutor::perform(const Run& run, std::string effect_key, LiveSink live) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_await asio::this_coro::throw_if_cancelled(true);
    std::optional<EffectOutcome> outcome;
    std::string fault;
    try {
        outcome = co_await inner_.perform(run, std::move(effect_key), std::move(live));
    } catch (const std::exception& thrown) {
        fault = thrown.what();
    }
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (outcome) co_return std::move(*outcome);
    if (cancelled != asio::cancellation_type::none)
        co_return EffectOutcome{{}, cancelled_error("This was cancelled."), {}};
    report(run.start.id, fault);
    co_return EffectOutcome{{}, EffectError{"internal", std::string(broken_sentence)}, {}};
}

Task<> Runner::run(store::Claim claim, std::shared_ptr<Live> live, Begin begin) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Held held{claim, std::move(live), begin};
    std::optional<Error> fault;
    try { // the one catch of a run: a fault in it ends this run and nothing else
        if (auto driven = co_await drive(held); !driven) fault = std::move(driven).error();
    } catch (const std::exception& thrown) {
        fault = Error{Code::internal, std::string(broken_sentence), thrown.what()};
    }
    if (fault) co_await fail_run(held, std::move(*fault));
}

Task<Result<>> Runner::drive(Held& held) {
    const Scope scope = scope_of(held.claim);
    Head head = CO_TRY(read_head(scope, held.claim.execution));
    const Execution& execution = head.execution;
    held.next_seq = execution.next_seq;
    if (execution.epoch != held.claim.epoch) co_return Result<>{};
    // Stopped between claim and now: whoever stopped it may have looked for this coroutine in vain.
    if (is_final(execution.state)) co_return co_await let_go(held.claim);
    Run run = CO_TRY(fold_head(scope, std::move(head)));
    Signal signal = Claimed{};
    if (held.begin == Begin::overruled) signal = Overruled{};
    co_return co_await go_on(held, std::move(run), std::move(signal));
}

Result<Runner::Head> Runner::head_of(store::Rx& rx, const Scope& scope, const ExecutionId& id) {
    Head head;
    head.execution = TRY(store::executions::find(rx, scope, id));
    head.start = TRY(store::executions::find_start(rx, scope, id));
    if (head.execution.state == ExecutionState::cancelled)
        head.stopped = TRY(store::executions::find_stopped(rx, scope, id));
    if (head.execution.state == ExecutionState::failed)
        head.failover = TRY(store::executions::find_failover(rx, scope, id));
    const std::int64_t rows = head.execution.next_seq - 1;
    if (rows > 0 && rows <= point_rows_max) // a fresh run has no journal to read
        head.rows = TRY(store::journal::read(rx, scope, id, 1, rows));
    return head;
}

Task<Result<Runner::Head>> Runner::read_head(const Scope& scope, ExecutionId id) {
    return store_.read_point([&scope, id](store::Rx& rx) { return head_of(rx, scope, id); });
}

Result<Runner::TaskHead> Runner::small_task(store::Rx& rx, const Scope& scope, const TaskId& id) {
    TaskHead task;
    task.view = TRY(store::tasks::find(rx, scope, id, point_nodes_max + 1));
    if (std::ssize(task.view.nodes) > point_nodes_max) return task;
    std::int64_t rows = 0;
    for (const TaskNode& node : task.view.nodes) {
        task.heads.push_back(TRY(head_of(rx, scope, node.id)));
        rows += task.heads.back().execution.next_seq - 1;
        if (rows <= point_rows_max) continue;
        task.heads.clear();
        break;
    }
    return task;
}

Task<Result<Run>> Runner::fold_head(Scope scope, Head head, json::storage_ptr in) {
    Run run{.storage = std::move(in),
            .scope = std::move(scope),
            .uuid = head.execution.uuid,
            .start = std::move(head.start)};
    run.created_at = head.execution.created_at;
    run.failover = head.failover;
    run.flow = CO_TRY(version(run.scope, run.start.version));
    std::vector<JournalRow> rows = std::move(head.rows);
    for (;;) {
        for (const JournalRow& row : rows)
            if (auto folded = fold(run, row); !folded)
                co_return std::unexpected(std::move(folded).error());
        const std::int64_t missing = head.execution.next_seq - run.next_seq;
        run.paused = head.execution.paused_for;
        if (missing <= 0) co_return run;
        rows = CO_TRY(store_.read([&run, missing](store::Rx& rx) {
            return store::journal::read(rx, run.scope, run.start.id, run.next_seq, missing);
        }));
        if (rows.empty())
            co_return fail(Code::internal, "The record of this run cannot be read.",
                           fmt::format("the journal ends {} rows early", missing));
    }
}

Task<Result<std::shared_ptr<const Agentflow>>> Runner::version(const Scope& scope,
                                                               VersionId version) {
    if (auto known = versions_.find(scope.project, version)) co_return known;
    auto read = CO_TRY(store_.read_point(
        [&](store::Rx& rx) { return store::agentflows::find_version(rx, scope, version); }));
    auto flow = std::make_shared<const Agentflow>(std::move(read));
    versions_.keep(scope.project, version, flow);
    co_return flow;
}

Task<Result<Loaded>> Runner::load(Scope scope, ExecutionId id, json::storage_ptr in) {
    Head head = CO_TRY(read_head(scope, id));
    co_return co_await load_head(std::move(scope), std::move(head), std::move(in));
}

Task<Result<Loaded>> Runner::load_head(Scope scope, Head head, json::storage_ptr in) {
    Loaded loaded{.execution = head.execution, .stopped = std::move(head.stopped)};
    loaded.run = CO_TRY(fold_head(std::move(scope), std::move(head), std::move(in)));
    loaded.run.state = loaded.execution.state; // also what people asked for: paused, cancelled
    co_return loaded;
}

Task<Result<LoadedTask>> Runner::load_task(Scope scope, TaskId id, json::storage_ptr in) {
    TaskHead small =
        CO_TRY(store_.read_point([&](store::Rx& rx) { return small_task(rx, scope, id); }));
    LoadedTask loaded{.view = std::move(small.view)};
    if (small.heads.size() == loaded.view.nodes.size()) {
        for (Head& head : small.heads)
            loaded.executions.push_back(CO_TRY(load_head(scope, std::move(head), in)));
        co_return loaded;
    }
    loaded.view = CO_TRY(
        store_.read([&scope, &id](store::Rx& rx) { return store::tasks::find(rx, scope, id); }));
    for (const TaskNode& node : loaded.view.nodes)
        loaded.executions.push_back(CO_TRY(load(scope, node.id, in)));
    co_return loaded;
}

Task<Result<std::optional<store::uncharged::LateCharge>>> Runner::late_charge(Scope scope,
                                                                              ExecutionId id) {
    Loaded loaded = CO_TRY(load(std::move(scope), id, {}));
    Decision made = decide(std::move(loaded.run), Stopped{}, clock_.now(), limits_, executor_);
    if (made.happened.empty()) co_return std::nullopt;
    co_return store::uncharged::LateCharge{std::move(made.happened.front()),
                                           std::move(made.ledger.front())};
}

Task<Result<>> Runner::go_on(Held& held, Run run, Signal signal) {
    for (;;) {
        Decision made = decide(std::move(run), std::move(signal), clock_.now(), limits_, executor_);
        const bool leaving = is_leaving(held) && made.act == Act::perform;
        if (leaving) made.next.reset();
        const std::optional<Quote> quote = co_await reserve(held, made);
        if (!made.happened.empty() || made.next || made.act != Act::perform) {
            const store::Verdict verdict = CO_TRY(commit(held, made));
            if (verdict == store::Verdict::no_child || verdict == store::Verdict::no_budget) {
                run = CO_TRY(read_again(held));
                if (verdict == store::Verdict::no_child)
                    run.childless = true;
                else
                    run.shortfall = CO_TRY(shortfall_of(held, made, *quote));
                signal = Claimed{};
                continue;
            }
            if (verdict != store::Verdict::committed) co_return Result<>{};
        }
        if (leaving) co_return co_await let_go(held.claim);
        run = std::move(made.run);
        if (made.act == Act::wait && on_wait)
            if (const auto wake_at = wake_of(run)) on_wait(*wake_at);
        if (made.act == Act::wait || made.act == Act::end) co_return Result<>{};
        if (made.act == Act::record) { // cancelled, but the store knows of no stop: the run lives
            held.live->stop = false;
            signal = Claimed{};
            continue;
        }
        auto brought = co_await act(held, run);
        if (!brought) co_return co_await let_go(held.claim);
        signal = std::move(*brought);
    }
}

Task<Result<Run>> Runner::read_again(const Held& held) {
    const Scope scope = scope_of(held.claim);
    Head head = CO_TRY(read_head(scope, held.claim.execution));
    co_return co_await fold_head(scope, std::move(head));
}

void Runner::limit(const OrganizationId& organization) {
    const Lock lock(limited_mutex_);
    limited_.insert(organization);
}

bool Runner::is_limited(const store::Claim& claim) {
    if (claim.is_limited) return true;
    const Lock lock(limited_mutex_);
    return limited_.contains(claim.organization);
}

Task<std::optional<Quote>> Runner::reserve(const Held& held, Decision& made) {
    if (made.act != Act::perform || !made.next || !is_limited(held.claim)) co_return std::nullopt;
    auto quote = co_await executor_.quote(made.run);
    if (!quote) co_return std::nullopt;
    const Amount worst = quote->price(quote->output_tokens);
    if (!worst) co_return std::nullopt;
    engine::reserve(made, {worst, executor_.charge(made.run).usage.credits_micro});
    co_return quote;
}

store::Reservation Runner::reservation_of(const Decision& made) const {
    const Run& run = made.run;
    const Reserved& reserved = *run.steps.back().effects.back().reserved;
    const std::int64_t charged = run.steps.back().charged.credits_micro;
    Amount before{run.usage.cost_micro_usd,
                  run.usage.credits_micro + reserved.credits_before - charged};
    before += run.lost;
    return {reserved.worst, before, !limits_.counts_plan_credits};
}

Task<Result<std::optional<Shortfall>>> Runner::shortfall_of(const Held& held, const Decision& made,
                                                            const Quote& quote) {
    const store::StepCommit wanted{.project = held.claim.project,
                                   .execution = held.claim.execution,
                                   .reserve = reservation_of(made),
                                   .organization = held.claim.organization,
                                   .agentflow = made.run.start.agentflow};
    const auto found = CO_TRY(store_.read_point(
        [&](store::Rx& rx) { return store::budgets::shortage(rx, wanted, clock_.now()); }));
    if (!found) co_return std::nullopt;
    const Budget& budget = found->budget;
    Shortfall shortfall{.of = *found, .needed = wanted.reserve->worst.in(budget.unit)};
    if (budget.policy != BudgetPolicy::shrink || !quote.can_shrink) co_return shortfall;
    std::int64_t fits = 0;
    std::int64_t too_many = quote.output_tokens;
    while (fits + 1 < too_many) {
        const std::int64_t tokens = std::midpoint(fits, too_many);
        const bool fit = quote.price(tokens).in(budget.unit) <= found->left();
        (fit ? fits : too_many) = tokens;
    }
    shortfall.output_tokens = fits;
    co_return shortfall;
}

/// Carries out the open effect; none: the server is shutting down and the effect stays open.
Task<std::optional<Signal>> Runner::act(Held& held, Run& run) {
    if (held.live->stop)
        co_return Aborted{{{}, cancelled_error("The run was stopped before this began."), {}}};
    if (is_leaving(held)) {
        const Effect& effect = run.steps.back().effects.back();
        if (effect.effect_class != EffectClass::once || effect.repeated) co_return std::nullopt;
        // Left open, nobody could tell later that it never began.
        EffectError error{"shut_down", "Weft was shut down before this began.", true};
        co_return Performed{{{}, std::move(error), {}}};
    }
    EffectOutcome outcome = co_await perform(held, run);
    if (held.live->stop) co_return Aborted{std::move(outcome)};
    if (is_leaving(held) && was_cancelled(outcome)) co_return std::nullopt;
    co_return Performed{std::move(outcome)};
}

Task<EffectOutcome> Runner::perform(Held& held, Run& run) {
    const auto stream =
        std::make_shared<Stream>(held.live->executor, held.claim, run, held.next_seq);
    LiveSink live = streams ? streams->sink(stream) : LiveSink{};
    Deadline deadline = deadline_of_call(run, executor_, limits_);
    held.live->begin(deadline.at);
    if (on_deadline) on_deadline(deadline.at);
    EffectOutcome outcome = co_await executor_.perform(run, effect_key(run), std::move(live));
    if (held.live->end() == Live::Ended::late && was_cancelled(outcome))
        outcome.error = std::move(deadline.error);
    if (streams) co_await streams->finish(stream);
    stream->tell(run);
    co_return outcome;
}

/// Until the store takes it: a result that was paid for is not given up because a disk is full for
/// a while.
Task<Result<store::Verdict>> Runner::commit(Held& held, Decision& made) {
    const bool failed = made.run.state == ExecutionState::failed;
    if (failed && made.next && !made.run.childless)
        made.child = CO_TRY(failover_of(held.claim, made.run));
    store::StepCommit step{.project = held.claim.project,
                           .execution = held.claim.execution,
                           .epoch = held.claim.epoch,
                           .expected_seq = held.next_seq,
                           .results = std::move(made.happened),
                           .intent = std::move(made.next),
                           .ledger = std::move(made.ledger),
                           .usage = made.usage,
                           .first = {{made.first_usage, made.first_ledger_rows}},
                           .next_state = made.run.state,
                           .child = std::move(made.child)};
    const bool has_child = step.child.has_value();
    step.last_charge = std::move(made.last_charge);
    step.settle = made.settle;
    if (step.intent && made.act == Act::perform && made.run.steps.back().effects.back().reserved)
        step.reserve = reservation_of(made);
    step.organization = held.claim.organization;
    step.agentflow = made.run.start.agentflow;
    step.release = made.act == Act::wait || made.act == Act::end;
    if (made.act == Act::wait) step.wake_at = wake_of(made.run);
    if (step.intent || !step.results.empty()) step.waiting = waiting_of(made);
    if (is_final(step.next_state) && made.run.start.parent)
        step.answer_for_parent = answer_for_parent(made.run);
    step.ask = std::move(made.ask);
    for (;;) {
        const auto verdict = co_await store_.commit(step);
        if (verdict) {
            const bool begun = step.intent && *verdict != store::Verdict::no_child &&
                               *verdict != store::Verdict::no_budget;
            held.next_seq += std::ssize(step.results) + (begun ? 1 : 0);
            events_.changed(held.claim.execution);
            if (made.run.start.parent) events_.changed(made.run.start.parent);
            const bool child = has_child && *verdict == store::Verdict::committed;
            if (on_ready && (child || !step.answer_for_parent.empty())) on_ready();
        }
        if (verdict || verdict.error().code != Code::unavailable || shutting_down_)
            co_return verdict;
        report(held.claim.execution, verdict.error().log_text);
        co_await pause_briefly();
    }
}

/// Until the store takes it: nobody else would claim the run while this process lives.
Task<Result<>> Runner::let_go(store::Claim claim) {
    for (;;) {
        auto gone = co_await store_.write(
            [&claim](store::Tx& tx) { return store::claims::let_go(tx, claim); });
        if (gone) {
            events_.changed(claim.execution); // a stop has settled with it
            if (on_ready) on_ready();
        }
        if (gone || gone.error().code != Code::unavailable || shutting_down_) co_return gone;
        co_await pause_briefly();
    }
}

/// Ends the run with a plain sentence. When the store does not answer, or not even the number of
/// the next row is known, the claim is given back and the run tried again.
Task<> Runner::fail_run(Held& held, Error why) {
    report(held.claim.execution, why.log_text.empty() ? why.message : why.log_text);
    const bool passing =
        why.code == Code::unavailable || why.code == Code::timed_out || held.next_seq == 0;
    if (passing) {
        co_await pause_briefly();
        if (auto gone = co_await let_go(held.claim); !gone)
            report(held.claim.execution, gone.error().log_text);
        co_return;
    }
    const bool ours = why.code == Code::internal;
    Run rest{.scope = scope_of(held.claim), .next_seq = held.next_seq};
    std::string sentence = ours ? std::string(broken_sentence) : why.message;
    Decision made = decide(std::move(rest), Broken{sentence}, clock_.now(), limits_, executor_);
    auto verdict = co_await commit(held, made);
    if (verdict && *verdict == store::Verdict::no_child) {
        Run childless{.scope = scope_of(held.claim), .next_seq = held.next_seq, .childless = true};
        made = decide(std::move(childless), Broken{std::move(sentence)}, clock_.now(), limits_,
                      executor_);
        verdict = co_await commit(held, made);
    }
    if (!verdict) report(held.claim.execution, verdict.error().log_text);
}

/// Before something is tried again; at once when the server shuts down.
Task<> Runner::pause_briefly() {
    if (shutting_down_) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, store_retry_s);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace weft::engine
