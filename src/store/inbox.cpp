#include "store/inbox.h"

#include "domain/members.h"

namespace weft::store::inbox {

namespace {

constexpr Query<void, ProjectId, InboxId, ExecutionId, std::int64_t, InboxType, AgentId,
                std::string, std::string, std::optional<std::string_view>, std::optional<BytesView>,
                Instant>
    add_sql{"inbox.add", R"sql(
    INSERT INTO inbox (project_id, id, execution_id, seq, type, status, agent_id, agent_title,
                       summary, asked, asked_hash, answer, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, '{}', $11, $11))sql"};

constexpr Query<void, ProjectId, ExecutionId, Instant> expire_sql{"inbox.expire", R"sql(
    UPDATE inbox SET status = 5, updated_at = $3
     WHERE project_id = $1 AND execution_id = $2 AND status < 2)sql"};
constexpr Query<void, ProjectId, TaskId, Instant> expire_of_task_sql{"inbox.expire_of_task", R"sql(
    UPDATE inbox SET status = 5, updated_at = $3
     WHERE project_id = $1 AND status < 2 AND execution_id IN
        (SELECT id FROM execution WHERE project_id = $1 AND task_id = $2))sql"};

/// The columns that make an InboxItem, in this order.
struct Row {
    InboxId id;
    InboxType type = InboxType::preview;
    InboxStatus status = InboxStatus::pending;
    ExecutionId execution;
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
    Instant created_at;
    Instant updated_at;
};
constexpr Query<Row, ProjectId, InboxId> find_sql{"inbox.find", R"sql(
    SELECT i.id, i.type, i.status, i.execution_id, e.uuid, i.seq, i.agent_id, i.agent_title,
           i.summary, e.agentflow_id, coalesce(f.name, ''), s.executed_by_id, s.executed_by_name,
           s.executed_by_type, i.asked, i.asked_hash, i.answer, i.created_at, i.updated_at
      FROM inbox i
      JOIN execution e ON e.project_id = i.project_id AND e.id = i.execution_id
      JOIN execution_start s ON s.project_id = i.project_id AND s.id = i.execution_id
      LEFT JOIN agentflow f ON f.project_id = i.project_id AND f.id = e.agentflow_id
     WHERE i.project_id = $1 AND i.id = $2)sql"};

constexpr Query<InboxId, ProjectId, ExecutionId> open_sql{"inbox.open", R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND execution_id = $2 AND status < 2
     ORDER BY id DESC LIMIT 1)sql"};
constexpr Query<InboxId, ProjectId, ExecutionId, InboxType> newest_sql{"inbox.newest", R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND execution_id = $2 AND type = $3
     ORDER BY id DESC LIMIT 1)sql"};

// Pages come from an index; the rows are looked into only for the words of a search.
constexpr Query<InboxId, ProjectId, InboxId, std::string, std::int64_t> list_sql{"inbox.list",
                                                                                 R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND id < $2
       AND ($3 = '' OR lower(summary) LIKE $3 ESCAPE '\') ORDER BY id DESC LIMIT $4)sql"};
constexpr Query<InboxId, ProjectId, InboxId, std::string, std::int64_t, InboxStatus>
    list_status_sql{"inbox.list_status", R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND status = $5 AND id < $2
       AND ($3 = '' OR lower(summary) LIKE $3 ESCAPE '\') ORDER BY id DESC LIMIT $4)sql"};
constexpr Query<InboxId, ProjectId, InboxId, std::string, std::int64_t, InboxType> list_type_sql{
    "inbox.list_type", R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND type = $5 AND id < $2
       AND ($3 = '' OR lower(summary) LIKE $3 ESCAPE '\') ORDER BY id DESC LIMIT $4)sql"};
constexpr Query<InboxId, ProjectId, InboxId, std::string, std::int64_t, InboxStatus, InboxType>
    list_both_sql{"inbox.list_both", R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND status = $5 AND type = $6 AND id < $2
       AND ($3 = '' OR lower(summary) LIKE $3 ESCAPE '\') ORDER BY id DESC LIMIT $4)sql"};

constexpr Query<std::int64_t, ProjectId> count_sql{"inbox.count", R"sql(
    SELECT count(*) FROM inbox WHERE project_id = $1)sql"};
constexpr Query<std::int64_t, ProjectId, InboxStatus> count_status_sql{"inbox.count_status", R"sql(
    SELECT count(*) FROM inbox WHERE project_id = $1 AND status = $2)sql"};
constexpr Query<std::int64_t, ProjectId, InboxType> count_type_sql{"inbox.count_type", R"sql(
    SELECT count(*) FROM inbox WHERE project_id = $1 AND type = $2)sql"};
constexpr Query<std::int64_t, ProjectId, InboxStatus, InboxType> count_both_sql{"inbox.count_both",
                                                                                R"sql(
    SELECT count(*) FROM inbox WHERE project_id = $1 AND status = $2 AND type = $3)sql"};
/// -1 stands for any.
constexpr Query<std::int64_t, ProjectId, std::string, std::int64_t, std::int64_t> count_found_sql{
    "inbox.count_found", R"sql(
    SELECT count(*) FROM inbox WHERE project_id = $1 AND lower(summary) LIKE $2 ESCAPE '\'
       AND ($3 = -1 OR status = $3) AND ($4 = -1 OR type = $4))sql"};

constexpr Query<void, ProjectId, InboxId, InboxStatus, json::object, Instant> answer_sql{
    "inbox.answer", R"sql(
    UPDATE inbox SET status = $3, answer = $4, updated_at = $5
     WHERE project_id = $1 AND id = $2 AND status < 2)sql"};

Result<InboxItem> item_of(Rx& rx, const Scope& scope, Row&& row) {
    json::object asked;
    if (row.asked) asked = std::move(*row.asked);
    if (row.asked_hash) {
        auto parsed = TRY(parse_json(TRY(blobs::get(rx, scope.project, *row.asked_hash))));
        if (parsed.is_object()) asked = std::move(parsed.get_object());
    }
    return InboxItem{row.id,
                     row.type,
                     row.status,
                     row.execution,
                     row.uuid,
                     row.seq,
                     row.agent,
                     std::move(row.agent_title),
                     std::move(row.summary),
                     row.agentflow,
                     std::move(row.agentflow_name),
                     std::move(row.executed_by_id),
                     std::move(row.executed_by_name),
                     std::move(row.executed_by_type),
                     std::move(asked),
                     std::move(row.answer),
                     row.created_at,
                     row.updated_at};
}

/// A LIKE pattern that finds `words` as they are; empty finds everything.
std::string pattern_of(const std::string& words) {
    if (words.empty()) return {};
    std::string pattern = "%";
    for (const char c : lower_ascii(words)) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + "%";
}

Result<std::vector<InboxId>> page_of(Rx& rx, const Scope& scope, const Filter& filter) {
    const std::int64_t limit = std::clamp<std::int64_t>(filter.limit, 0, page_max);
    const std::string pattern = pattern_of(filter.search);
    InboxId before = filter.after;
    if (!before) before.bytes.fill(0xFF);
    if (filter.status && filter.type)
        return rx.all(list_both_sql, scope.project, before, pattern, limit, *filter.status,
                      *filter.type);
    if (filter.status)
        return rx.all(list_status_sql, scope.project, before, pattern, limit, *filter.status);
    if (filter.type)
        return rx.all(list_type_sql, scope.project, before, pattern, limit, *filter.type);
    return rx.all(list_sql, scope.project, before, pattern, limit);
}

Result<std::optional<std::int64_t>> total_of(Rx& rx, const Scope& scope, const Filter& filter) {
    if (!filter.search.empty())
        return rx.maybe(count_found_sql, scope.project, pattern_of(filter.search),
                        filter.status ? static_cast<std::int64_t>(*filter.status) : -1,
                        filter.type ? static_cast<std::int64_t>(*filter.type) : -1);
    if (filter.status && filter.type)
        return rx.maybe(count_both_sql, scope.project, *filter.status, *filter.type);
    if (filter.status) return rx.maybe(count_status_sql, scope.project, *filter.status);
    if (filter.type) return rx.maybe(count_type_sql, scope.project, *filter.type);
    return rx.maybe(count_sql, scope.project);
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
    TRY(tx.put(add_sql, project, id, execution, seq, ask.type, ask.agent, ask.agent_title,
               ask.summary, text, hash, tx.now()));
    return {};
}

Result<> expire(Tx& tx, const ProjectId& project, const ExecutionId& execution) {
    TRY(tx.put(expire_sql, project, execution, tx.now()));
    return {};
}

Result<> expire(Tx& tx, const ProjectId& project, const TaskId& task) {
    TRY(tx.put(expire_of_task_sql, project, task, tx.now()));
    return {};
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
    Page page;
    page.total = TRY(total_of(rx, scope, filter))
    .value_or(0);
    for (const InboxId& id : TRY(page_of(rx, scope, filter)))
        page.items.push_back(TRY(find(rx, scope, id)));
    return page;
}

Result<InboxItem> answer(Tx& tx, const Scope& scope, const InboxItem& item, InboxStatus status,
                         json::object answer) {
    const Principal& by = scope.principal;
    answer["by"] = json::object{{"_id", by.id}, {"name", by.name}};
    const Changes changed =
        TRY(tx.run(answer_sql, scope.project, item.id, status, answer, tx.now()));
    InboxItem now = TRY(find(tx, scope, item.id));
    if (changed.count == 0) return fail(Code::conflict, what_happened(now));
    return now;
}

} // namespace weft::store::inbox
