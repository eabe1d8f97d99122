#pragma once

#include "domain/user.h"
#include "store/vault.h"

/// Invitations into the scope's organization. Each is pending: an accepted or revoked one is gone.
namespace weft::store::invitations {

inline constexpr seconds lifetime{7 * 24 * 3600};

struct Invitation {
    InvitationId id;
    OrganizationId organization;
    std::string email;
    OrganizationRole role = OrganizationRole::member;
    ProjectId project; ///< none: of no project yet
    Role project_role = Role::viewer;
    std::string invited_by; ///< a name
    Instant created_at;
    Instant expires_at;
};
struct NewInvitation {
    Invitation invitation;
    std::string token; ///< of the link: the only time that it is seen
};

struct Draft {
    std::string email; ///< as checked_email makes it
    OrganizationRole role = OrganizationRole::member;
    ProjectId project = {};
    Role project_role = Role::viewer;
};
/// conflict: he is invited already (then resend), or in the organization. not_found: no such
/// project here.
Result<NewInvitation> create(Tx& tx, const Vault& vault, const Scope& scope, const Draft& draft);
/// Another token, and as much time as a new one; the token before opens nothing. not_found.
Result<NewInvitation> renew(Tx& tx, const Vault& vault, const Scope& scope, const InvitationId& id);
Result<> revoke(Tx& tx, const Scope& scope, const InvitationId& id); ///< not_found
/// Newest first, at most 1,000; expired ones too.
Result<std::vector<Invitation>> list(Rx& rx, const Scope& scope);

/// not_found: nobody's token, or it has expired.
Result<Invitation> find_by_token(Rx& rx, const Vault& vault, std::string_view token, Instant now);
/// Makes the user what it says and removes it. conflict: he is in the organization already.
Result<> accept(Tx& tx, const Invitation& invitation, const UserId& user);

} // namespace weft::store::invitations
