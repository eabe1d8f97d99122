#pragma once

#include "domain/ids.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::engine {

/// A piece of a model's text.
struct LiveText {
    std::int64_t origin = 0; ///< seq of the journal's row after which its effect was begun (anew)
    std::int64_t offset = 0; ///< bytes of text before it since then
    std::string_view text;
};

/// Tells viewers of an execution that something happened. Durable events are read from the journal
/// by whoever was woken; only live text travels through here, ahead of its rows. Thread-safe; costs
/// next to nothing for an execution nobody watches.
class EventHub {
public:
    struct Listener {
        std::function<void()> changed; ///< journal or state changed: read again. Any thread.
        std::function<void(const LiveText&)> live_text; ///< Any thread.
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
    /// The same of all executions of the project with this ordinal; `changed` alone is called.
    Subscription subscribe(std::uint32_t project_ordinal, std::function<void()> changed);
    void changed(const ExecutionId& execution);
    void live_text(const ExecutionId& execution, const LiveText& text);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace weft::engine
