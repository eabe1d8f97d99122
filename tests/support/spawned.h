#pragma once

#include "base/check.h"
#include "base/task.h"
#include "base/time.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <future>
#include <memory>

namespace weft::testing {

/// A task running on an io thread, seen from a test's thread.
template <class T> class Spawned {
public:
    Spawned(asio::io_context& context, Task<T> task) : state_(std::make_shared<State>()) {
        answer_ = state_->answer.get_future();
        asio::co_spawn(
            context, std::move(task),
            asio::bind_cancellation_slot(
                state_->stop.slot(), [state = state_](const std::exception_ptr& thrown, T value) {
                    if (thrown)
                        state->answer.set_exception(thrown);
                    else
                        state->answer.set_value(std::move(value));
                }));
    }

    /// Terminal cancellation, as the engine asks for it.
    void cancel() { state_->stop.emit(asio::cancellation_type::terminal); }
    bool ended() const { return answer_.wait_for(seconds(0)) == std::future_status::ready; }
    /// Fails when it has not ended within a minute; throws what the task threw.
    T get() {
        CHECK(answer_.wait_for(seconds(60)) == std::future_status::ready);
        return answer_.get();
    }

private:
    struct State {
        std::promise<T> answer;
        asio::cancellation_signal stop;
    };
    std::shared_ptr<State> state_;
    std::future<T> answer_;
};

template <class T> Spawned(asio::io_context&, Task<T>) -> Spawned<T>;

} // namespace weft::testing
