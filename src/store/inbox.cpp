#include "store/inbox.h"

#include "domain/members.h"
#include "store/inbox_index.h"
#include "store/inbox_notices.h"
#include "store/members.h"

#include <boost/json/array.hpp>

namespace weft::store::inbox {

namespace {

constexpr Query<void, ProjectId, InboxId, ExecutionId, std::int64_t, InboxType, AgentId,
                std::string, std::string, std::optional<std::string_view>, std::optional<BytesView>,
                Instant, Blob, std::optional<Instant>, OnExpiry, bool>
    add_sql{"inbox.add", R"sql(
    INSERT INTO inbox (project_id, id, execution_id, seq, type, status, agent_id, agent_title,
                       summary, asked, asked_hash, answer, created_at, updated_at, assignee,
                       expires_at, on_expiry, four_eyes)
    VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, '{}', $11, $11, $12, $13, $14, $15))sql"};

struct OpenRow {
    InboxId id;
    InboxType type = InboxType::preview;
    InboxStatus status = InboxStatus::pending;
    Blob assignee;
    std::string summary;
};
constexpr Query<OpenRow, ProjectId, ExecutionId> open_of_sql{"inbox.open_of", R"sql(
    SELECT id, type, status, assignee, summary FROM inbox
     WHERE project_id = $1 AND execution_id = $2 AND status < 2)sql"};
constexpr Query<OpenRow, ProjectId, TaskId> open_of_task_sql{"inbox.open_of_task", R"sql(
    SELECT i.id, i.type, i.status, i.assignee, i.summary
      FROM execution e
      JOIN inbox i ON i.project_id = e.project_id AND i.execution_id = e.id
     WHERE e.project_id = $1 AND e.task_id = $2 AND i.status < 2)sql"};
constexpr Query<void, ProjectId, InboxId, Instant> expire_sql{"inbox.expire", R"sql(
    UPDATE inbox SET status = 5, updated_at = $3
     WHERE project_id = $1 AND id = $2 AND status < 2)sql"};

/// The columns that make an InboxItem, in this order.
struct Row {
    InboxId id;
    InboxType type = InboxType::preview;
    InboxStatus status = InboxStatus::pending;
    ExecutionId execution; ///< zeros: none
    ExecutionId about;
    Uuid uuid;
    std::int64_t seq = 0;
    AgentId agent;
    std::string agent_title;
    std::string summary;
    AgentflowId agentflow;
    std::string agentflow_name;
    std::string executed_by_id;
    std::string executed_by_name;
    std::string executed_by_type;
    std::optional<json::object> asked;
    std::optional<Blob> asked_hash;
    json::object answer;
    Blob assignee;
    std::string assignee_name;
    std::optional<Instant> expires_at;
    OnExpiry on_expiry = OnExpiry::reject;
    bool four_eyes = false;
    Instant created_at;
    Instant updated_at;
};
constexpr Query<Row, ProjectId, InboxId> find_sql{"inbox.find", R"sql(
    SELECT i.id, i.type, i.status, i.execution_id, i.about_id, e.uuid, i.seq, i.agent_id,
           i.agent_title, i.summary, e.agentflow_id, coalesce(f.name, ''),
           coalesce(s.executed_by_id, ''), coalesce(s.executed_by_name, ''),
           coalesce(s.executed_by_type, ''), i.asked, i.asked_hash, i.answer, i.assignee,
           coalesce(u.name, ''), i.expires_at, i.on_expiry, i.four_eyes, i.created_at, i.updated_at
      FROM inbox i
      LEFT JOIN execution e
        ON e.project_id = i.project_id AND e.id = coalesce(i.about_id, i.execution_id)
      LEFT JOIN execution_start s ON s.project_id = i.project_id AND s.id = e.id
      LEFT JOIN agentflow f ON f.project_id = i.project_id AND f.id = e.agentflow_id
      LEFT JOIN user_account u ON u.id = i.assignee
     WHERE i.project_id = $1 AND i.id = $2)sql"};
// $2: their ids in hex, as JSON.
constexpr Query<Row, ProjectId, json::array> list_sql{"inbox.list", R"sql(
    SELECT i.id, i.type, i.status, i.execution_id, i.about_id, e.uuid, i.seq, i.agent_id,
           i.agent_title, i.summary, e.agentflow_id, coalesce(f.name, ''),
           coalesce(s.executed_by_id, ''), coalesce(s.executed_by_name, ''),
           coalesce(s.executed_by_type, ''), i.asked, i.asked_hash, i.answer, i.assignee,
           coalesce(u.name, ''), i.expires_at, i.on_expiry, i.four_eyes, i.created_at, i.updated_at
      FROM inbox i
      LEFT JOIN execution e
        ON e.project_id = i.project_id AND e.id = coalesce(i.about_id, i.execution_id)
      LEFT JOIN execution_start s ON s.project_id = i.project_id AND s.id = e.id
      LEFT JOIN agentflow f ON f.project_id = i.project_id AND f.id = e.agentflow_id
      LEFT JOIN user_account u ON u.id = i.assignee
     WHERE i.project_id = $1 AND i.id IN (SELECT unhex(value) FROM json_each($2))
     ORDER BY i.id DESC)sql",
                                                      R"sql(
    SELECT i.id, i.type, i.status, i.execution_id, i.about_id, e.uuid, i.seq, i.agent_id,
           i.agent_title, i.summary, e.agentflow_id, coalesce(f.name, ''),
           coalesce(s.executed_by_id, ''), coalesce(s.executed_by_name, ''),
           coalesce(s.executed_by_type, ''), i.asked, i.asked_hash, i.answer, i.assignee,
           coalesce(u.name, ''), i.expires_at, i.on_expiry, i.four_eyes, i.created_at, i.updated_at
      FROM inbox i
      LEFT JOIN execution e
        ON e.project_id = i.project_id AND e.id = coalesce(i.about_id, i.execution_id)
      LEFT JOIN execution_start s ON s.project_id = i.project_id AND s.id = e.id
      LEFT JOIN agentflow f ON f.project_id = i.project_id AND f.id = e.agentflow_id
      LEFT JOIN user_account u ON u.id = i.assignee
     WHERE i.project_id = $1
       AND i.id IN (SELECT decode(t.value, 'hex')
                      FROM json_array_elements_text($2::json) AS t (value))
     ORDER BY i.id DESC)sql"};

