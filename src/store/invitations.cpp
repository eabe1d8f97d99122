#include "store/invitations.h"

#include "store/mails.h"
#include "store/members.h"
#include "store/password_resets.h"
#include "store/projects.h"
#include "store/users.h"

namespace weft::store::invitations {

namespace {

constexpr Query<void, OrganizationId, InvitationId, std::string, OrganizationRole, ProjectId, Role,
                Blob, std::string, Instant, Instant>
    insert_sql{"invitations.insert", R"sql(
    INSERT INTO invitation (organization_id, id, email, role, into_project, project_role, hash,
                            invited_by, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql"};

constexpr Query<Invitation, OrganizationId, InvitationId> find_sql{"invitations.find", R"sql(
    SELECT id, organization_id, email, role, into_project, project_role, invited_by, created_at,
           expires_at
      FROM invitation WHERE organization_id = $1 AND id = $2)sql"};
constexpr Query<Invitation, OrganizationId, std::string> by_email_sql{"invitations.by_email",
                                                                      R"sql(
    SELECT id, organization_id, email, role, into_project, project_role, invited_by, created_at,
           expires_at
      FROM invitation WHERE organization_id = $1 AND email = $2)sql"};
constexpr SystemQuery<Invitation, Blob> by_hash_sql{"invitations.by_hash", R"sql(
    SELECT id, organization_id, email, role, into_project, project_role, invited_by, created_at,
           expires_at
      FROM invitation WHERE hash = $1)sql"};
constexpr Query<Invitation, OrganizationId> list_sql{"invitations.list", R"sql(
    SELECT id, organization_id, email, role, into_project, project_role, invited_by, created_at,
           expires_at
      FROM invitation WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1000)sql"};

constexpr Query<void, OrganizationId, InvitationId, Blob, Instant> renew_sql{"invitations.renew",
                                                                             R"sql(
    UPDATE invitation SET hash = $3, expires_at = $4 WHERE organization_id = $1 AND id = $2)sql"};
constexpr Query<void, OrganizationId, InvitationId> remove_sql{"invitations.remove", R"sql(
    DELETE FROM invitation WHERE organization_id = $1 AND id = $2)sql"};

std::string random_token() {
    std::array<std::uint8_t, 24> random{};
    fill_random(random);
    return to_hex(random);
}

Blob hash_of(const Vault& vault, std::string_view token) { return vault.sign("invitation", token); }

std::unexpected<Error> absent() { return fail(Code::not_found, "There is no such invitation."); }

} // namespace

Result<NewInvitation> create(Tx& tx, const Vault& vault, const Scope& scope, const Draft& draft) {
    if (TRY(tx.maybe(by_email_sql, scope.organization, draft.email)))
        return fail(Code::conflict, "This address is invited already: send that one again.");
    if (const auto known = TRY(users::find_by_email(tx, draft.email));
        known && users::member(tx, scope, known->user.id))
        return fail(Code::conflict, "This user is a member of the organization already.");
    if (draft.project) TRY(projects::find(tx, scope, draft.project));
    NewInvitation made{{.id = tx.minter().mint<InvitationTag>(0),
                        .organization = scope.organization,
                        .email = draft.email,
                        .role = draft.role,
                        .project = draft.project,
                        .project_role = draft.project_role,
                        .invited_by = scope.principal.name,
                        .created_at = tx.now(),
                        .expires_at = tx.now() + microseconds(lifetime)},
                       random_token()};
    const Invitation& each = made.invitation;
    TRY(tx.run(insert_sql, scope.organization, each.id, each.email, each.role, each.project,
               each.project_role, hash_of(vault, made.token), each.invited_by, each.created_at,
               each.expires_at));
    return made;
}

Result<NewInvitation> renew(Tx& tx, const Vault& vault, const Scope& scope,
                            const InvitationId& id) {
    auto found = TRY(tx.maybe(find_sql, scope.organization, id));
    if (!found) return absent();
    NewInvitation made{*std::move(found), random_token()};
    made.invitation.expires_at = tx.now() + microseconds(lifetime);
    TRY(tx.run(renew_sql, scope.organization, id, hash_of(vault, made.token),
               made.invitation.expires_at));
    return made;
}

Result<> revoke(Tx& tx, const Scope& scope, const InvitationId& id) {
    if (TRY(tx.run(remove_sql, scope.organization, id)).count == 0) return absent();
    return mails::remove(tx, mails::MailKind::invitation, id.hex());
}

Result<std::vector<Invitation>> list(Rx& rx, const Scope& scope) {
    return rx.all(list_sql, scope.organization);
}

Result<Invitation> find_by_token(Rx& rx, const Vault& vault, std::string_view token, Instant now) {
    auto found = TRY(rx.maybe(by_hash_sql, hash_of(vault, token)));
    if (!found || found->expires_at <= now)
        return fail(Code::not_found, "This invitation is not known, was used, or has expired: ask "
                                     "for another one.");
    return *std::move(found);
}

Result<> accept(Tx& tx, const Invitation& invitation, const UserId& user) {
    const Scope scope{invitation.organization, invitation.project, {}};
    TRY(users::join(tx, scope, user, invitation.role));
    // What an admin of another organization handed out for this account would open this one, too.
    TRY(password_resets::remove(tx, invitation.email));
    // A project that was deleted meanwhile is simply not joined.
    if (invitation.project && projects::find(tx, scope, invitation.project)) {
        Scope inviting = scope;
        inviting.principal.role = Role::owner;
        TRY(members::add(tx, inviting, user, invitation.project_role));
    }
    TRY(tx.run(remove_sql, scope.organization, invitation.id));
    return mails::remove(tx, mails::MailKind::invitation, invitation.id.hex());
}

} // namespace weft::store::invitations
