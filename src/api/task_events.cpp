#include "api/event_feed.h"
#include "api/routes.h"
#include "store/tasks.h"

#include <map>

#include <boost/asio/this_coro.hpp>

namespace weft::api {

namespace {

struct WatchTask {
    TaskId id;
    static constexpr auto params() { return std::tuple{path("id", &WatchTask::id, "The task")}; }
};

/// Of an execution, as a cursor names it: its last eight hex digits, which differ within a task.
std::string short_name(const ExecutionId& id) { return id.hex().substr(16); }

/// How far a viewer is in each execution of a task: "1a2b3c4d:17,5e6f7a8b:3".
using Cursor = std::map<std::string, std::int64_t>;

Cursor cursor_of(const http::Request& request) {
    Cursor cursor;
    const std::string* id = request.headers.find("last-event-id");
    std::string_view rest = id ? std::string_view(*id) : std::string_view{};
    while (!rest.empty()) {
        const std::string_view each = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(each.size() + 1, rest.size()));
        const std::size_t colon = each.find(':');
        std::int64_t seq = 0;
        if (colon == each.npos || !from_text(each.substr(colon + 1), seq)) continue;
        cursor[std::string(each.substr(0, colon))] = seq;
    }
    return cursor;
}

/// What one viewer sees of a whole tree: the events of each execution in order, those of several
/// as they come. Lives on the connection's thread.
class TaskFeed {
public:
    TaskFeed(Request& rq, TaskId task)
        : store_(rq.store), engine_(rq.engine), hub_(rq.services.events), scope_(rq.scope),
          task_(task), had_(cursor_of(rq.http)) {}

    Task<> watch(http::EventStream& out) {
        bell_ = std::make_shared<Bell>(co_await asio::this_coro::executor);
        out.on_close([bell = bell_] { bell->ring(); });
        while (!out.closed()) {
            bool all_over = false;
            if (!co_await tell(out, all_over) || all_over) co_return;
            if (!co_await await_news(*bell_, store_, out)) co_return;
        }
    }

private:
    /// Children are made in commits of those that run: who is there is looked up after each of them
    /// that has new rows.
    Task<bool> tell(http::EventStream& out, bool& all_over) {
        for (;;) {
            bool any_rows = feeds_.empty();
            all_over = true;
            for (const auto& feed : feeds_) {
                if (!co_await feed->tell(out)) co_return false;
                any_rows = any_rows || feed->looked();
                all_over = all_over && feed->is_over();
            }
            if (!any_rows) co_return true;
            const std::size_t known = feeds_.size();
            if (!co_await look_for_executions()) co_return false;
            if (known == feeds_.size()) co_return true;
        }
    }

    Task<bool> look_for_executions() {
        const auto view = co_await store_.read(
            [this](store::Rx& rx) { return store::tasks::find(rx, scope_, task_); });
        if (!view) co_return false;
        for (const TaskNode& node : view->nodes)
            if (std::ranges::none_of(
                    feeds_, [&node](const auto& feed) { return feed->execution() == node.id; }))
                if (!co_await add(node)) co_return false;
        co_return true;
    }

    Task<bool> add(TaskNode node) {
        const auto flow = co_await flow_of(store_, engine_, scope_, node.id);
        if (!flow) co_return false;
        const auto known = had_.find(short_name(node.id));
        auto feed = std::make_shared<ExecutionFeed>(store_, scope_, node.id, *flow,
                                                    known == had_.end() ? 0 : known->second);
        feed->mark = {{"execution_id", node.uuid.text()}};
        feed->id_of = [this](std::int64_t) { return cursor(); };
        feed->listen(hub_, bell_);
        feeds_.push_back(std::move(feed));
        co_return true;
    }

    std::string cursor() const {
        std::string text;
        for (const auto& feed : feeds_) {
            if (feed->had() == 0) continue;
            text += fmt::format("{}{}:{}", text.empty() ? "" : ",", short_name(feed->execution()),
                                feed->had());
        }
        return text;
    }

    store::Store& store_;
    engine::Engine& engine_;
    engine::EventHub& hub_;
    const Scope scope_;
    const TaskId task_;
    const Cursor had_;
    std::shared_ptr<Bell> bell_;
    std::vector<std::shared_ptr<ExecutionFeed>> feeds_; ///< in the order in which they were found
};

Task<Result<Bytes<"text/event-stream">>> watch_task(Request& rq, WatchTask in) {
    CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::tasks::find(rx, rq.scope, in.id, 1); }));
    const auto feed = std::make_shared<TaskFeed>(rq, in.id);
    http::Response response;
    response.stream = [feed](http::EventStream& out) { return feed->watch(out); };
    co_return Bytes<"text/event-stream">{std::move(response)};
}

constexpr Route routes[] = {
    {http::Method::get, "/task/{id}/events", "tasks.events", needs(Role::viewer),
     "What happens in all executions of a task, as server-sent events, each with its "
     "execution_id; resumes after Last-Event-ID",
     handler<&watch_task>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> task_event_routes() { return routes; }

} // namespace weft::api