constexpr Query<InboxId, ProjectId, ExecutionId> open_sql{"inbox.open", R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND execution_id = $2 AND status < 2
     ORDER BY id DESC LIMIT 1)sql"};
constexpr Query<InboxId, ProjectId, ExecutionId, InboxType> newest_sql{"inbox.newest", R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND execution_id = $2 AND type = $3
     ORDER BY id DESC LIMIT 1)sql"};

constexpr Query<void, ProjectId, InboxId, InboxStatus, json::object, Instant> answer_sql{
    "inbox.answer", R"sql(
    UPDATE inbox SET status = $3, answer = $4, updated_at = $5
     WHERE project_id = $1 AND id = $2 AND status < 2)sql"};

Result<InboxItem> item_of(Rx& rx, const Scope& scope, Row&& row) {
    InboxItem item{.id = row.id,
                   .type = row.type,
                   .status = row.status,
                   .execution = row.execution,
                   .about = row.about,
                   .execution_uuid = row.uuid,
                   .seq = row.seq,
                   .agent = row.agent,
                   .agent_title = std::move(row.agent_title),
                   .summary = std::move(row.summary),
                   .agentflow = row.agentflow,
                   .agentflow_name = std::move(row.agentflow_name),
                   .executed_by_id = std::move(row.executed_by_id),
                   .executed_by_name = std::move(row.executed_by_name),
                   .executed_by_type = std::move(row.executed_by_type),
                   .asked = {},
                   .answer = std::move(row.answer),
                   .assignee = {},
                   .assignee_name = std::move(row.assignee_name),
                   .expires_at = row.expires_at,
                   .on_expiry = row.on_expiry,
                   .four_eyes = row.four_eyes,
                   .created_at = row.created_at,
                   .updated_at = row.updated_at};
    std::ranges::copy(row.assignee.bytes, item.assignee.bytes.begin());
    if (row.asked) item.asked = std::move(*row.asked);
    if (row.asked_hash) {
        auto parsed = TRY(parse_json(TRY(blobs::get(rx, scope.project, *row.asked_hash))));
        if (parsed.is_object()) item.asked = std::move(parsed.get_object());
    }
    if (const json::value* by = item.asked.if_contains("by"); by && !item.execution) {
        item.executed_by_id = text_or(*by, "_id");
        item.executed_by_name = text_or(*by, "name");
        item.executed_by_type = text_or(*by, "type");
    }
    return item;
}

inbox_index::Place place_of(const InboxItem& item) {
    return {item.id, item.type, item.status, inbox_index::assignee_bytes(item.assignee),
            item.summary};
}

Result<> expire_all(Tx& tx, const ProjectId& project, std::vector<OpenRow> rows) {
    for (OpenRow& row : rows) {
        TRY(tx.put(expire_sql, project, row.id, tx.now()));
        const inbox_index::Place place{row.id, row.type, row.status, std::move(row.assignee),
                                       std::move(row.summary)};
        TRY(inbox_index::change_status(tx, project, place, InboxStatus::expired));
    }
    return {};
}

/// Whom an agent's rules name, as long as he is a member who may answer.
Result<Blob> assignee_of(Rx& rx, const ProjectId& project, const UserId& user) {
    if (!user) return Blob{};
    const auto role = TRY(members::role_of(rx, project, user));
    return role && *role >= Role::operator_ ? inbox_index::assignee_bytes(user) : Blob{};
}

const json::array* approvals_of(const InboxItem& item) {
    const json::value* approvals = item.answer.if_contains("approvals");
    return approvals ? approvals->if_array() : nullptr;
}

bool is_same_input(const json::object& one, const json::object& other) {
    const json::value* a = one.if_contains("input");
    const json::value* b = other.if_contains("input");
    return a && b ? *a == *b : a == b;
}

