#include "models/call_gate.h"

#include "models/caller.h"

namespace weft::models {

namespace {

constexpr milliseconds poll{20};        // while others are inside
constexpr milliseconds wait_max{1'000}; // the limit may have been lifted

} // namespace

void CallGate::set(const CallLimit& limit) {
    const Lock lock(mutex_);
    if (limit.calls_per_minute != limit_.calls_per_minute)
        per_minute_ =
            limit.calls_per_minute
                ? std::make_unique<KeyLimiter>(RateLimit{*limit.calls_per_minute, 0}, clock_)
                : nullptr;
    limit_ = limit;
}

milliseconds CallGate::try_enter(const std::string& who) {
    const Lock lock(mutex_);
    if (limit_.concurrent_calls && inside_ >= *limit_.concurrent_calls) return poll;
    if (per_minute_)
        if (const milliseconds wait = per_minute_->admit(who, 0); wait.count() > 0) return wait;
    ++inside_;
    return milliseconds(0);
}

void CallGate::leave() {
    const Lock lock(mutex_);
    --inside_;
}

Task<Result<Pass>> enter(Gates gates, std::string who) {
    Gates inside;
    bool cancelled = false;
    for (const auto& gate : gates) {
        milliseconds wait{0};
        while (!cancelled && (wait = gate->try_enter(who)).count() > 0)
            cancelled = !co_await wait_on_timer(std::min(wait, wait_max));
        if (cancelled) break;
        inside.push_back(gate);
    }
    Pass pass(std::move(inside));
    if (cancelled) co_return fail(Code::cancelled, "This was stopped.");
    co_return pass;
}

} // namespace weft::models
