#include "store/inbox.h"

#include "api/inbox_view.h"
#include "api/routes.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct ListInbox {
    ProjectId project;
    std::int64_t limit = 100;
    std::string status;
    std::string type;
    std::string search_key;
    std::optional<InboxId> after_id;
    std::string view;
    static constexpr auto params() {
        using In = ListInbox;
        return std::tuple{
            query("projectID", &In::project, "The project"),
            query("limit", &In::limit, "How many, at most 500").clamped(1, store::inbox::page_max),
            query("status", &In::status, "Only those with this status"),
            query("type", &In::type, "Only those of this type"),
            query("search_key", &In::search_key, "Only those whose summary has these words"),
            query("after_id", &In::after_id, "The last item of the page before this one"),
            query("view", &In::view, "ui or studio; both show the same"),
        };
    }
};

struct OneItem {
    InboxId id;
    static constexpr auto params() { return std::tuple{path("id", &OneItem::id, "The item")}; }
};

using ItemAnswer = Answer<"InboxItem">;

Result<store::inbox::Filter> filter_of(const ListInbox& in) {
    store::inbox::Filter filter{
        .search = in.search_key, .after = in.after_id.value_or(InboxId{}), .limit = in.limit};
    if (!in.status.empty()) {
        filter.status = inbox_status_from(in.status);
        if (!filter.status) return fail_field("status", "Is no status of an item of the inbox.");
    }
    if (!in.type.empty()) {
        filter.type = inbox_type_from(in.type);
        if (!filter.type) return fail_field("type", "Is no type of an item of the inbox.");
    }
    if (!in.view.empty() && in.view != "ui" && in.view != "studio")
        return fail_field("view", "Must be ui or studio.");
    return filter;
}

Task<Result<Answer<"InboxList">>> list(Request& rq, ListInbox in) {
    const auto filter = CO_TRY(ready(filter_of(in)));
    const auto page = CO_TRY(
        rq.store.read([&](store::Rx& rx) { return store::inbox::list(rx, rq.scope, filter); }));
    json::array items;
    for (const InboxItem& item : page.items)
        items.push_back(inbox_item_view(item, rq.scope.project));
    co_return Answer<"InboxList">{
        {{"total_count", page.total}, {"inbox_requests", std::move(items)}}};
}

Task<Result<ItemAnswer>> get(Request& rq, OneItem in) {
    const InboxItem item = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::inbox::find(rx, rq.scope, in.id); }));
    co_return ItemAnswer{inbox_item_view(item, rq.scope.project)};
}

constexpr Route routes[] = {
    {http::Method::get, "/inbox", "inbox.list", needs(Role::viewer),
     "What waits for a person, and what was answered, newest first", handler<&list>},
    {http::Method::get, "/inbox/{id}", "inbox.get", needs(Role::viewer), "One item of the inbox",
     handler<&get>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> inbox_routes() { return routes; }

} // namespace weft::api
