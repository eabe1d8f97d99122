#pragma once

#include "domain/user.h"
#include "store/store.h"

/// Who may work in the scope's project, and as what. Admins of the organization may in any case.
namespace weft::store::members {

struct Member {
    MemberId id;
    UserId user;
    std::string name;
    std::string email;
    Role role = Role::viewer;
    Instant joined_at;
};

/// None: not a member.
Result<std::optional<Role>> role_of(Rx& rx, const ProjectId& project, const UserId& user);

/// In the order in which they joined, at most 1,000.
Result<std::vector<Member>> list(Rx& rx, const Scope& scope);
Result<Member> find(Rx& rx, const Scope& scope, const MemberId& id); ///< not_found

// forbidden, of each: the role, or the one that it replaces, is above the principal's own.

/// not_found: no such user in the organization. conflict: he is a member already, or there are
/// 1,000.
Result<Member> add(Tx& tx, const Scope& scope, const UserId& user, Role role);
Result<Member> change(Tx& tx, const Scope& scope, const MemberId& id, Role role); ///< not_found
Result<Member> remove(Tx& tx, const Scope& scope, const MemberId& id);            ///< not_found

} // namespace weft::store::members
