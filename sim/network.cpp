#include "sim/network.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::sim {

namespace {

using engine::EffectError;
using engine::EffectOutcome;

constexpr microseconds usual_us_max{200'000};
constexpr microseconds slow_us_max{60'000'000};

/// False: cancelled meanwhile, and it heard.
Task<bool> pass_time(microseconds how_long, bool deaf) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(how_long);
    const auto [first] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!first) co_return true;
    if (!deaf) co_return false;
    co_await timer.async_wait(
        asio::as_tuple(asio::use_awaitable)); // told once, it is not told again
    co_return true;
}

} // namespace

Network::Fate Network::draw() {
    if (calm_) return {microseconds(1'000), microseconds(0), false, End::success};
    Fate fate;
    const microseconds most = random_.chance(10) ? slow_us_max : usual_us_max;
    fate.before_act = random_.duration(most);
    fate.after_act = random_.duration(most);
    fate.deaf = random_.chance(10);
    const std::int64_t dice = random_.between(1, 100);
    if (dice > 97)
        fate.end = End::fault;
    else if (dice > 93)
        fate.end = End::refusal;
    else if (dice > 87)
        fate.end = End::retry_after;
    else if (dice > 77)
        fate.end = End::busy;
    return fate;
}

void Network::check_beginning(const Known& known, const engine::Effect& effect, std::int64_t seq,
                              int calls) {
    if (known.stopped_at_seq)
        trace_.broken("{}: effect of row {} began after a stop was acknowledged", known.id.hex(),
                      seq);
    if (known.paused_at_seq && seq >= *known.paused_at_seq)
        trace_.broken("{}: effect of row {} was intended and begun during a pause", known.id.hex(),
                      seq);
    if (calls > 1 && effect.effect_class == EffectClass::once)
        trace_.broken("{}: an effect of class once began a second time", known.id.hex());
    if (calls > 1 && !effect.repeated)
        trace_.broken("{}: an attempt began again and was not told so", known.id.hex());
}

void Network::begin(const engine::Run& run, const std::string& key) {
    const engine::Effect& effect = run.steps.back().effects.back();
    const std::int64_t seq = run.next_seq - 1;
    const int calls = ++book_.calls[fmt::format("{}#{}", key, effect.attempt)];
    trace_.note("{} begins {} #{} class {} row {}{}", run.start.id.hex(), key, effect.attempt,
                static_cast<int>(effect.effect_class), seq, effect.repeated ? " again" : "");
    const auto found = book_.executions.find(run.start.id);
    if (found == book_.executions.end()) {
        book_.unknown[run.start.id].push_back({seq, key, effect.attempt});
        return;
    }
    check_beginning(found->second, effect, seq, calls);
    found->second.began.push_back({seq, key, effect.attempt});
}

Task<EffectOutcome> Network::perform(const engine::Run& run, std::string key,
                                     engine::LiveSink live) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const Fate fate = draw();
    begin(run, key);
    ++book_.under_way[key];
    const std::unique_ptr<int, void (*)(int*)> under_way(&book_.under_way[key],
                                                         [](int* count) { --*count; });
    if (random_.chance(50)) live("half of it");
    if (!co_await pass_time(fate.before_act, fate.deaf)) co_return cut_off(run);
    if (fate.end == End::success) {
        const int acts = ++book_.acts[key];
        trace_.note("{} happens, {}", key, acts);
        const auto effect_class = run.steps.back().effects.back().effect_class;
        if (acts > 1 && effect_class == EffectClass::once)
            trace_.broken("{} of class once happened twice", key);
    }
    if (random_.chance(50)) live("all of it");
    if (!co_await pass_time(fate.after_act, fate.deaf)) co_return cut_off(run);
    co_return outcome(fate);
}

EffectOutcome Network::cut_off(const engine::Run&) {
    return {
        {{"text", "half of it"}}, EffectError{"cancelled", "This was cancelled."}, {3, 1, 7, 0}};
}

EffectOutcome Network::outcome(const Fate& fate) {
    const Usage usage{random_.between(1, 20), random_.between(0, 9), random_.between(0, 300), 0};
    switch (fate.end) {
    case End::success: break;
    case End::busy:
        return {{}, EffectError{"model_unavailable", "It is too busy.", true, {}, 503}, usage};
    case End::retry_after:
        return {{},
                EffectError{"rate_limited", "Too many calls.", true,
                            milliseconds(random_.between(0, 30'000)), 429},
                usage};
    case End::refusal: return {{}, EffectError{"refused", "It refused.", false, {}, 400}, usage};
    case End::fault: throw std::runtime_error("the simulated network's own fault");
    }
    const bool ends = calm_ || random_.chance(40);
    return {{{"text", "all of it"}, {"go", ends ? "end" : random_.pick(agents_)}}, {}, usage};
}

} // namespace weft::sim