/// Of an item that two people must approve: notes this one in `answer`. False: it is the first.
Result<bool> approve_as_one_of_two(const Principal& by, const InboxItem& item, Instant now,
                                   json::object& answer) {
    if (by.kind != Principal::Kind::user)
        return fail(Code::forbidden, "Two people must approve this: sign in as one of them. A key "
                                     "is no person.");
    if (by.id == item.executed_by_id)
        return fail(Code::forbidden, "Whoever started it may not approve it: two others must.");
    json::array approvals;
    const json::array* before = approvals_of(item);
    if (before && is_same_input(item.answer, answer)) approvals = *before;
    for (const json::value& each : approvals)
        if (text_or(each, "_id") == by.id)
            return fail(Code::conflict, "You have approved this already: a second person must.");
    approvals.push_back(json::object{{"_id", by.id}, {"name", by.name}, {"at", to_iso8601(now)}});
    const bool enough = approvals.size() >= 2;
    answer["approvals"] = std::move(approvals);
    return enough;
}

} // namespace

Result<> add(Tx& tx, const ProjectId& project, const ExecutionId& execution, const Ask& ask,
             std::int64_t seq, const std::optional<Packed>& asked) {
    TRY(expire(tx, project, execution));
    std::optional<std::string_view> text;
    std::optional<BytesView> hash;
    if (asked) {
        TRY(blobs::put(tx, project, *asked));
        hash = BytesView(asked->hash.bytes);
    } else {
        text = ask.asked;
    }
    const auto id = tx.minter().mint<InboxTag>(project.ordinal());
    const ApprovalRules& rules = ask.rules;
    const Blob assignee = TRY(assignee_of(tx, project, rules.assignee));
    std::optional<Instant> expires_at;
    if (rules.expires_in) expires_at = tx.now() + microseconds(*rules.expires_in);
    TRY(tx.put(add_sql, project, id, execution, seq, ask.type, ask.agent, ask.agent_title,
               ask.summary, text, hash, tx.now(), assignee, expires_at, rules.on_expiry,
               rules.four_eyes));
    TRY(inbox_notices::note(tx, project, id));
    return inbox_index::add(tx, project,
                            {id, ask.type, InboxStatus::pending, assignee, ask.summary});
}

Result<> expire(Tx& tx, const ProjectId& project, const ExecutionId& execution) {
    return expire_all(tx, project, TRY(tx.all(open_of_sql, project, execution)));
}

Result<> expire(Tx& tx, const ProjectId& project, const TaskId& task) {
    return expire_all(tx, project, TRY(tx.all(open_of_task_sql, project, task)));
}

Result<InboxItem> find(Rx& rx, const Scope& scope, const InboxId& id) {
    auto row = TRY(rx.maybe(find_sql, scope.project, id));
    if (!row) return fail(Code::not_found, "There is no such item in the inbox.");
    return item_of(rx, scope, std::move(*row));
}

Result<InboxItem> find_of(Rx& rx, const Scope& scope, const ExecutionId& execution,
                          InboxType type) {
    auto id = TRY(rx.maybe(open_sql, scope.project, execution));
    if (!id) id = TRY(rx.maybe(newest_sql, scope.project, execution, type));
    return find(rx, scope, id.value_or(InboxId{}));
}

Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter) {
    const PageIds found = TRY(find_page(rx, scope, filter));
    Page page{.items = {}, .total = found.total, .is_total_exact = found.is_total_exact};
    if (found.ids.empty()) return page;
    json::array ids;
    for (const InboxId& id : found.ids) ids.emplace_back(id.hex());
    for (Row& row : TRY(rx.all(list_sql, scope.project, ids)))
        page.items.push_back(TRY(item_of(rx, scope, std::move(row))));
    return page;
}

Result<> check_may_answer(const Principal& by, const InboxItem& item) {
    if (!item.assignee || by.kind == Principal::Kind::system) return {};
    if (by.id == item.assignee.hex() || by.role >= Role::editor) return {};
    return fail(Code::forbidden,
                fmt::format("{} is to answer this: ask him, or an editor or owner of the project.",
                            item.assignee_name.empty() ? "Another person" : item.assignee_name));
}

Result<InboxItem> answer(Tx& tx, const Scope& scope, const InboxItem& item, InboxStatus status,
                         json::object answer) {
    const Principal& by = scope.principal;
    const InboxItem before = TRY(find(tx, scope, item.id));
    if (!is_open(before.status)) return fail(Code::conflict, what_happened(before));
    TRY(check_may_answer(by, before));
    if (before.four_eyes && status == InboxStatus::approved &&
        !TRY(approve_as_one_of_two(by, before, tx.now(), answer)))
        status = InboxStatus::input_required;
    answer["by"] = json::object{{"_id", by.id}, {"name", by.name}};
    TRY(tx.put(answer_sql, scope.project, item.id, status, answer, tx.now()));
    TRY(inbox_index::change_status(tx, scope.project, place_of(before), status));
    return find(tx, scope, item.id);
}

} // namespace weft::store::inbox
