#include "api/event_feed.h"

#include "api/execution_view.h"
#include "store/executions.h"
#include "store/journal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::api {

namespace {

constexpr seconds keep_alive_after{15};
constexpr seconds look_shared{2};
constexpr std::int64_t rows_had_max = 1'000'000'000;
/// Of text waiting for a slow viewer; what goes over it gets from the journal, a little later.
constexpr std::size_t live_bytes_max = 256 * 1024;

/// A stretch of what a model streams, as engine::LiveText.
struct LiveStretch {
    std::int64_t origin = 0;
    std::int64_t offset = 0;
    std::string text;

    bool goes_on_with(const engine::LiveText& piece) const {
        return origin == piece.origin && offset + std::ssize(text) == piece.offset;
    }
};

} // namespace

void Bell::ring() {
    if (rung_.exchange(true)) return;
    asio::post(executor_, [self = shared_from_this()] { self->timer_.cancel(); });
}

Task<bool> Bell::wait(microseconds most) {
    timer_.expires_after(most); // before the look: a ring after it cancels this wait
    bool rung = rung_.exchange(false);
    if (!rung) {
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        rung = rung_.exchange(false);
    }
    if (rung) silent_since_us_ = monotonic_us();
    co_return rung;
}

bool Bell::was_silent_for(microseconds most) {
    if (monotonic_us() < silent_since_us_ + most.count()) return false;
    silent_since_us_ = monotonic_us();
    return true;
}

Task<bool> await_news(Bell& bell, const store::Store& store, http::EventStream& out) {
    const microseconds most = store.is_shared() ? look_shared : keep_alive_after;
    if (co_await bell.wait(most) || out.closed()) co_return !out.closed();
    if (!bell.was_silent_for(keep_alive_after)) co_return true;
    co_return co_await out.keep_alive();
}

/// What happened since the viewer last looked. Filled from any thread, emptied on the connection's.
class ExecutionFeed::News {
public:
    explicit News(std::shared_ptr<Bell> bell) : bell_(std::move(bell)) {}

