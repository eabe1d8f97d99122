#pragma once

#include "base/mutex.h"
#include "domain/organization.h"
#include "domain/user.h"
#include "store/store.h"

#include <unordered_map>

namespace weft::auth {

/// Whose session it is.
struct SignedIn {
    UserId user;
    SessionId session;
    std::string email;
    OrganizationRole role = OrganizationRole::member;
    Instant used_at;
};

/// Whose key or session it is.
struct KeyHolder {
    OrganizationId organization;
    ProjectId project;   ///< none: not confined to one
    Principal principal; ///< its role is that in the organization
    std::optional<Instant> expires_at;
    std::optional<SignedIn> signed_in = {};
    bool has_plan = false; ///< the organization's: else nothing is limited, and nobody asks

    /// Who sees only the projects that he was added to; none: whoever holds it sees all.
    UserId confined_to() const {
        const bool confined = signed_in && signed_in->role == OrganizationRole::member;
        return confined ? signed_in->user : UserId{};
    }
};

/// Knows keys, sessions and where projects are. Caches all three (a secret only as its hash);
/// thread-safe; owned by the wiring.
class Authenticator {
public:
    Authenticator(store::Store& store, Clock& clock) : store_(store), clock_(clock) {}

    /// unauthenticated: no such key, or it was revoked or has expired.
    Task<Result<KeyHolder>> by_key(std::string secret);
    /// unauthenticated: no such session, or it has ended or expired.
    Task<Result<KeyHolder>> by_session(std::string token);

    /// What the holder may do in this project of his organization; `holder` outlives the task.
    /// forbidden: he was not added to it.
    Task<Result<Role>> role_in(ProjectId project, const KeyHolder& holder);

    /// The project of this id, of this ordinal, or the only one that there is, if the holder's
    /// organization has it; `holder` outlives the task. not_found: absent or another
    /// organization's. invalid: there are several projects and none was named.
    Task<Result<ProjectId>> project(ProjectId id, const KeyHolder& holder);
    Task<Result<ProjectId>> project_of(std::uint32_t ordinal, const KeyHolder& holder);
    Task<Result<ProjectId>> only_project(const KeyHolder& holder);
    /// Of a project of the holder's organization. conflict: it is in the trash. not_found.
    Task<Result<>> check_in_use(ProjectId project, const KeyHolder& holder);
    /// The first that was made, of those that the holder can see. invalid: there is none yet.
    Task<Result<ProjectId>> oldest_project(const KeyHolder& holder);

    /// After a key was made or revoked, a session ended, or a user's role in the organization was
    /// changed.
    void forget_keys();
    /// After a project was deleted, put into the trash or brought back: what is known of it, and
    /// the keys that were confined to it.
    void forget_projects();

private:
    /// What is read while something is forgotten may be what was just forgotten: it is used once
    /// and not remembered.
    template <class Map, class Key, class Value>
    void remember(Map& map, const Key& key, const Value& value, std::uint64_t read_in)
        REQUIRES(mutex_);
    std::uint64_t generation();
    /// Other nodes revoke keys and delete projects, too: of theirs one hears within a second.
    void forget_what_is_old() REQUIRES(mutex_);

    struct Place {
        ProjectId project;
        OrganizationId organization;
        std::string in_trash = {}; ///< the sentence that says so; empty: it is in use
    };
    static constexpr std::size_t cached_max = 10'000;

    Task<Result<Place>> place_of(ProjectId id, const KeyHolder& holder);
    static Place place_in(const Project& project);
    static bool may_enter(const Place& place, const KeyHolder& holder);
    std::optional<KeyHolder> remembered(const std::string& hash, Instant now);

    store::Store& store_;
    Clock& clock_;
    Mutex mutex_;
    std::uint64_t generation_ GUARDED_BY(mutex_) = 0; ///< another one each time that is forgotten
    std::int64_t old_at_us_ GUARDED_BY(mutex_) = 0;   ///< all that is remembered; monotonic
    std::unordered_map<std::string, KeyHolder>
        keys_ GUARDED_BY(mutex_); ///< by keyed hash, of sessions too
    std::unordered_map<std::uint32_t, Place> places_ GUARDED_BY(mutex_); ///< by ordinal
    std::unordered_map<ProjectId, Place> projects_ GUARDED_BY(mutex_);
};

} // namespace weft::auth
