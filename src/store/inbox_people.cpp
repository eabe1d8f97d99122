#include "store/inbox_people.h"

#include "store/executions.h"
#include "store/inbox_index.h"
#include "store/inbox_notices.h"
#include "store/members.h"
#include "store/users.h"
#include "store/waits.h"

namespace weft::store::inbox {

namespace {

// No execution waits for it: its id is zeros.
constexpr Query<void, ProjectId, InboxId, BytesView, InboxType, std::string, json::object, Instant,
                Blob, std::optional<Instant>, OnExpiry, bool, ExecutionId>
    create_sql{"inbox_people.create", R"sql(
    INSERT INTO inbox (project_id, id, execution_id, seq, type, status, agent_title, summary, asked,
                       answer, created_at, updated_at, assignee, expires_at, on_expiry, four_eyes,
                       about_id)
    VALUES ($1, $2, $3, 0, $4, 0, '', $5, $6, '{}', $7, $7, $8, $9, $10, $11, $12))sql"};

constexpr Query<void, ProjectId, InboxId, Blob, std::optional<Instant>, OnExpiry, Instant>
    change_sql{"inbox_people.change", R"sql(
    UPDATE inbox SET assignee = $3, expires_at = $4, on_expiry = $5, updated_at = $6
     WHERE project_id = $1 AND id = $2 AND status < 2)sql"};

constexpr SystemQuery<Due, Instant> due_sql{"inbox_people.due", R"sql(
    SELECT i.project_id, p.organization_id, i.id
      FROM inbox i JOIN project p ON p.id = i.project_id
     WHERE i.expires_at IS NOT NULL AND i.status < 2 AND i.expires_at <= $1
       AND p.deleted_at IS NULL
     ORDER BY i.expires_at LIMIT 100)sql"};

constexpr SystemQuery<Instant> next_due_sql{"inbox_people.next_due", R"sql(
    SELECT i.expires_at FROM inbox i JOIN project p ON p.id = i.project_id
     WHERE i.expires_at IS NOT NULL AND i.status < 2 AND p.deleted_at IS NULL
     ORDER BY i.expires_at LIMIT 1)sql"};

/// Members of the project who may answer, and admins of the organization.
Result<> check_may_be_asked(Rx& rx, const Scope& scope, const UserId& user) {
    if (!user) return {};
    const auto role = TRY(members::role_of(rx, scope.project, user));
    if (role && *role >= Role::operator_) return {};
    const auto member = users::member(rx, scope, user);
    if (member && member->role == OrganizationRole::admin) return {};
    if (!member && member.error().code != Code::not_found) return std::unexpected(member.error());
    return fail_field("assignee", "Must be a member of the project who may answer: an operator, "
                                  "editor or owner.");
}

} // namespace

Result<> check_on_expiry(InboxType type, bool is_awaited, bool four_eyes, OnExpiry outcome) {
    if (outcome == OnExpiry::stop) return {};
    if (type != InboxType::preview && is_awaited)
        return fail_field("on_expiry", "Must be stop: only a person can answer this.");
    if (outcome == OnExpiry::approve && type != InboxType::preview)
        return fail_field("on_expiry", "Must be reject or stop: time fills in no form.");
    if (outcome == OnExpiry::approve && four_eyes)
        return fail_field("on_expiry", "Cannot be approve where two people must approve.");
    return {};
}

Result<InboxItem> create(Tx& tx, const Scope& scope, const Draft& draft) {
    TRY(check_may_be_asked(tx, scope, draft.assignee));
    if (draft.about) TRY(executions::find(tx, scope, draft.about));
    const Principal& by = scope.principal;
    json::object asked = draft.asked;
    asked["by"] = json::object{{"_id", by.id},
                               {"name", by.name},
                               {"type", by.kind == Principal::Kind::user ? "manual" : "api"}};
    const auto id = tx.minter().mint<InboxTag>(scope.project.ordinal());
    const Blob assignee = inbox_index::assignee_bytes(draft.assignee);
    TRY(tx.put(create_sql, scope.project, id, BytesView(ExecutionId{}.bytes), draft.type,
               draft.summary, asked, tx.now(), assignee, draft.expires_at, draft.on_expiry,
               draft.four_eyes, draft.about));
    TRY(inbox_notices::note(tx, scope.project, id));
    TRY(inbox_index::add(tx, scope.project,
                         {id, draft.type, InboxStatus::pending, assignee, draft.summary}));
    return find(tx, scope, id);
}

Result<InboxItem> change(Tx& tx, const Scope& scope, const InboxId& id, const Change& change) {
    const InboxItem item = TRY(find(tx, scope, id));
    if (!is_open(item.status)) return fail(Code::conflict, what_happened(item));
    TRY(check_may_answer(scope.principal, item));
    if (change.assignee) TRY(check_may_be_asked(tx, scope, *change.assignee));
    const OnExpiry outcome = change.on_expiry.value_or(item.on_expiry);
    const auto expires_at = change.expires_at.value_or(item.expires_at);
    if (expires_at) TRY(check_on_expiry(item.type, bool(item.execution), item.four_eyes, outcome));
    const Blob assignee = inbox_index::assignee_bytes(change.assignee.value_or(item.assignee));
    TRY(tx.put(change_sql, scope.project, id, assignee, expires_at, outcome, tx.now()));
    TRY(inbox_index::change_assignee(
        tx, scope.project,
        {id, item.type, item.status, inbox_index::assignee_bytes(item.assignee), item.summary},
        assignee));
    return find(tx, scope, id);
}

Result<> tell_run(Tx& tx, const Scope& scope, const InboxItem& item, json::object told) {
    if (!item.execution) return {};
    const waits::Which wait{.execution = item.execution,
                            .reason = WaitReason::person,
                            .name = std::string(to_text(item.type)),
                            .seq = item.seq};
    TRY(waits::answer(tx, scope, wait, std::move(told)));
    return {};
}

Result<std::vector<Due>> due(Rx& rx, Instant now) { return rx.all(due_sql, now); }

Result<std::optional<Instant>> next_due(Rx& rx) { return rx.maybe(next_due_sql); }

} // namespace weft::store::inbox
