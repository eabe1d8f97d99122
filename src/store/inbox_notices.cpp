#include "store/inbox_notices.h"

#include "store/projects.h"
#include "store/users.h"
#include "json/json.h"

#include <boost/json/array.hpp>

namespace weft::store::inbox_notices {

namespace {

constexpr seconds link_lifetime{30 * 86'400};
constexpr std::string_view secret_name = "settings.notifications.webhook";

constexpr Query<json::object, ProjectId> settings_sql{"inbox_notices.settings", R"sql(
    SELECT body FROM project_setting WHERE project_id = $1 AND name = 'notifications')sql"};

constexpr Query<void, ProjectId, InboxId, Instant> note_sql{"inbox_notices.note", R"sql(
    INSERT INTO inbox_notice (project_id, item_id, created_at)
    SELECT $1, $2, $3 FROM project_setting
     WHERE project_id = $1 AND name = 'notifications')sql"};
constexpr SystemQuery<Note> notes_sql{"inbox_notices.notes", R"sql(
    SELECT n.project_id, p.organization_id, n.item_id
      FROM inbox_notice n JOIN project p ON p.id = n.project_id
     WHERE p.deleted_at IS NULL ORDER BY n.created_at LIMIT 50)sql"};
constexpr Query<std::int64_t, ProjectId, InboxId> is_there_sql{"inbox_notices.is_there", R"sql(
    SELECT 1 FROM inbox_notice WHERE project_id = $1 AND item_id = $2)sql"};
constexpr Query<void, ProjectId, InboxId> remove_sql{"inbox_notices.remove", R"sql(
    DELETE FROM inbox_notice WHERE project_id = $1 AND item_id = $2)sql"};

constexpr Query<void, ProjectId, InboxId, Blob, std::string, Instant> add_link_sql{
    "inbox_notices.add_link", R"sql(
    INSERT INTO inbox_link (project_id, item_id, hash, name, expires_at)
    VALUES ($1, $2, $3, $4, $5))sql"};
constexpr Query<std::string, ProjectId, InboxId, Blob, Instant> find_link_sql{
    "inbox_notices.find_link", R"sql(
    SELECT name FROM inbox_link
     WHERE project_id = $1 AND item_id = $2 AND hash = $3 AND expires_at > $4)sql"};
constexpr SystemQuery<void, Instant, std::int64_t> forget_links_sql{"inbox_notices.forget_links",
                                                                    R"sql(
    DELETE FROM inbox_link WHERE hash IN
        (SELECT hash FROM inbox_link WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::string, Blob, Instant> add_call_sql{"inbox_notices.add_call",
                                                                          R"sql(
    INSERT INTO inbox_call (project_id, id, sealed, attempts, created_at, next_try_at)
    VALUES ($1, $2, $3, 0, $4, $4))sql"};
struct DueCall {
    ProjectId project;
    OrganizationId organization;
    std::string id;
};
constexpr SystemQuery<DueCall, Instant> due_call_sql{"inbox_notices.due_call", R"sql(
    SELECT c.project_id, p.organization_id, c.id
      FROM inbox_call c JOIN project p ON p.id = c.project_id
     WHERE c.next_try_at <= $1 AND p.deleted_at IS NULL ORDER BY c.next_try_at LIMIT 1)sql"};

constexpr SystemQuery<Instant> next_call_sql{"inbox_notices.next_call", R"sql(
    SELECT c.next_try_at FROM inbox_call c JOIN project p ON p.id = c.project_id
     WHERE c.next_try_at > 0 AND p.deleted_at IS NULL ORDER BY c.next_try_at LIMIT 1)sql"};
struct ClaimedCall {
    Blob sealed;
    std::int64_t attempts = 0;
    Instant created_at;
};
constexpr Query<ClaimedCall, ProjectId, std::string, Instant> claim_call_sql{
    "inbox_notices.claim_call", R"sql(
    UPDATE inbox_call SET attempts = attempts + 1, next_try_at = $3
     WHERE project_id = $1 AND id = $2 RETURNING sealed, attempts, created_at)sql"};
constexpr Query<void, ProjectId, std::string> end_call_sql{"inbox_notices.end_call", R"sql(
    DELETE FROM inbox_call WHERE project_id = $1 AND id = $2)sql"};
constexpr Query<void, ProjectId, std::string, Instant> postpone_call_sql{
    "inbox_notices.postpone_call", R"sql(
    UPDATE inbox_call SET next_try_at = $3 WHERE project_id = $1 AND id = $2)sql"};

std::string random_hex() {
    std::array<std::uint8_t, 24> random{};
    fill_random(random);
    return to_hex(random);
}

/// Bound to its row.
std::string context_of(const std::string& call) { return "inbox call " + call; }

} // namespace

Result<Wanted> wanted(Rx& rx, const ProjectId& project) {
    Wanted found;
    const auto settings = TRY(rx.maybe(settings_sql, project));
    if (!settings) return found;
    const auto list = [&](std::string_view name) {
        const json::value* value = settings->if_contains(name);
        return value ? value->if_array() : nullptr;
    };
    bool is_on = false;
    if (const json::array* on = list("on"))
        for (const json::value& each : *on) is_on = is_on || each == "inbox";
    if (!is_on) return found;
    if (const json::array* mail = list("mail"))
        for (const json::value& each : *mail)
            if (const json::string* address = each.if_string()) found.mail.emplace_back(*address);
    if (const json::value* webhook = settings->if_contains("webhook"))
        found.webhook_url = text_or(*webhook, "url");
    return found;
}

Result<std::optional<std::string>> webhook_secret(Rx& rx, const Vault& vault, const Scope& scope) {
    return secrets::get(rx, vault, scope, secret_name);
}

Result<> note(Tx& tx, const ProjectId& project, const InboxId& item) {
    return tx.put(note_sql, project, item, tx.now());
}

Result<std::vector<Note>> notes(Rx& rx) { return rx.all(notes_sql); }

Result<> remove(Tx& tx, const Note& note) { return tx.put(remove_sql, note.project, note.item); }

Result<bool> is_there(Tx& tx, const Note& note) {
    return TRY(tx.maybe(is_there_sql, note.project, note.item))
    .has_value();
}

Result<std::string> add_link(Tx& tx, const Vault& vault, const InboxItem& item, const Scope& scope,
                             const std::string& name) {
    const std::string token = item.id.hex() + random_hex();
    Instant until = tx.now() + microseconds(link_lifetime);
    if (item.expires_at) until = std::min(until, *item.expires_at);
    TRY(tx.put(add_link_sql, scope.project, item.id, vault.sign("inbox link", token), name, until));
    return token;
}

Result<bool> may_decide(Rx& rx, const InboxItem& item, const std::string& name) {
    if (item.type != InboxType::preview || item.four_eyes) return false;
    if (!item.assignee) return true;
    const auto assignee = TRY(users::find(rx, item.assignee));
    return assignee && assignee->user.email == name;
}

Result<Link> find_link(Rx& rx, const Vault& vault, const std::string& token, Instant now) {
    const auto none = [] { return fail(Code::not_found, "This link is of no use any more."); };
    const auto id = InboxId::parse(std::string_view(token).substr(0, 24));
    if (!id) return none();
    const auto project = projects::find_by_ordinal(rx, id->ordinal());
    if (!project && project.error().code != Code::not_found)
        return std::unexpected(project.error());
    if (!project || project->trashed_at) return none();
    const auto name =
        TRY(rx.maybe(find_link_sql, project->id, *id, vault.sign("inbox link", token), now));
    if (!name) return none();
    Link link{
        .scope = {project->organization,
                  project->id,
                  {Principal::Kind::system, "", "The link sent to " + *name, Role::operator_}},
        .item = {}};
    link.item = TRY(inbox::find(rx, link.scope, *id));
    if (!TRY(may_decide(rx, link.item, *name))) return none();
    return link;
}

std::string new_call_id() { return "msg_" + random_hex(); }

Result<> add_call(Tx& tx, const Vault& vault, const ProjectId& project, const std::string& id,
                  const std::string& body) {
    return tx.put(add_call_sql, project, id, vault.seal(body, context_of(id)), tx.now());
}

Result<std::optional<Instant>> next_call(Rx& rx) { return rx.maybe(next_call_sql); }

Result<std::optional<Call>> claim_call(Tx& tx, const Vault& vault) {
    const auto due = TRY(tx.maybe(due_call_sql, tx.now()));
    if (!due) return std::nullopt;
    const auto row =
        TRY(tx.maybe(claim_call_sql, due->project, due->id, tx.now() + microseconds(claimed_for)));
    if (!row) return std::nullopt;
    auto body = vault.open(row->sealed, context_of(due->id));
    if (!body) { // nobody can send it any more
        TRY(tx.put(end_call_sql, due->project, due->id));
        return std::nullopt;
    }
    return Call{due->project,     due->organization, due->id,
                *std::move(body), row->attempts,     row->created_at};
}

Result<> end_call(Tx& tx, const Call& call) { return tx.put(end_call_sql, call.project, call.id); }

Result<> postpone_call(Tx& tx, const Call& call, Instant next_try_at) {
    return tx.put(postpone_call_sql, call.project, call.id, next_try_at);
}

Result<std::int64_t> forget_expired_links(Tx& tx, std::int64_t count) {
    return TRY(tx.run(forget_links_sql, tx.now(), count))
    .count;
}

} // namespace weft::store::inbox_notices
