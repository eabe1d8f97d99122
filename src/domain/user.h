#pragma once

#include "domain/scope.h"

#include "base/result.h"
#include "base/time.h"

namespace weft {

/// What a user is in an organization. A member sees the projects that he was added to, with his
/// role there; an admin may do everything in each.
enum class OrganizationRole { member, admin };
std::string_view to_text(OrganizationRole role);
std::optional<OrganizationRole> organization_role_from(std::string_view word);

/// A person who signs in, in as many organizations as have added him. His password is seen by none
/// but src/auth.
struct User {
    UserId id;
    std::string email; ///< as checked_email makes it
    std::string name;
    Instant created_at;
};

/// A browser or program that a user signed in with. It acts in one organization.
struct Session {
    SessionId id;
    OrganizationId organization;
    UserId user;
    Instant created_at;
    Instant last_used_at; ///< a few minutes late
    Instant expires_at;
    std::string address;    ///< where it was begun
    std::string user_agent; ///< as the client called itself then
};

inline constexpr std::size_t email_bytes_max = 254; ///< RFC 5321, 4.5.3.1.3
inline constexpr std::size_t password_bytes_min = 10;
inline constexpr std::size_t password_bytes_max = 1'000;

/// In lower case and without the blanks around it. invalid (at `field`): not NAME@HOST, or too
/// long. Whether mail arrives there only mail can tell.
Result<std::string> checked_email(std::string_view email, const std::string& field);
/// invalid (at `field`): too short or too long.
Result<> check_password(std::string_view password, const std::string& field);

} // namespace weft
