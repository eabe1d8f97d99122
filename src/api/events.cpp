#include "engine/events.h"

#include "api/event_feed.h"
#include "api/lookups.h"
#include "api/routes.h"

#include <boost/asio/this_coro.hpp>

namespace weft::api {

namespace {

struct WatchExecution {
    ExecutionRef execution;
    static constexpr auto params() {
        return std::tuple{
            path("E", &WatchExecution::execution, "The execution's _id or execution_id")};
    }
};

Task<> watch(std::shared_ptr<ExecutionFeed> feed, store::Store& store, engine::EventHub& hub,
             http::EventStream& out) {
    const auto bell = std::make_shared<Bell>(co_await asio::this_coro::executor);
    feed->listen(hub, bell);
    out.on_close([bell] { bell->ring(); });
    while (!out.closed()) {
        if (!co_await feed->tell(out) || feed->is_over()) co_return;
        if (!co_await await_news(*bell, store, out)) co_return;
    }
}

/// The id of the last event that the client had, 0 when it had none.
std::int64_t last_event_id(const http::Request& request) {
    const std::string* id = request.headers.find("last-event-id");
    std::int64_t seq = 0;
    return id && from_text(*id, seq) ? seq : 0;
}

Task<Result<Bytes<"text/event-stream">>> watch_execution(Request& rq, WatchExecution in) {
    const ExecutionId id = CO_TRY(
        rq.store.read_point([&](store::Rx& rx) { return id_of(rx, rq.scope, in.execution); }));
    const auto flow = CO_TRY(flow_of(rq.store, rq.engine, rq.scope, id));
    const auto feed =
        std::make_shared<ExecutionFeed>(rq.store, rq.scope, id, flow, last_event_id(rq.http));
    http::Response response;
    response.stream = [feed, &store = rq.store, &hub = rq.services.events](http::EventStream& out) {
        return watch(feed, store, hub, out);
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
