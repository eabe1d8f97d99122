#include "engine/events.h"

#include "api/execution_view.h"
#include "api/routes.h"
#include "base/mutex.h"
#include "engine/journal.h"
#include "store/executions.h"
#include "store/journal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::api {

namespace {

constexpr seconds keep_alive_after{15};
/// Of text waiting for a slow viewer; what goes over it gets from the journal, a little later.
constexpr std::size_t live_bytes_max = 256 * 1024;
constexpr std::int64_t last_event_max = 1'000'000'000;

struct WatchExecution {
    ExecutionRef execution;
    static constexpr auto params() {
        return std::tuple{
            path("E", &WatchExecution::execution, "The execution's _id or execution_id")};
    }
};

/// A stretch of what a model streams, as engine::LiveText.
struct LiveStretch {
    std::int64_t origin = 0;
    std::int64_t offset = 0;
    std::string text;

    bool goes_on_with(const engine::LiveText& piece) const {
        return origin == piece.origin && offset + std::ssize(text) == piece.offset;
    }
};

/// What happened since the viewer last looked. Filled from any thread, emptied on the connection's.
class News : public std::enable_shared_from_this<News> {
public:
    explicit News(const asio::any_io_executor& executor) : executor_(executor), timer_(executor) {}

    enum class Kind { nothing, text, rows };

    void changed() {
        {
            Lock lock(mutex_);
            fresh_ = Kind::rows;
        }
        wake();
    }
    void add_text(const engine::LiveText& piece) {
        {
            Lock lock(mutex_);
            fresh_ = std::max(fresh_, Kind::text);
            const bool fits = live_.text.size() + piece.text.size() <= live_bytes_max;
            if (fits && live_.goes_on_with(piece))
                live_.text += piece.text;
            else
                live_ = {piece.origin, piece.offset, std::string(piece.text)};
        }
        wake();
    }
    /// Waits for news or until a sign of life is due: then there are none.
    Task<Kind> wait() {
        timer_.expires_after(
            keep_alive_after); // before the look: a wake after it cancels this wait
        if (const Kind fresh = take_fresh(); fresh != Kind::nothing) co_return fresh;
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        co_return take_fresh();
    }
    /// What of the live text goes on behind `offset`; none while rows between them are missing.
    std::string take_text(std::int64_t origin, std::int64_t offset) {
        Lock lock(mutex_);
        if (live_.origin != origin || live_.offset > offset) return {};
        const auto known = static_cast<std::size_t>(offset - live_.offset);
        std::string text = known < live_.text.size() ? live_.text.substr(known) : std::string();
        live_.offset += std::ssize(live_.text);
        live_.text.clear();
        return text;
    }

private:
    Kind take_fresh() {
        Lock lock(mutex_);
        return std::exchange(fresh_, Kind::nothing);
    }
    void wake() {
        asio::post(executor_, [self = shared_from_this()] { self->timer_.cancel(); });
    }

