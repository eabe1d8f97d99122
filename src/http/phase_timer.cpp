#include "http/phase_timer.h"

#include <fmt/format.h>

namespace weft::http {

namespace {

std::string seconds_text(milliseconds time) {
    return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

std::int64_t after(std::int64_t from_us, milliseconds time) {
    return from_us + microseconds(time).count();
}

} // namespace

void PhaseTimer::start(std::int64_t call_started_us, std::function<void()> expired) {
    call_started_us_ = call_started_us;
    expired_ = std::make_shared<std::function<void()>>(std::move(expired));
    enter(Phase::connecting);
}

void PhaseTimer::stop() {
    expired_.reset();
    timer_.cancel();
}

void PhaseTimer::enter(Phase phase) {
    phase_ = phase;
    progress_us_ = monotonic_us();
    arm();
}

void PhaseTimer::progress() { progress_us_ = monotonic_us(); }

std::int64_t PhaseTimer::deadline_us() const {
    const milliseconds patience = phase_ == Phase::connecting ? limits_.connect
                                  : phase_ == Phase::waiting  ? limits_.first_byte
                                                              : limits_.silence;
    return std::min(after(progress_us_, patience), after(call_started_us_, limits_.total));
}

void PhaseTimer::arm() {
    timer_.expires_after(microseconds(std::max<std::int64_t>(0, deadline_us() - monotonic_us())));
    timer_.async_wait([this, held = std::weak_ptr(expired_)](boost::system::error_code error) {
        const auto expired = held.lock();
        if (error || !expired) return;
        if (monotonic_us() < deadline_us()) return arm(); // something has moved meanwhile
        expired_.reset();
        (*expired)();
    });
}

std::string PhaseTimer::message(const std::string& host) const {
    if (monotonic_us() >= after(call_started_us_, limits_.total))
        return fmt::format("{} did not finish its answer within {}.", host,
                           seconds_text(limits_.total));
    switch (phase_) {
    case Phase::connecting:
        return fmt::format("No connection to {} within {}.", host, seconds_text(limits_.connect));
    case Phase::sending:
        return fmt::format("{} took nothing more of the request for {}.", host,
                           seconds_text(limits_.silence));
    case Phase::waiting:
        return fmt::format("{} did not begin to answer within {}.", host,
                           seconds_text(limits_.first_byte));
    case Phase::receiving: break;
    }
    return fmt::format("{} fell silent for {} in the middle of its answer.", host,
                       seconds_text(limits_.silence));
}

} // namespace weft::http
