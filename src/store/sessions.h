#pragma once

#include "domain/user.h"
#include "store/vault.h"

/// Sessions of users. The token itself is stored nowhere.
namespace weft::store::sessions {

inline constexpr seconds lifetime{30 * 24 * 3600};
/// How late last_used_at may be: it is not written on each call.
inline constexpr seconds used_within{600};

struct Draft {
    UserId user;
    std::string address;
    std::string user_agent; ///< cut to 200 bytes
};
struct NewSession {
    Session session;
    std::string token; ///< 256 random bits in hex: the only time that it is seen
};
/// In the scope's organization.
Result<NewSession> begin(Tx& tx, const Vault& vault, const Scope& scope, const Draft& draft);

/// A session with what its user is now.
struct Found {
    Session session;
    std::string user_name;
    std::string user_email;
    OrganizationRole role = OrganizationRole::member;
};
/// unauthenticated: nobody's, or it has ended or expired, or its user has left the organization.
Result<Found> find_by_token(Rx& rx, const Vault& vault, std::string_view token, Instant now);
Result<> touch(Tx& tx, const Scope& scope, const SessionId& session);

/// The user's, in the scope's organization, that have not expired; newest first, at most 200.
Result<std::vector<Session>> list(Rx& rx, const Scope& scope, const UserId& user, Instant now);

/// From this commit on its token opens nothing. not_found: no such session of this user here.
Result<> end(Tx& tx, const Scope& scope, const UserId& user, const SessionId& session);
/// All of this user in the scope's organization, but `except`.
Result<> end_all(Tx& tx, const Scope& scope, const UserId& user, const SessionId& except = {});
/// In every organization: after a new password.
Result<> end_everywhere(Tx& tx, const UserId& user, const SessionId& except = {});
/// Forgets at most `count` that have expired; answers how many.
Result<std::int64_t> forget_expired(Tx& tx, std::int64_t count);

} // namespace weft::store::sessions
