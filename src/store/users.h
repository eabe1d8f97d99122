#pragma once

#include "domain/user.h"
#include "store/store.h"

/// Users and what they are in organizations.
namespace weft::store::users {

/// `password`: its hash; empty: nobody signs in with one. conflict: the email is taken.
Result<User> create(Tx& tx, const std::string& email, std::string_view name,
                    const std::string& password);

struct Known {
    User user;
    std::string password; ///< hash
};
/// None: nobody has this email.
Result<std::optional<Known>> find_by_email(Rx& rx, const std::string& email);
Result<std::optional<Known>> find(Rx& rx, const UserId& user);
Result<> set_password(Tx& tx, const UserId& user, const std::string& password);

/// Of the scope's organization.
struct Member {
    User user;
    OrganizationRole role = OrganizationRole::member;
    Instant joined_at;
};
/// conflict: he is one already.
Result<> join(Tx& tx, const Scope& scope, const UserId& user, OrganizationRole role);
/// not_found: no member of the scope's organization.
Result<Member> member(Rx& rx, const Scope& scope, const UserId& user);
/// At most 1,000, in the order in which they joined.
Result<std::vector<Member>> members(Rx& rx, const Scope& scope);
/// not_found: as member. conflict: he is the only admin.
Result<> set_role(Tx& tx, const Scope& scope, const UserId& user, OrganizationRole role);
/// Takes him out of the organization and all its projects and ends his sessions there. not_found:
/// as member. conflict: he is the only admin.
Result<> leave(Tx& tx, const Scope& scope, const UserId& user);
/// Whether there is an account at all.
Result<bool> any(Rx& rx);

/// The organization that he joined first. not_found: he is in none.
Result<OrganizationId> first_organization(Rx& rx, const UserId& user);
/// All of them, in the order in which he joined.
Result<std::vector<OrganizationId>> organizations(Rx& rx, const UserId& user);

} // namespace weft::store::users
