#pragma once

#include "base/mutex.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/journal.h"
#include "http/message.h"
#include "store/store.h"

#include <atomic>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

/// What streams of events are made of: GET /execute_flow/{E}/events, /task/{id}/events and
/// /project/{P}/events.
namespace weft::api {

/// What a stream waits for. Rung from any thread; waited for on the connection's.
class Bell : public std::enable_shared_from_this<Bell> {
public:
    explicit Bell(const asio::any_io_executor& executor) : executor_(executor), timer_(executor) {}

    void ring();
    /// Whether it was rung, since the last time or within `most`.
    Task<bool> wait(microseconds most);
    /// Whether it has not been rung for `most`, nor this answered true.
    bool was_silent_for(microseconds most);

private:
    asio::any_io_executor executor_;
    asio::steady_timer timer_; ///< touched on the connection's thread alone
    std::atomic<bool> rung_{false};
    std::int64_t silent_since_us_ = monotonic_us();
};

/// Waits for the bell; with nothing to tell, gives a sign of life in time. False: the client has
/// gone. On a database that nodes share, where another node's work rings no bell here, it is as if
/// rung every other second.
Task<bool> await_news(Bell& bell, const store::Store& store, http::EventStream& out);

/// The events of one execution in order, for one viewer. Durable ones are read from the journal,
/// text that a model streams comes ahead of its rows. Lives on the connection's thread.
class ExecutionFeed {
public:
    /// `flow`: the version that runs. `had`: the journal's rows that the viewer says he has had,
    /// moved to the nearest bound.
    ExecutionFeed(store::Store& store, Scope scope, ExecutionId execution,
                  std::shared_ptr<const Agentflow> flow, std::int64_t had);

    /// From now on what happens rings the bell.
    void listen(engine::EventHub& hub, const std::shared_ptr<Bell>& bell);
    /// How the number of a row is told as an event's id; without it, as it is.
    std::function<std::string(std::int64_t seq)> id_of = {};
    /// What is added to the data of each event.
    json::object mark = {};

    /// Sends what is new. False: the client has gone, or the store failed.
    Task<bool> tell(http::EventStream& out);
    bool looked() const { return looked_; }   ///< the last time into the journal, too
    bool is_over() const { return is_over_; } ///< nothing will come any more
    std::int64_t had() const { return next_seq_ - 1; }
    const ExecutionId& execution() const { return execution_; }

private:
    class News;

    Task<bool> send(std::string id, std::string_view name, json::object data,
                    http::EventStream& out);
    Task<bool> send_text(std::string text, http::EventStream& out);
    Task<bool> send_rest(const json::object& recorded, http::EventStream& out);
    Task<bool> send_row(const JournalRow& row, http::EventStream& out);
    Task<bool> send_rows(http::EventStream& out);
    Task<std::optional<Execution>> send_status(http::EventStream& out);
    Task<bool> send_changes(http::EventStream& out);

    store::Store& store_;
    Scope scope_;
    ExecutionId execution_;
    std::shared_ptr<const Agentflow> flow_;
    std::shared_ptr<News> news_;
    engine::EventHub::Subscription subscription_;
    std::int64_t next_seq_ = 1; ///< of the journal
    std::int64_t origin_ = 0;   ///< of the text that is streamed now, as in engine::LiveText
    std::int64_t text_had_ = 0; ///< bytes of it that the viewer has
    std::optional<ExecutionState> told_;
    bool looked_ = false;
    bool is_over_ = false;
};

/// The version of the flow that an execution runs. not_found: there is no such execution.
Task<Result<std::shared_ptr<const Agentflow>>> flow_of(store::Store& store, engine::Engine& engine,
                                                       Scope scope, ExecutionId execution);

} // namespace weft::api
