#include "store/inbox_index.h"

namespace weft::store::inbox_index {

namespace {

constexpr Query<void, ProjectId, Blob, InboxStatus, InboxType, std::int64_t> count_sql{
    "inbox_index.count", R"sql(
    INSERT INTO inbox_count (project_id, assignee, status, type, items)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (project_id, assignee, status, type)
    DO UPDATE SET items = inbox_count.items + excluded.items)sql"};

constexpr Query<void, ProjectId, std::string, InboxStatus, InboxType, InboxId> add_word_sql{
    "inbox_index.add_word", R"sql(
    INSERT INTO inbox_word (project_id, word, status, type, id)
    VALUES ($1, $2, $3, $4, $5))sql"};
constexpr Query<void, ProjectId, std::string, InboxStatus, InboxType, InboxId, InboxStatus>
    move_word_sql{"inbox_index.move_word", R"sql(
    UPDATE inbox_word SET status = $6
     WHERE project_id = $1 AND word = $2 AND status = $3 AND type = $4 AND id = $5)sql"};

} // namespace

Result<> add(Tx& tx, const ProjectId& project, const Place& place) {
    TRY(tx.put(count_sql, project, place.assignee, place.status, place.type, 1));
    for (const std::string& word : summary_words(place.summary))
        TRY(tx.put(add_word_sql, project, word, place.status, place.type, place.id));
    return {};
}

Result<> change_status(Tx& tx, const ProjectId& project, const Place& place, InboxStatus status) {
    if (status == place.status) return {};
    TRY(tx.put(count_sql, project, place.assignee, place.status, place.type, -1));
    TRY(tx.put(count_sql, project, place.assignee, status, place.type, 1));
    for (const std::string& word : summary_words(place.summary))
        TRY(tx.put(move_word_sql, project, word, place.status, place.type, place.id, status));
    return {};
}

Result<> change_assignee(Tx& tx, const ProjectId& project, const Place& place,
                         const Blob& assignee) {
    if (assignee == place.assignee) return {};
    TRY(tx.put(count_sql, project, place.assignee, place.status, place.type, -1));
    TRY(tx.put(count_sql, project, assignee, place.status, place.type, 1));
    return {};
}

} // namespace weft::store::inbox_index
