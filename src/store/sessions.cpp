#include "store/sessions.h"

namespace weft::store::sessions {

namespace {

constexpr std::size_t user_agent_bytes_max = 200;

constexpr Query<void, OrganizationId, SessionId, UserId, Blob, Instant, Instant, std::string,
                std::string>
    insert_sql{"sessions.insert", R"sql(
    INSERT INTO session (organization_id, id, user_id, hash, created_at, last_used_at, expires_at,
                         address, user_agent)
    VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8))sql"};

struct FoundRow {
    SessionId id;
    OrganizationId organization;
    UserId user;
    Instant created_at;
    Instant last_used_at;
    Instant expires_at;
    std::string address;
    std::string user_agent;
    std::string name;
    std::string email;
    OrganizationRole role;
};
constexpr SystemQuery<FoundRow, Blob> by_hash_sql{"sessions.by_hash", R"sql(
    SELECT s.id, s.organization_id, s.user_id, s.created_at, s.last_used_at, s.expires_at,
           s.address, s.user_agent, u.name, u.email, m.role
      FROM session s
      JOIN user_account u ON u.id = s.user_id
      JOIN organization_member m
        ON m.organization_id = s.organization_id AND m.user_id = s.user_id
     WHERE s.hash = $1)sql"};

constexpr Query<void, OrganizationId, SessionId, Instant> touch_sql{"sessions.touch", R"sql(
    UPDATE session SET last_used_at = $3 WHERE organization_id = $1 AND id = $2)sql"};

constexpr Query<Session, OrganizationId, UserId, Instant> list_sql{"sessions.list", R"sql(
    SELECT id, organization_id, user_id, created_at, last_used_at, expires_at, address, user_agent
      FROM session WHERE organization_id = $1 AND user_id = $2 AND expires_at > $3
     ORDER BY created_at DESC, id DESC LIMIT 200)sql"};

constexpr Query<void, OrganizationId, UserId, SessionId> end_sql{"sessions.end", R"sql(
    DELETE FROM session WHERE organization_id = $1 AND user_id = $2 AND id = $3)sql"};
constexpr Query<void, OrganizationId, UserId, SessionId> end_all_sql{"sessions.end_all", R"sql(
    DELETE FROM session WHERE organization_id = $1 AND user_id = $2
       AND ($3 IS NULL OR id <> $3))sql"};
constexpr SystemQuery<void, UserId, SessionId> end_everywhere_sql{"sessions.end_everywhere", R"sql(
    DELETE FROM session WHERE user_id = $1 AND ($2 IS NULL OR id <> $2))sql"};

constexpr SystemQuery<void, Instant, std::int64_t> forget_sql{"sessions.forget", R"sql(
    DELETE FROM session WHERE id IN
        (SELECT id FROM session WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

} // namespace

Result<NewSession> begin(Tx& tx, const Vault& vault, const Scope& scope, const Draft& draft) {
    std::array<std::uint8_t, 32> random{};
    fill_random(random);
    NewSession made{{.id = tx.minter().mint<SessionTag>(0),
                     .organization = scope.organization,
                     .user = draft.user,
                     .created_at = tx.now(),
                     .last_used_at = tx.now(),
                     .expires_at = tx.now() + microseconds(lifetime),
                     .address = draft.address,
                     .user_agent = draft.user_agent.substr(0, user_agent_bytes_max)},
                    to_hex(random)};
    const Session& session = made.session;
    TRY(tx.run(insert_sql, scope.organization, session.id, session.user,
               vault.sign("session", made.token), session.created_at, session.expires_at,
               session.address, session.user_agent));
    return made;
}

Result<Found> find_by_token(Rx& rx, const Vault& vault, std::string_view token, Instant now) {
    auto row = TRY(rx.maybe(by_hash_sql, vault.sign("session", token)));
    if (!row || row->expires_at <= now)
        return fail(Code::unauthenticated, "This session is not known: sign in again.");
    return Found{{row->id, row->organization, row->user, row->created_at, row->last_used_at,
                  row->expires_at, std::move(row->address), std::move(row->user_agent)},
                 std::move(row->name),
                 std::move(row->email),
                 row->role};
}

Result<> touch(Tx& tx, const Scope& scope, const SessionId& session) {
    TRY(tx.run(touch_sql, scope.organization, session, tx.now()));
    return {};
}

Result<std::vector<Session>> list(Rx& rx, const Scope& scope, const UserId& user, Instant now) {
    return rx.all(list_sql, scope.organization, user, now);
}

Result<> end(Tx& tx, const Scope& scope, const UserId& user, const SessionId& session) {
    if (TRY(tx.run(end_sql, scope.organization, user, session)).count == 0)
        return fail(Code::not_found, "There is no such session.");
    return {};
}

Result<> end_all(Tx& tx, const Scope& scope, const UserId& user, const SessionId& except) {
    TRY(tx.run(end_all_sql, scope.organization, user, except));
    return {};
}

Result<> end_everywhere(Tx& tx, const UserId& user, const SessionId& except) {
    TRY(tx.run(end_everywhere_sql, user, except));
    return {};
}

Result<std::int64_t> forget_expired(Tx& tx, std::int64_t count) {
    return TRY(tx.run(forget_sql, tx.now(), count))
    .count;
}

} // namespace weft::store::sessions
