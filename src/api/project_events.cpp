#include "api/event_feed.h"
#include "api/routes.h"
#include "store/changes.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::api {

namespace {

namespace changes = store::changes;

/// Changes of one project that come together are told together.
constexpr milliseconds pace{250};
/// Writes of several nodes are seen in another order than their times say: what is so near is
/// looked at again.
constexpr seconds overlap{3};

struct WatchProject {
    ProjectId id;
    static constexpr auto params() {
        return std::tuple{path("P", &WatchProject::id, "The project")};
    }
};

/// "<microseconds>-<id>": how far a viewer is in one kind of thing.
template <class Tag> std::string text_of(const changes::Place<Tag>& place) {
    return fmt::format("{}-{}", place.at.us, place.id.hex());
}
template <class Tag> std::optional<changes::Place<Tag>> place_of(std::string_view text) {
    const std::size_t dash = text.find('-');
    changes::Place<Tag> place;
    if (dash == text.npos || !from_text(text.substr(0, dash), place.at.us) || place.at.us < 0)
        return std::nullopt;
    const std::string_view id = text.substr(dash + 1);
    if (id == Id<Tag>{}.hex()) return place;
    const auto parsed = Id<Tag>::parse(id);
    if (!parsed) return std::nullopt;
    place.id = *parsed;
    return place;
}

/// Where a viewer is: in executions, then in items.
struct Cursor {
    changes::Place<ExecutionTag> executions;
    changes::Place<InboxTag> items;

    std::string text() const { return text_of(executions) + "." + text_of(items); }
    /// None: it is no cursor of ours.
    static std::optional<Cursor> parse(std::string_view text) {
        const std::size_t dot = std::min(text.find('.'), text.size());
        const auto executions = place_of<ExecutionTag>(text.substr(0, dot));
        const auto items = place_of<InboxTag>(text.substr(std::min(dot + 1, text.size())));
        if (!executions || !items) return std::nullopt;
        return Cursor{*executions, *items};
    }
};

json::object view_of(const changes::ChangedExecution& changed) {
    json::object view{{"execution_id", changed.uuid.text()},
                      {"_id", changed.id.hex()},
                      {"task_id", changed.task.hex()},
                      {"agentflow_id", changed.agentflow.hex()},
                      {"name", changed.name},
                      {"status", to_text(changed.state)},
                      {"updated_at", changed.at.epoch_seconds()}};
    if (changed.settling) view["settling"] = true;
    return view;
}

json::object view_of(const changes::ChangedItem& changed) {
    return {{"_id", changed.id.hex()},
            {"type", to_text(changed.type)},
            {"status", to_text(changed.status)},
            {"execution_id", changed.execution_uuid ? changed.execution_uuid->text() : ""},
            {"updated_at", static_cast<double>(changed.at.us) / 1e3}};
}

/// One kind of thing that changes. What was told at which time, so that nothing is told twice.
template <class Changed, class Tag> class Changes {
public:
    using Read = Result<std::vector<Changed>> (*)(store::Rx&, const Scope&,
                                                  const changes::Place<Tag>&);
    Changes(const char* event, Read read, changes::Place<Tag> from)
        : event_(event), read_(read), place_(from) {}

    const changes::Place<Tag>& place() const { return place_; }

    /// Sends what has changed since; false: the client has gone, or the store failed.
    template <class Id> Task<bool> tell(store::Store& store, const Scope& scope, Id id_of,
                                        http::EventStream& out) {
        changes::Place<Tag> after = place_;
        if (store.is_shared()) after = {place_.at + -microseconds(overlap), {}};
        for (;;) {
            const auto page =
                co_await store.read([&](store::Rx& rx) { return read_(rx, scope, after); });
            if (!page) co_return false;
            for (const Changed& each : *page) {
                after = {each.at, each.id};
                if (const auto told = told_.find(each.id);
                    told != told_.end() && told->second == each.at)
                    continue;
                told_[each.id] = each.at;
                if (each.at >= place_.at) place_ = after;
                if (!co_await out.send(id_of(), event_, to_text(view_of(each)))) co_return false;
            }
            if (std::ssize(*page) < changes::page_max) break;
        }
        const Instant forgotten = place_.at + -microseconds(overlap);
        std::erase_if(told_, [&](const auto& told) { return told.second < forgotten; });
        co_return true;
    }

private:
    const char* event_;
    const Read read_;
    changes::Place<Tag> place_;             ///< of the last change that was told
    std::map<weft::Id<Tag>, Instant> told_; ///< lately, and of which time
};

/// What one viewer sees of a project. Lives on the connection's thread.
class ProjectFeed {
public:
    ProjectFeed(Request& rq, Cursor from)
        : store_(rq.store), hub_(rq.services.events), scope_(rq.scope), begin_(from),
          executions_("execution", &changes::executions, from.executions),
          items_("inbox", &changes::items, from.items) {}

    Task<> watch(http::EventStream& out) {
        const auto bell = std::make_shared<Bell>(co_await asio::this_coro::executor);
        const auto subscription =
            hub_.subscribe(scope_.project.ordinal(), [bell] { bell->ring(); });
        out.on_close([bell] { bell->ring(); });
        // Where a viewer who has seen nothing yet begins, for when he comes back.
        if (!co_await out.send(begin_.text(), "begin", "{}")) co_return;
        asio::steady_timer timer(co_await asio::this_coro::executor);
        while (!out.closed()) {
            if (!co_await tell(out) || !co_await await_news(*bell, store_, out)) co_return;
            timer.expires_after(pace);
            co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }

private:
    Task<bool> tell(http::EventStream& out) {
        const auto id = [this] { return Cursor{executions_.place(), items_.place()}.text(); };
        if (!co_await executions_.tell(store_, scope_, id, out)) co_return false;
        co_return co_await items_.tell(store_, scope_, id, out);
    }

    store::Store& store_;
    engine::EventHub& hub_;
    const Scope scope_;
    const Cursor begin_;
    Changes<changes::ChangedExecution, ExecutionTag> executions_;
    Changes<changes::ChangedItem, InboxTag> items_;
};

Task<Result<Bytes<"text/event-stream">>> watch_project(Request& rq, WatchProject) {
    const Instant now = rq.services.clock.now();
    const std::string* had = rq.http.headers.find("last-event-id");
    const auto cursor = had ? Cursor::parse(*had) : std::nullopt;
    const auto feed =
        std::make_shared<ProjectFeed>(rq, cursor.value_or(Cursor{{now, {}}, {now, {}}}));
    http::Response response;
    response.stream = [feed](http::EventStream& out) { return feed->watch(out); };
    co_return Bytes<"text/event-stream">{std::move(response)};
}

constexpr Route routes[] = {
    {http::Method::get, "/project/{P}/events", "projects.events", needs(Role::viewer),
     "Which executions and items of the inbox of a project change, as server-sent events with "
     "what they are now; from the time of the call on, or after Last-Event-ID",
     handler<&watch_project>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> project_event_routes() { return routes; }

} // namespace weft::api
