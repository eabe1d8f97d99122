#pragma once

#include "store/inbox.h"
#include "store/vault.h"

/// Who is told that something waits for a person. A note is written in the commit of the item; what
/// comes of it, mails in the outbox (store/mails.h) and calls of a webhook, is made in one commit
/// that takes the note away (server/inbox_notifier.h), and is sent at least once.
///
/// A link in it decides one item, once. Only the hash of its token is kept.
namespace weft::store::inbox_notices {

/// As the project's settings say.
struct Wanted {
    std::vector<std::string> mail; ///< addresses
    std::string webhook_url;       ///< empty: none is called
};
Result<Wanted> wanted(Rx& rx, const ProjectId& project);
/// With which the calls of the webhook are signed; none: none is called.
Result<std::optional<std::string>> webhook_secret(Rx& rx, const Vault& vault, const Scope& scope);

/// The item is new. Where nobody is to be told, that leaves nothing.
Result<> note(Tx& tx, const ProjectId& project, const InboxId& item);

struct Note {
    ProjectId project;
    OrganizationId organization;
    InboxId item;
};
/// The oldest, at most 50.
Result<std::vector<Note>> notes(Rx& rx);
Result<> remove(Tx& tx, const Note& note);
/// False: somebody else has taken it away.
Result<bool> is_there(Tx& tx, const Note& note);

/// A new link for the item, for whoever `name` is; its token.
Result<std::string> add_link(Tx& tx, const Vault& vault, const InboxItem& item, const Scope& scope,
                             const std::string& name);
/// Whether `name` may decide the item by a link: it is a preview that one person alone decides, and
/// if that is an assignee, it is his address.
Result<bool> may_decide(Rx& rx, const InboxItem& item, const std::string& name);

struct Link {
    Scope scope; ///< of the project; `principal` is the link's
    InboxItem item;
};
/// not_found: there is no such link, its time is up, or the item is another's to answer by now.
Result<Link> find_link(Rx& rx, const Vault& vault, const std::string& token, Instant now);

/// A call that is to be made.
struct Call {
    ProjectId project;
    OrganizationId organization;
    std::string id; ///< by which whoever is called can tell a second copy
    std::string body;
    std::int64_t attempt = 0;
    Instant created_at;
};
Result<> add_call(Tx& tx, const Vault& vault, const ProjectId& project, const std::string& id,
                  const std::string& body);
std::string new_call_id();

/// How long a claim holds: longer than a call may take.
inline constexpr seconds claimed_for{60};
/// When the next one is due, be it long ago.
Result<std::optional<Instant>> next_call(Rx& rx);
/// The one that is due first; nobody else gets it for `claimed_for`. None: none is due, or that one
/// cannot be read any more and is gone.
Result<std::optional<Call>> claim_call(Tx& tx, const Vault& vault);
/// It was taken, or is given up.
Result<> end_call(Tx& tx, const Call& call);
Result<> postpone_call(Tx& tx, const Call& call, Instant next_try_at);

/// Forgets at most `count` links whose time is up; answers how many.
Result<std::int64_t> forget_expired_links(Tx& tx, std::int64_t count);

} // namespace weft::store::inbox_notices
