#pragma once

#include "store/vault.h"

/// The outbox. A mail is written in the commit of what it tells of, and sent afterwards by whoever
/// claims it (server/mailer.h): at least once, so that none is lost with a process. What it says
/// may hold a token, and lies under the master key until it is sent or given up.
namespace weft::store::mails {

enum class MailKind { invitation, password_reset, inbox };
enum class MailState {
    waiting,
    sent,     ///< a server has taken it; whether it arrived is not known
    given_up, ///< refused for good, or its time was up
    decoy,    ///< never to be sent: written so that one who asks cannot tell from the time it takes
};

struct Letter {
    std::string to;
    std::string subject;
    std::string text;
};

struct Draft {
    MailKind kind = MailKind::invitation;
    std::string about; ///< of the same kind and about, the newest takes the place of the others
    Letter letter;
    Instant expires_at; ///< when it is of no use any more
    MailState state = MailState::waiting;
};
Result<> put(Tx& tx, const Vault& vault, const Draft& draft);
/// What was invited for is gone.
Result<> remove(Tx& tx, MailKind kind, const std::string& about);

/// How long a claim holds: longer than sending may take.
inline constexpr seconds claimed_for{180};

struct Claimed {
    std::string message;   ///< its name, also on the wire, by which a second copy can be told
    Result<Letter> letter; ///< internal: the master key is another one
    std::int64_t attempt = 1;
    Instant expires_at;
};
/// Whether one is due at `now`.
Result<bool> any_due(Rx& rx, Instant now);
/// The one that is due first; nobody else gets it for `claimed_for`. None: none is due.
Result<std::optional<Claimed>> claim(Tx& tx, const Vault& vault);
Result<> sent(Tx& tx, const std::string& message);
/// To be tried again at `next_try_at`; none: given up.
Result<> failed(Tx& tx, const std::string& message, std::string_view why,
                std::optional<Instant> next_try_at);

struct Status {
    MailState state = MailState::waiting;
    std::int64_t attempts = 0;
    std::string failure; ///< of the last attempt
};
/// None: there is no such mail, or it was forgotten.
Result<std::optional<Status>> status(Rx& rx, MailKind kind, const std::string& about);

/// Forgets at most `count` whose time is up, whatever became of them; answers how many.
Result<std::int64_t> forget_expired(Tx& tx, std::int64_t count);

} // namespace weft::store::mails
