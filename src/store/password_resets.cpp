#include "store/password_resets.h"

namespace weft::store::password_resets {

namespace {

enum class WayKind { mailed, handed };

struct Row {
    std::string email;
    Instant expires_at;
    Instant mailed_at;
    std::int64_t mails = 0;
    Instant window_ends_at;
};
constexpr SystemQuery<Row, std::string, WayKind> by_email_sql{"password_resets.by_email", R"sql(
    SELECT email, expires_at, mailed_at, mails, window_ends_at FROM password_reset
     WHERE email = $1 AND way = $2)sql"};
constexpr SystemQuery<Row, Blob> by_hash_sql{"password_resets.by_hash", R"sql(
    SELECT email, expires_at, mailed_at, mails, window_ends_at FROM password_reset
     WHERE hash = $1)sql"};

constexpr SystemQuery<void, std::string, WayKind, Blob, Instant, Instant, std::int64_t, Instant>
    put_sql{"password_resets.put", R"sql(
    INSERT INTO password_reset (email, way, hash, expires_at, mailed_at, mails, window_ends_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (email, way)
    DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at,
                  mailed_at = excluded.mailed_at, mails = excluded.mails,
                  window_ends_at = excluded.window_ends_at)sql"};

/// The rows stay until the window ends: they count the mails.
constexpr SystemQuery<void, std::string, Instant> use_up_sql{"password_resets.use_up", R"sql(
    UPDATE password_reset SET expires_at = $2 WHERE email = $1 AND expires_at > $2)sql"};

constexpr SystemQuery<void, Instant, std::int64_t> forget_sql{"password_resets.forget", R"sql(
    DELETE FROM password_reset WHERE hash IN
        (SELECT hash FROM password_reset WHERE expires_at <= $1 AND window_ends_at <= $1
          ORDER BY expires_at LIMIT $2))sql"};

Blob hash_of(const Vault& vault, std::string_view token) {
    return vault.sign("password reset", token);
}

std::string random_token() {
    std::array<std::uint8_t, 24> random{};
    fill_random(random);
    return to_hex(random);
}

Result<NewReset> put(Tx& tx, const Vault& vault, WayKind way, const Row& row) {
    NewReset made{random_token(), row.expires_at};
    TRY(tx.run(put_sql, row.email, way, hash_of(vault, made.token), row.expires_at, row.mailed_at,
               row.mails, row.window_ends_at));
    return made;
}

/// How many mails the address got, in a window that has not ended.
Result<Row> mails_to(Rx& rx, const std::string& email, Instant now) {
    auto row = TRY(rx.maybe(by_email_sql, email, WayKind::mailed));
    if (row && row->window_ends_at > now) return *std::move(row);
    return Row{email, {}, {}, 0, now + microseconds(mails_window)};
}

} // namespace

Result<NewReset> hand_out(Tx& tx, const Vault& vault, const std::string& email) {
    const Row row{email, tx.now() + microseconds(handed_lifetime), {}, 0, tx.now()};
    return put(tx, vault, WayKind::handed, row);
}

Result<std::optional<NewReset>> mail_out(Tx& tx, const Vault& vault, const std::string& email) {
    Row row = TRY(mails_to(tx, email, tx.now()));
    if (row.mails >= mails_max || row.mailed_at + microseconds(between_mails) > tx.now())
        return std::nullopt;
    row.mailed_at = tx.now();
    ++row.mails;
    row.expires_at = tx.now() + microseconds(mailed_lifetime);
    return TRY(put(tx, vault, WayKind::mailed, row));
}

Result<std::string> find_by_token(Rx& rx, const Vault& vault, std::string_view token, Instant now) {
    auto row = TRY(rx.maybe(by_hash_sql, hash_of(vault, token)));
    if (!row || row->expires_at <= now)
        return fail(Code::not_found, "This link is not known, was used, or has expired: ask for "
                                     "another one.");
    return std::move(row->email);
}

Result<> remove(Tx& tx, const std::string& email) {
    TRY(tx.run(use_up_sql, email, tx.now()));
    return {};
}

Result<std::int64_t> forget_expired(Tx& tx, std::int64_t count) {
    return TRY(tx.run(forget_sql, tx.now(), count))
    .count;
}

} // namespace weft::store::password_resets