    asio::any_io_executor executor_;
    asio::steady_timer timer_; ///< touched on the connection's thread alone
    Mutex mutex_;
    Kind fresh_ GUARDED_BY(mutex_) = Kind::nothing;
    LiveStretch live_ GUARDED_BY(mutex_);
};

/// Everything one viewer's coroutine needs after the request is gone.
struct Viewer {
    store::Store& store;
    Scope scope;
    ExecutionId execution;
    std::shared_ptr<const Agentflow> flow;
    std::int64_t next_seq = 1; ///< of the journal
    std::int64_t origin = 0;   ///< of the text that is streamed now, as in engine::LiveText
    std::int64_t had = 0;      ///< bytes of it that the viewer has
    ExecutionState told = ExecutionState::ready;
    bool told_any = false;
};

Task<bool> send_text(Viewer& viewer, std::string text, http::EventStream& out) {
    const engine::Event event = engine::text_event(viewer.had, text);
    viewer.had += std::ssize(text);
    co_return co_await out.send("", event.name, to_text(event.data));
}

/// The part of a recorded text that the viewer does not have yet.
Task<bool> send_rest(Viewer& viewer, const json::object& recorded, http::EventStream& out) {
    const std::string_view text = text_or(recorded, "text");
    const std::int64_t known = viewer.had - int_or(recorded, "offset");
    if (known < 0 || known >= std::ssize(text)) co_return true;
    co_return co_await send_text(viewer, std::string(text.substr(static_cast<std::size_t>(known))),
                                 out);
}

/// Sends what one row stands for.
Task<bool> send_row(Viewer& viewer, const JournalRow& row, http::EventStream& out) {
    const auto events = engine::events_of(row, *viewer.flow);
    if (!events) co_return false;
    bool more = false;
    for (const engine::Event& event : *events) {
        more = event.name == engine::text_event_name && !text_or(event.data, "text").empty();
        const bool sent = more ? co_await send_rest(viewer, event.data, out)
                               : co_await out.send(event.id ? std::to_string(event.id) : "",
                                                   event.name, to_text(event.data));
        if (!sent) co_return false;
    }
    viewer.next_seq = row.seq + 1;
    if (more) co_return true; // of a text that goes on
    viewer.origin = row.seq;
    viewer.had = 0;
    co_return true;
}

/// Sends the journal's rows that the viewer has not had. False: the client is gone, or the store
/// failed.
Task<bool> send_rows(Viewer& viewer, http::EventStream& out) {
    for (;;) {
        const auto rows = co_await viewer.store.read([&](store::Rx& rx) {
            return store::journal::read(rx, viewer.scope, viewer.execution, viewer.next_seq);
        });
        if (!rows) co_return false;
        if (rows->empty()) co_return true;
        for (const JournalRow& row : *rows)
            if (!co_await send_row(viewer, row, out)) co_return false;
    }
}

/// Tells the status when it is another one. The execution's row, or none when the viewer has gone.
Task<std::optional<Execution>> send_status(Viewer& viewer, http::EventStream& out) {
    const auto row = co_await viewer.store.read_point(
        [&](store::Rx& rx) { return store::executions::find(rx, viewer.scope, viewer.execution); });
    if (!row) co_return std::nullopt;
    if (viewer.told_any && viewer.told == row->state) co_return *row;
    viewer.told = row->state;
    viewer.told_any = true;
    if (!co_await out.send("", "status", to_text(execution_status_view(*row))))
        co_return std::nullopt;
    co_return *row;
}

/// Ends a cancelled run's stream with the closing event that its journal does not hold.
Task<> send_end(const Execution& row, http::EventStream& out) {
    if (row.state != ExecutionState::cancelled) co_return;
    const engine::Event last = engine::finished_event(row.state);
    co_await out.send("", last.name, to_text(last.data));
}

Task<> watch(Viewer viewer, engine::EventHub& hub, http::EventStream& out) {
    const auto news = std::make_shared<News>(co_await asio::this_coro::executor);
    const auto subscription = hub.subscribe(
        viewer.execution, {[news] { news->changed(); },
                           [news](const engine::LiveText& piece) { news->add_text(piece); }});
    out.on_close([news] { news->changed(); });
    News::Kind fresh = News::Kind::rows;
    while (!out.closed()) {
        if (fresh == News::Kind::rows) {
            // The status first: rows that it depends on are committed before it can be read.
            const auto row = co_await send_status(viewer, out);
            if (!row || !co_await send_rows(viewer, out)) co_return;
            if (is_final(row->state) && !row->settling) co_return co_await send_end(*row, out);
        }
        if (std::string text = news->take_text(viewer.origin, viewer.had); !text.empty())
            if (!co_await send_text(viewer, std::move(text), out)) co_return;
        fresh = co_await news->wait();
        if (fresh == News::Kind::nothing && !co_await out.keep_alive()) co_return;
    }
}

/// The id of the last event that the client had, 0 when it had none.
std::int64_t last_event_id(const http::Request& request) {
    const std::string* id = request.headers.find("last-event-id");
    std::int64_t seq = 0;
    return id && from_text(*id, seq) ? std::clamp<std::int64_t>(seq, 0, last_event_max) : 0;
}

Task<Result<Bytes<"text/event-stream">>> watch_execution(Request& rq, WatchExecution in) {
    const Execution row = CO_TRY(rq.store.read_point([&](store::Rx& rx) {
        return in.execution.id ? store::executions::find(rx, rq.scope, in.execution.id)
                               : store::executions::find(rx, rq.scope, in.execution.uuid);
    }));
    const engine::Loaded loaded = CO_TRY(rq.engine.load(rq.scope, row.id));
    const std::int64_t had = last_event_id(rq.http);
    const Viewer viewer{.store = rq.store,
                        .scope = rq.scope,
                        .execution = row.id,
                        .flow = loaded.run.flow,
                        .next_seq = had + 1,
                        .origin = had};
    http::Response response;
    response.stream = [viewer, &hub = rq.services.events](http::EventStream& out) {
        return watch(viewer, hub, out);
    };
    co_return Bytes<"text/event-stream">{std::move(response)};
}

constexpr Route routes[] = {
    {http::Method::get, "/execute_flow/{E}/events", "executions.events", needs(Role::viewer),
     "What happens in an execution, as server-sent events; resumes after Last-Event-ID",
     handler<&watch_execution>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> event_routes() { return routes; }

} // namespace weft::api
