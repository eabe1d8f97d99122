#include "store/oracle_testing.h"

#include <fmt/format.h>

namespace weft::store {

namespace {

const std::string unknown = "not_found";
const std::string refused = "conflict";

std::string seen(const std::optional<Instant>& at) { return at ? std::to_string(at->us) : "-"; }

} // namespace

std::string one_line(ExecutionState state) { return std::string(to_text(state)); }

Oracle::One* Oracle::find(int number) {
    const auto found = all_.find(number);
    return found == all_.end() ? nullptr : &found->second;
}

Oracle::One& Oracle::add(int task, Want want, bool at_once) {
    const int number = static_cast<int>(all_.size()) + 1;
    One& one = all_[number];
    one.number = number;
    one.task = task == 0 ? number : task;
    one.started = at_once;
    tasks_.try_emplace(one.task, Want::run);
    if (want == Want::pause) {
        one.state = ExecutionState::paused;
        one.want = Want::pause;
    } else if (at_once) {
        make_ready(one, clock_.now());
    }
    return one;
}

void Oracle::make_ready(One& one, Instant since) {
    if (!one.ready_since) one.ready_since = since;
}

/// Who rests and waits neither for a time nor for a person may be claimed: one that waits for an
/// event or a child too, since a claim may have taken its deadline from it.
void Oracle::ready_if_idle(One& one) {
    if (one.owner != 0 || !one.started || one.state >= ExecutionState::paused) return;
    const bool due = one.wake_at && *one.wake_at <= clock_.now();
    const bool rests = !one.wake_at && one.state <= ExecutionState::running;
    if (due || rests) make_ready(one, clock_.now());
}

void Oracle::disown(One& one) {
    one.owner = 0;
    one.settling = false;
    ++one.epoch;
}

std::string Oracle::create(int parent, bool at_once) {
    if (parent == 0) return one_line(add(0, Want::run, at_once).state);
    const One* found = find(parent);
    if (!found) return unknown;
    const Want want = tasks_[found->task];
    if (want == Want::stop) return refused;
    return one_line(add(found->task, want, at_once).state);
}

std::string Oracle::start(int execution) {
    One* one = find(execution);
    if (!one) return unknown;
    if (!one->started && !is_final(one->state)) {
        one->started = true;
        ready_if_idle(*one);
    }
    return one_line(one->state);
}

std::string Oracle::claim(std::int64_t node, int max, std::vector<PlainClaim>& claims) {
    std::vector<One*> ready;
    for (auto& [number, one] : all_)
        if (one.ready_since) ready.push_back(&one);
    std::ranges::sort(ready, {},
                      [](const One* one) { return std::pair(one->ready_since->us, one->number); });
    ready.resize(std::min(ready.size(), static_cast<std::size_t>(max)));
    std::string told = "claimed";
    for (One* one : ready) {
        one->ready_since.reset();
        if (one->owner != 0 || one->state >= ExecutionState::paused) continue;
        one->owner = node;
        ++one->epoch;
        one->state = ExecutionState::running;
        one->wake_at.reset();
        claims.push_back({one->number, one->epoch});
        told += fmt::format(" {}", one->number);
    }
    return told;
}

void Oracle::record(One& one, const PlainStep& step, bool with_intent) {
    one.journal.insert(one.journal.end(), step.results.begin(), step.results.end());
    if (with_intent && step.intent) one.journal.push_back(*step.intent);
    one.usage += step.usage;
}

void Oracle::begin_wait(One& one, const PlainStep& step, int child) {
    one.wait = Wait{one.next_seq() - 1, *step.waiting, child};
}

/// Only a late result, and then the owner has let go.
std::string Oracle::after_stop(One& one, const PlainStep& step) {
    if (!step.results.empty() && step.results.front() == JournalKind::result) {
        one.journal.push_back(JournalKind::result);
        one.usage += step.usage;
    }
    one.owner = 0;
    one.settling = false;
    return "stopped";
}

std::string Oracle::at_pause(One& one, const PlainStep& step) {
    record(one, step, false);
    one.state = ExecutionState::paused;
    one.want = Want::pause;
    one.owner = 0;
    const bool would_wait = step.intent && step.waiting;
    one.paused_from = would_wait ? ExecutionState::running : step.next_state;
    one.wake_at = would_wait ? std::nullopt : step.wake_at;
    if (step.waiting && !step.intent) begin_wait(one, step, 0);
    return "paused";
}

std::string Oracle::go_on(One& one, const PlainStep& step) {
    const int task = one.task;
    const int number = one.number;
    const int child = step.child ? add(task, std::max(one.want, tasks_[task]), true).number : 0;
    One& self = all_[number];
    record(self, step, true);
    self.state = step.next_state;
    self.want = Want::run;
    const bool final = is_final(step.next_state);
    self.wake_at = final ? std::nullopt : step.wake_at;
    if (final) self.ended_at = clock_.now();
    if (final || step.release || step.wake_at) self.owner = 0;
    if (step.waiting) begin_wait(self, step, child);
    if (final) ended(self);
    if (step.release && step.next_state == ExecutionState::ready && !step.wake_at)
        make_ready(self, clock_.now());
    return "committed";
}

std::string Oracle::commit(const PlainStep& step) {
    One* one = find(step.execution);
    if (!one || one->epoch != step.epoch || one->owner == 0 || one->next_seq() != step.expected_seq)
        return "fenced";
    if (is_final(one->state) && !one->settling) return "fenced";
    const Want want = one->settling ? Want::stop : std::max(one->want, tasks_[one->task]);
    if (step.progress) {
        record(*one, step, false);
        return want == Want::stop ? "stopped" : "committed";
    }
    if (want == Want::stop) return after_stop(*one, step);
    if (want == Want::pause && !is_final(step.next_state)) return at_pause(*one, step);
    return go_on(*one, step);
}

std::string Oracle::let_go(const PlainClaim& claim) {
    One* one = find(claim.execution);
    if (!one || one->epoch != claim.epoch || one->owner == 0) return "";
    one->owner = 0;
    one->settling = false;
    if (one->state < ExecutionState::paused) make_ready(*one, clock_.now());
    return "";
}

std::string Oracle::recover(std::int64_t node) {
    int count = 0;
    for (auto& [number, one] : all_) {
        if (one.owner == 0 || one.owner == node) continue;
        ++count;
        disown(one);
        if (one.state < ExecutionState::paused) make_ready(one, Instant{});
    }
    return std::to_string(count);
}

std::string Oracle::wake_due() {
    int count = 0;
    for (auto& [number, one] : all_) {
        if (!one.wake_at || one.state >= ExecutionState::paused || *one.wake_at > clock_.now())
            continue;
        ++count;
        one.wake_at.reset();
        if (one.state == ExecutionState::input_required) one.state = ExecutionState::running;
        make_ready(one, clock_.now());
    }
    return std::to_string(count);
}

std::string Oracle::settle_overdue(Instant stopped_before) {
    int count = 0;
    for (auto& [number, one] : all_) {
        if (!one.settling || *one.ended_at >= stopped_before) continue;
        ++count;
        disown(one);
    }
    return std::to_string(count);
}

void Oracle::pause_one(One& one) {
    if (one.state >= ExecutionState::paused) return;
    one.paused_from = one.state;
    one.state = ExecutionState::paused;
    one.want = Want::pause;
    one.ready_since.reset();
}

std::string Oracle::pause(int execution) {
    One* one = find(execution);
    if (!one) return unknown;
    if (is_final(one->state)) return refused;
    pause_one(*one);
    return one_line(one->state);
}

std::string Oracle::resume(int execution) {
    One* one = find(execution);
    if (!one) return unknown;
    if (is_final(one->state)) return refused;
    if (one->state == ExecutionState::paused) {
        one->state = one->paused_from;
        one->want = Want::run;
        Want& task = tasks_[one->task];
        if (task == Want::pause) task = Want::run;
        ready_if_idle(*one);
    }
    return one_line(one->state);
}

void Oracle::end_by_stop(One& one) {
    if (is_final(one.state)) return;
    one.state = ExecutionState::cancelled;
    one.want = Want::stop;
    one.settling = one.owner != 0;
    one.wake_at.reset();
    one.ended_at = clock_.now();
    one.ready_since.reset();
}

std::string Oracle::stop(int execution) {
    One* one = find(execution);
    if (!one) return unknown;
    if (!is_final(one->state)) {
        end_by_stop(*one);
        ended(*one);
    }
    return one_line(one->state);
}

std::string Oracle::pause_task(int execution) {
    const One* member = find(execution);
    if (!member) return unknown;
    bool live = false;
    for (const auto& [number, one] : all_)
        live = live || (one.task == member->task && !is_final(one.state));
    if (!live) return refused;
    tasks_[member->task] = Want::pause;
    for (auto& [number, one] : all_)
        if (one.task == member->task) pause_one(one);
    return "";
}

std::string Oracle::resume_task(int execution) {
    const One* member = find(execution);
    if (!member) return unknown;
    bool live = false;
    for (const auto& [number, one] : all_)
        live = live || (one.task == member->task && !is_final(one.state));
    if (!live || tasks_[member->task] == Want::stop) return refused;
    tasks_[member->task] = Want::run;
    bool any = false;
    for (auto& [number, one] : all_)
        if (one.task == member->task && one.state == ExecutionState::paused) {
            one.state = one.paused_from;
            one.want = Want::run;
            any = true;
        }
    // With one of the tree all of it is looked at: who rests finds out for what.
    for (auto& [number, one] : all_)
        if (any && one.task == member->task) ready_if_idle(one);
    return "";
}

std::string Oracle::stop_task(int execution) {
    const One* member = find(execution);
    if (!member) return unknown;
    for (auto& [number, one] : all_) {
        if (one.task != member->task || is_final(one.state)) continue;
        end_by_stop(one);
        tasks_[one.task] = Want::stop;
    }
    return "";
}

/// The wait is over: it goes on, and an owner that meant to end it itself comes too late.
void Oracle::answer_wait(One& one) {
    one.journal.push_back(JournalKind::answer);
    if (one.owner != 0) ++one.epoch;
    one.owner = 0;
    one.wake_at.reset();
    if (one.state == ExecutionState::paused) {
        one.paused_from = ExecutionState::running;
    } else {
        one.state = ExecutionState::running;
        make_ready(one, clock_.now());
    }
}

void Oracle::ended(const One& child) {
    for (auto& [number, one] : all_)
        if (one.waits() && one.wait->child == child.number) answer_wait(one);
}

std::string Oracle::answer(int execution, WaitReason reason, std::string name) {
    One* one = find(execution);
    if (!one) return unknown;
    if (!one->waits() || one->wait->what.reason != reason || one->wait->what.name != name)
        return refused;
    answer_wait(*one);
    return one_line(one->state);
}

std::string Oracle::decide_fate(int execution, waits::Fate fate) {
    const std::string answered = answer(execution, WaitReason::uncertain_effect, "");
    if (answered == unknown || answered == refused || fate != waits::Fate::stop) return answered;
    return stop(execution);
}

std::string Oracle::shown(const One& one) const {
    std::string line = fmt::format(
        "{} {} from {} want {} task {} {} owner {} epoch {} wake {} ended {} {} usage {}/{}/{}/{}:",
        one.number, to_text(one.state), static_cast<int>(one.paused_from),
        static_cast<int>(one.want), static_cast<int>(tasks_.at(one.task)),
        one.settling ? "settling" : "settled", one.owner, one.epoch, seen(one.wake_at),
        seen(one.ended_at), one.ready_since ? "ready" : "-", one.usage.input_tokens,
        one.usage.output_tokens, one.usage.cost_micro_usd, one.usage.credits_micro);
    for (const JournalKind kind : one.journal) line += fmt::format(" {}", static_cast<int>(kind));
    if (one.waits())
        line += fmt::format("; waits {} {} {}", static_cast<int>(one.wait->what.reason),
                            one.wait->what.name, one.wait->seq);
    return line + "\n";
}

std::int64_t Oracle::next_seq(int execution) {
    const One* one = find(execution);
    return one ? one->next_seq() : 1;
}

std::string Oracle::state() {
    std::string all;
    for (const auto& [number, one] : all_) all += shown(one);
    return all;
}

} // namespace weft::store
