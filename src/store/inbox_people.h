#pragma once

#include "store/inbox.h"

/// What people do with items beside answering them: ask each other, hand on who is to answer and
/// until when; and whose time is up.
namespace weft::store::inbox {

/// A question that no execution waits for.
struct Draft {
    InboxType type = InboxType::runtime_input;
    std::string summary;
    json::object asked; ///< domain/inbox.h; `by` is filled in
    ExecutionId about;  ///< none: about no execution
    UserId assignee;
    std::optional<Instant> expires_at;
    OnExpiry on_expiry = OnExpiry::reject;
    bool four_eyes = false;
};
/// invalid: the assignee may not answer in this project. not_found: no such execution in it.
Result<InboxItem> create(Tx& tx, const Scope& scope, const Draft& draft);

/// What is to be changed; none: left as it is.
struct Change {
    std::optional<UserId> assignee = {}; ///< of no user: whoever may answer
    std::optional<std::optional<Instant>> expires_at = {};
    std::optional<OnExpiry> on_expiry = {};
};
/// conflict: it is no longer open. forbidden: it is another's to answer. invalid: as of create, or
/// on_expiry is none for its type.
Result<InboxItem> change(Tx& tx, const Scope& scope, const InboxId& id, const Change& change);

/// What may become of an item of this type when its time is up. invalid: not that.
Result<> check_on_expiry(InboxType type, bool is_awaited, bool four_eyes, OnExpiry outcome);

/// Lets the run that waits for the item go on with `told`. Nothing: none waits for it. conflict: it
/// does not wait for this any more.
Result<> tell_run(Tx& tx, const Scope& scope, const InboxItem& item, json::object told);

struct Due {
    ProjectId project;
    OrganizationId organization;
    InboxId id;
};
/// Open items whose time is up at `now`, at most 100.
Result<std::vector<Due>> due(Rx& rx, Instant now);
/// When the next one is due, be it long ago.
Result<std::optional<Instant>> next_due(Rx& rx);

} // namespace weft::store::inbox
