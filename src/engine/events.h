#pragma once

#include "domain/ids.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::engine {

/// Tells viewers of an execution that something happened. Durable events are read from the journal
/// by whoever was woken; only live text travels through here. Thread-safe; costs next to nothing
/// for an execution nobody watches.
class EventHub {
public:
    struct Listener {
        std::function<void()> changed; ///< journal or state changed: read again. Any thread.
        std::function<void(std::string_view)> live_text; ///< a piece of model text. Any thread.
    };
    /// Ends the subscription when destroyed. A call that is under way on another thread may still
    /// end after that: let listeners capture what they share, not references.
    class Subscription {
    public:
        Subscription() = default;
        explicit Subscription(std::shared_ptr<void> held) : held_(std::move(held)) {}

    private:
        std::shared_ptr<void> held_;
    };

    EventHub();
    ~EventHub();
    Subscription subscribe(const ExecutionId& execution, Listener listener);
    void changed(const ExecutionId& execution);
    void live_text(const ExecutionId& execution, std::string_view text);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace weft::engine
