#pragma once

#include "store/vault.h"

/// Who may set a new password without the old one: of the tokens that were mailed the newest, and
/// of those that an admin handed on, so that nobody's asking for a mail ends an admin's. Stored as
/// keyed hashes. Whether there is an account is looked up when one is used.
namespace weft::store::password_resets {

inline constexpr seconds mailed_lifetime{3600};
inline constexpr seconds handed_lifetime{24 * 3600}; ///< of one that an admin hands on

/// At most so many mails to an address in a day, and not sooner one after the other: nobody is
/// flooded by whoever knows his address.
inline constexpr std::int64_t mails_max = 5;
inline constexpr seconds mails_window{24 * 3600};
inline constexpr seconds between_mails{60};

struct NewReset {
    std::string token; ///< the only time that it is seen
    Instant expires_at;
};
/// The one handed out before opens nothing any more.
Result<NewReset> hand_out(Tx& tx, const Vault& vault, const std::string& email);
/// The same for a mail. None: enough were sent; then the one before stays.
Result<std::optional<NewReset>> mail_out(Tx& tx, const Vault& vault, const std::string& email);

/// Whose password it sets. not_found: nobody's token, or it was used or has expired.
Result<std::string> find_by_token(Rx& rx, const Vault& vault, std::string_view token, Instant now);
/// Its tokens open nothing any more.
Result<> remove(Tx& tx, const std::string& email);
/// Forgets at most `count` that say nothing any more; answers how many.
Result<std::int64_t> forget_expired(Tx& tx, std::int64_t count);

} // namespace weft::store::password_resets
