#include "api/inbox_answers.h"

#include "api/inbox_view.h"
#include "api/lookups.h"
#include "store/inbox_people.h"

namespace weft::api {

Result<InboxItem> open_item(store::Rx& rx, const Scope& scope, const Which& which, InboxType type) {
    if (!which.item && !which.execution)
        return fail_field("inbox_id", "Name the item, or its execution.");
    ExecutionId execution;
    if (which.execution) execution = TRY(id_of(rx, scope, which.execution));
    auto found = which.item ? store::inbox::find(rx, scope, which.item)
                            : store::inbox::find_of(rx, scope, execution, type);
    InboxItem item = TRY(std::move(found));
    if (execution && item.execution != execution)
        return fail(Code::not_found, "This execution has no such item in the inbox.");
    if (!is_open(item.status)) return fail(Code::conflict, what_happened(item));
    if (item.type != type)
        return fail(Code::conflict, fmt::format("What waits for an answer is of type {}: {}",
                                                to_text(item.type), item.summary));
    if (which.agent && which.agent != item.agent)
        return fail(Code::conflict, fmt::format("Another agent asks by now: {}", item.summary));
    return item;
}

Result<ItemAnswer> keep_answer(Request& rq, store::Tx& tx, const InboxItem& item,
                               InboxStatus status, json::object answer, json::object told) {
    const InboxItem now = TRY(store::inbox::answer(tx, rq.scope, item, status, std::move(answer)));
    // It is still open where a second person must approve it.
    if (!is_open(now.status)) TRY(store::inbox::tell_run(tx, rq.scope, now, std::move(told)));
    rq.audited.details["status"] = to_text(now.status);
    if (now.execution) rq.audited.details["execution"] = now.execution.hex();
    return ItemAnswer{inbox_item_view(now, rq.scope.project)};
}

void after_answer(Request& rq, const InboxItem& item, InboxStatus status) {
    if (!is_open(status)) rq.engine.wake();
    if (item.execution) rq.services.events.changed(item.execution);
}

} // namespace weft::api
