#pragma once

#include "domain/inbox.h"
#include "store/blobs.h"
#include "store/inbox_pages.h"
#include "store/store.h"

/// Questions to people. commit.h writes an item together with the journal row that waits for its
/// answer; an item whose execution is stopped or ends expires in that same transaction. What people
/// ask each other is an item, too, that no execution waits for (inbox_people.h).
namespace weft::store::inbox {

/// Adds a pending item for row `seq` of the journal; `asked` is set when it is too large to stand
/// in the row. What of the execution is still open expires: it waits for one thing at a time.
Result<> add(Tx& tx, const ProjectId& project, const ExecutionId& execution, const Ask& ask,
             std::int64_t seq, const std::optional<Packed>& asked);

/// Everything open of the execution, or of all executions of the task, has nobody who waits for it.
Result<> expire(Tx& tx, const ProjectId& project, const ExecutionId& execution);
Result<> expire(Tx& tx, const ProjectId& project, const TaskId& task);

/// not_found: no such item in this project.
Result<InboxItem> find(Rx& rx, const Scope& scope, const InboxId& id);

/// The open item of this execution, or else its newest of the type: whoever answers too late is
/// told what happened. not_found: it never had one.
Result<InboxItem> find_of(Rx& rx, const Scope& scope, const ExecutionId& execution, InboxType type);

struct Page {
    std::vector<InboxItem> items; ///< newest first
    std::int64_t total = 0;       ///< that match the filter, wherever the page begins
    bool is_total_exact = true;   ///< or there are that many, and more
};
Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter);

/// forbidden: another one is to answer it.
Result<> check_may_answer(const Principal& by, const InboxItem& item);

/// Keeps `answer` with who gives it, as a draft (`status` input_required) or for good. Where two
/// people must approve, the first one's approval leaves the item open: look at the answer's status.
/// conflict: the item is no longer open; says what happened. Or the same person approves again.
/// forbidden: another one is to answer; or the principal may not be one of the two.
Result<InboxItem> answer(Tx& tx, const Scope& scope, const InboxItem& item, InboxStatus status,
                         json::object answer);

} // namespace weft::store::inbox