    void changed() {
        {
            Lock lock(mutex_);
            any_rows_ = true;
        }
        bell_->ring();
    }
    void add_text(const engine::LiveText& piece) {
        {
            Lock lock(mutex_);
            const bool fits = live_.text.size() + piece.text.size() <= live_bytes_max;
            if (fits && live_.goes_on_with(piece))
                live_.text += piece.text;
            else
                live_ = {piece.origin, piece.offset, std::string(piece.text)};
        }
        bell_->ring();
    }
    bool take_rows() {
        Lock lock(mutex_);
        return std::exchange(any_rows_, false);
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
    const std::shared_ptr<Bell> bell_;
    Mutex mutex_;
    bool any_rows_ GUARDED_BY(mutex_) = true; // those before the viewer came
    LiveStretch live_ GUARDED_BY(mutex_);
};

ExecutionFeed::ExecutionFeed(store::Store& store, Scope scope, ExecutionId execution,
                             std::shared_ptr<const Agentflow> flow, std::int64_t had)
    : store_(store), scope_(std::move(scope)), execution_(execution), flow_(std::move(flow)),
      next_seq_(std::clamp<std::int64_t>(had, 0, rows_had_max) + 1), origin_(next_seq_ - 1) {}

void ExecutionFeed::listen(engine::EventHub& hub, const std::shared_ptr<Bell>& bell) {
    news_ = std::make_shared<News>(bell);
    subscription_ = hub.subscribe(
        execution_, {[news = news_] { news->changed(); },
                     [news = news_](const engine::LiveText& piece) { news->add_text(piece); }});
}

Task<bool> ExecutionFeed::send(std::string id, std::string_view name, json::object data,
                               http::EventStream& out) {
    for (const auto& [key, value] : mark) data[key] = value;
    co_return co_await out.send(std::move(id), std::string(name), to_text(data));
}

Task<bool> ExecutionFeed::send_text(std::string text, http::EventStream& out) {
    engine::Event event = engine::text_event(text_had_, text);
    text_had_ += std::ssize(text);
    co_return co_await send("", event.name, std::move(event.data), out);
}

/// The part of a recorded text that the viewer does not have yet.
Task<bool> ExecutionFeed::send_rest(const json::object& recorded, http::EventStream& out) {
    const std::string_view text = text_or(recorded, "text");
    const std::int64_t known = text_had_ - int_or(recorded, "offset");
    if (known < 0 || known >= std::ssize(text)) co_return true;
    co_return co_await send_text(std::string(text.substr(static_cast<std::size_t>(known))), out);
}

/// Sends what one row stands for.
Task<bool> ExecutionFeed::send_row(const JournalRow& row, http::EventStream& out) {
    auto events = engine::events_of(row, *flow_);
    if (!events) co_return false;
    bool more = false;
    next_seq_ = row.seq + 1; // the ids of its events tell of it
    for (engine::Event& event : *events) {
        more = event.name == engine::text_event_name && !text_or(event.data, "text").empty();
        std::string id;
        if (event.id) id = id_of ? id_of(event.id) : std::to_string(event.id);
        const bool sent =
            more ? co_await send_rest(event.data, out)
                 : co_await send(std::move(id), event.name, std::move(event.data), out);
        if (!sent) co_return false;
    }
    if (more) co_return true; // of a text that goes on
    origin_ = row.seq;
    text_had_ = 0;
    co_return true;
}

/// Sends the journal's rows that the viewer has not had.
Task<bool> ExecutionFeed::send_rows(http::EventStream& out) {
    for (;;) {
        const auto rows = co_await store_.read([this](store::Rx& rx) {
            return store::journal::read(rx, scope_, execution_, next_seq_);
        });
        if (!rows) co_return false;
        if (rows->empty()) co_return true;
        for (const JournalRow& row : *rows)
            if (!co_await send_row(row, out)) co_return false;
    }
}

/// Tells the status when it is another one. The execution's row, or none when the viewer has gone.
Task<std::optional<Execution>> ExecutionFeed::send_status(http::EventStream& out) {
    const auto row = co_await store_.read_point(
        [this](store::Rx& rx) { return store::executions::find(rx, scope_, execution_); });
    if (!row) co_return std::nullopt;
    if (told_ == row->state) co_return *row;
    told_ = row->state;
    if (!co_await send("", "status", execution_status_view(*row), out)) co_return std::nullopt;
    co_return *row;
}

/// The status first: rows that it depends on are committed before it can be read. A cancelled run's
/// closing event is in no journal.
Task<bool> ExecutionFeed::send_changes(http::EventStream& out) {
    const auto row = co_await send_status(out);
    if (!row || !co_await send_rows(out)) co_return false;
    if (!is_final(row->state) || row->settling) co_return true;
    is_over_ = true;
    if (row->state != ExecutionState::cancelled) co_return true;
    engine::Event last = engine::finished_event(row->state);
    co_return co_await send("", last.name, std::move(last.data), out);
}

Task<bool> ExecutionFeed::tell(http::EventStream& out) {
    looked_ = (news_->take_rows() || store_.is_shared()) && !is_over_;
    if (looked_ && !co_await send_changes(out)) co_return false;
    std::string text = news_->take_text(origin_, text_had_);
    if (text.empty()) co_return true;
    co_return co_await send_text(std::move(text), out);
}

Task<Result<std::shared_ptr<const Agentflow>>> flow_of(store::Store& store, engine::Engine& engine,
                                                       Scope scope, ExecutionId execution) {
    const auto start = CO_TRY(store.read_point(
        [&](store::Rx& rx) { return store::executions::find_start(rx, scope, execution); }));
    co_return co_await engine.version(scope, start.version);
}

} // namespace weft::api
