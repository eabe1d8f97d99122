#include "store/mails.h"

#include "json/json.h"

#include <boost/json/object.hpp>

namespace weft::store::mails {

namespace {

constexpr std::size_t failure_bytes_max = 500;

constexpr SystemQuery<void, MailKind, std::string, std::string, MailState, Blob, Instant, Instant>
    put_sql{"mails.put", R"sql(
    INSERT INTO mail (kind, about, message, state, sealed, attempts, failure, created_at,
                      next_try_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, 0, '', $6, $6, $7)
    ON CONFLICT (kind, about)
    DO UPDATE SET message = excluded.message, state = excluded.state, sealed = excluded.sealed,
                  attempts = 0, failure = '', created_at = excluded.created_at,
                  next_try_at = excluded.next_try_at, expires_at = excluded.expires_at)sql"};
constexpr SystemQuery<void, MailKind, std::string> remove_sql{"mails.remove", R"sql(
    DELETE FROM mail WHERE kind = $1 AND about = $2)sql"};

constexpr SystemQuery<std::int64_t, MailState, Instant> due_sql{"mails.due", R"sql(
    SELECT attempts FROM mail WHERE state = $1 AND next_try_at <= $2 LIMIT 1)sql"};

struct ClaimedRow {
    std::string message;
    Blob sealed;
    std::int64_t attempts = 0;
    Instant expires_at;
};
constexpr SystemQuery<ClaimedRow, MailState, Instant, Instant> claim_sql{"mails.claim", R"sql(
    UPDATE mail SET attempts = attempts + 1, next_try_at = $3
     WHERE message = (SELECT message FROM mail WHERE state = $1 AND next_try_at <= $2
                       ORDER BY next_try_at LIMIT 1)
    RETURNING message, sealed, attempts, expires_at)sql"};

constexpr SystemQuery<void, std::string, MailState, Blob, std::string> settle_sql{"mails.settle",
                                                                                  R"sql(
    UPDATE mail SET state = $2, sealed = $3, failure = $4 WHERE message = $1)sql"};
constexpr SystemQuery<void, std::string, std::string, Instant> postpone_sql{"mails.postpone", R"sql(
    UPDATE mail SET failure = $2, next_try_at = $3 WHERE message = $1)sql"};

constexpr SystemQuery<Status, MailKind, std::string> status_sql{"mails.status", R"sql(
    SELECT state, attempts, failure FROM mail WHERE kind = $1 AND about = $2)sql"};

constexpr SystemQuery<void, Instant, std::int64_t> forget_sql{"mails.forget", R"sql(
    DELETE FROM mail WHERE message IN
        (SELECT message FROM mail WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

/// Bound to its row: moved into another it does not open.
std::string context_of(const std::string& message) { return "mail " + message; }

std::string random_name() {
    std::array<std::uint8_t, 16> random{};
    fill_random(random);
    return to_hex(random);
}

Result<Letter> opened(const Vault& vault, const ClaimedRow& row) {
    const json::value plain = TRY(parse_json(TRY(vault.open(row.sealed, context_of(row.message)))));
    return Letter{std::string(text_or(plain, "to")), std::string(text_or(plain, "subject")),
                  std::string(text_or(plain, "text"))};
}

} // namespace

Result<> put(Tx& tx, const Vault& vault, const Draft& draft) {
    const std::string message = random_name();
    const std::string plain = to_text(json::value{
        {"to", draft.letter.to}, {"subject", draft.letter.subject}, {"text", draft.letter.text}});
    TRY(tx.run(put_sql, draft.kind, draft.about, message, draft.state,
               vault.seal(plain, context_of(message)), tx.now(), draft.expires_at));
    return {};
}

Result<> remove(Tx& tx, MailKind kind, const std::string& about) {
    TRY(tx.run(remove_sql, kind, about));
    return {};
}

Result<bool> any_due(Rx& rx, Instant now) {
    return TRY(rx.maybe(due_sql, MailState::waiting, now))
    .has_value();
}

Result<std::optional<Claimed>> claim(Tx& tx, const Vault& vault) {
    const auto row = TRY(
        tx.maybe(claim_sql, MailState::waiting, tx.now(), tx.now() + microseconds(claimed_for)));
    if (!row) return std::nullopt;
    return Claimed{row->message, opened(vault, *row), row->attempts, row->expires_at};
}

Result<> sent(Tx& tx, const std::string& message) {
    TRY(tx.run(settle_sql, message, MailState::sent, Blob{}, std::string()));
    return {};
}

Result<> failed(Tx& tx, const std::string& message, std::string_view why,
                std::optional<Instant> next_try_at) {
    const std::string reason(why.substr(0, failure_bytes_max));
    if (next_try_at)
        TRY(tx.run(postpone_sql, message, reason, *next_try_at));
    else
        TRY(tx.run(settle_sql, message, MailState::given_up, Blob{}, reason));
    return {};
}

Result<std::optional<Status>> status(Rx& rx, MailKind kind, const std::string& about) {
    return rx.maybe(status_sql, kind, about);
}

Result<std::int64_t> forget_expired(Tx& tx, std::int64_t count) {
    return TRY(tx.run(forget_sql, tx.now(), count))
    .count;
}

} // namespace weft::store::mails
