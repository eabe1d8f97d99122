#include "base/gate.h"

#include "base/log.h"
#include "base/mutex.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <vector>

namespace weft {

namespace {

/// The one place where an exception out of a background coroutine ends.
void report(std::exception_ptr thrown) {
    if (!thrown) return;
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted)
            log_error("A background task failed.", {{"reason", error.what()}});
    } catch (const std::exception& error) {
        log_error("A background task failed.", {{"reason", error.what()}});
    }
}

} // namespace

/// Shared by the gate and its members, so that the last member may leave while the gate is being
/// destroyed.
struct GateState {
    mutable Mutex mutex;
    Condition left;
    bool closing GUARDED_BY(mutex) = false;
    std::vector<GateMember*> members GUARDED_BY(mutex);
};

/// Lives until its coroutine has ended; all but `index` is touched only on the executor's thread
/// after the start.
struct GateMember : std::enable_shared_from_this<GateMember> {
    GateMember(std::shared_ptr<GateState> of, asio::any_io_executor on, Task<> what)
        : gate(std::move(of)), executor(std::move(on)), task(std::move(what)) {}
    ~GateMember() { leave(); }

    void start() {
        if (cancelled) {
            task.reset();
            leave();
            return;
        }
        running = true;
        Task<> body = std::move(*task);
        task.reset();
        asio::co_spawn(executor, std::move(body),
                       asio::bind_cancellation_slot(
                           signal.slot(), [self = shared_from_this()](std::exception_ptr thrown) {
                               self->running = false;
                               report(std::move(thrown));
                               self->leave();
                           }));
    }

    void cancel() {
        cancelled = true;
        if (running) signal.emit(asio::cancellation_type::terminal);
    }

    void leave() {
        if (!inside) return;
        inside = false;
        Lock lock(gate->mutex);
        GateMember* last = gate->members.back();
        gate->members[index] = last;
        last->index = index;
        gate->members.pop_back();
        gate->left.notify_all();
    }

    std::shared_ptr<GateState> gate;
    asio::any_io_executor executor;
    std::optional<Task<>> task;
    asio::cancellation_signal signal;
    bool inside = false;
    bool running = false;
    bool cancelled = false;
    std::size_t index = 0; ///< in GateState::members, under its mutex
};

namespace {

void post_cancel(std::shared_ptr<GateMember> member) {
    const asio::any_io_executor executor = member->executor;
    asio::post(executor, [member = std::move(member)] { member->cancel(); });
}

} // namespace

void Background::cancel() const {
    if (auto member = member_.lock()) post_cancel(std::move(member));
}

Gate::Gate() : state_(std::make_shared<GateState>()) {}

Gate::~Gate() { close(); }

Background Gate::spawn(asio::any_io_executor executor, Task<> task) {
    auto member = std::make_shared<GateMember>(state_, std::move(executor), std::move(task));
    Background background;
    {
        Lock lock(state_->mutex);
        if (state_->closing) return background;
        member->index = state_->members.size();
        member->inside = true;
        state_->members.push_back(member.get());
    }
    background.member_ = member;
    background.started_ = true;
    // Posted even from the executor's own thread: a cancellation can only be ordered before or
    // after the start.
    const asio::any_io_executor on = member->executor;
    asio::post(on, [member = std::move(member)] { member->start(); });
    return background;
}

void Gate::ask_to_stop() {
    std::vector<std::shared_ptr<GateMember>> inside;
    {
        Lock lock(state_->mutex);
        state_->closing = true;
        inside.reserve(state_->members.size());
        for (GateMember* member : state_->members)
            if (auto alive = member->weak_from_this().lock()) inside.push_back(std::move(alive));
    }
    for (auto& member : inside) post_cancel(std::move(member));
}

bool Gate::wait_for(milliseconds at_most) {
    const std::int64_t until_us = monotonic_us() + microseconds(at_most).count();
    Lock lock(state_->mutex);
    while (!state_->members.empty()) {
        const std::int64_t rest_us = until_us - monotonic_us();
        if (rest_us <= 0) return false;
        state_->left.wait_for(state_->mutex, microseconds(rest_us));
    }
    return true;
}

void Gate::close() {
    ask_to_stop();
    Lock lock(state_->mutex);
    while (!state_->members.empty()) state_->left.wait(state_->mutex);
}

void Gate::abandon() {
    Lock lock(state_->mutex);
    state_->closing = true;
    for (GateMember* member : state_->members) member->inside = false;
    state_->members.clear();
}

bool Gate::closing() const {
    Lock lock(state_->mutex);
    return state_->closing;
}

std::size_t Gate::size() const {
    Lock lock(state_->mutex);
    return state_->members.size();
}

} // namespace weft
