#include "auth/authenticator.h"

#include "store/api_keys.h"
#include "store/members.h"
#include "store/plans.h"
#include "store/projects.h"
#include "store/sessions.h"

namespace weft::auth {

namespace {

constexpr seconds remembered_for{1};

std::unexpected<Error> no_project() { return fail(Code::not_found, "There is no such project."); }
/// What a foreign id and one that nobody has are told alike: an answer must not say which ids
/// exist.
std::unexpected<Error> nothing_there() {
    return fail(Code::not_found, "There is nothing with this id.");
}

std::string text_of(const store::Blob& hash) { return {hash.bytes.begin(), hash.bytes.end()}; }

/// Looks a key up in a bounded cache; the caller holds the lock.
template <class Map, class Key> auto cached(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
}

} // namespace

template <class Map, class Key, class Value>
void Authenticator::remember(Map& map, const Key& key, const Value& value, std::uint64_t read_in) {
    if (read_in != generation_) return;
    if (map.size() >= cached_max) map.clear();
    map.emplace(key, value);
}

std::uint64_t Authenticator::generation() {
    Lock lock(mutex_);
    return generation_;
}

void Authenticator::forget_what_is_old() {
    if (!store_.is_shared() || monotonic_us() < old_at_us_) return;
    old_at_us_ = monotonic_us() + microseconds(remembered_for).count();
    ++generation_;
    keys_.clear();
    projects_.clear();
    places_.clear();
}

std::optional<KeyHolder> Authenticator::remembered(const std::string& hash, Instant now) {
    Lock lock(mutex_);
    forget_what_is_old();
    auto holder = cached(keys_, hash);
    if (holder && holder->expires_at && *holder->expires_at <= now) return std::nullopt;
    return holder;
}

Task<Result<KeyHolder>> Authenticator::by_key(std::string secret) {
    const std::string hash = text_of(store_.vault().hash_api_key(secret));
    const Instant now = clock_.now();
    if (auto holder = remembered(hash, now)) co_return *std::move(holder);
    const std::uint64_t read_in = generation();
    const KeyHolder holder = CO_TRY(store_.read_point([&](store::Rx& rx) -> Result<KeyHolder> {
        const ApiKey key = TRY(store::api_keys::find_by_secret(rx, store_.vault(), secret, now));
        return KeyHolder {
            .organization = key.organization, .project = key.project,
            .principal = {Principal::Kind::api_key, key.id.hex(), key.name, key.role},
            .expires_at = key.expires_at,
            .has_plan = TRY(store::plans::is_limited(rx, key.organization))
        };
    }));
    Lock lock(mutex_);
    remember(keys_, hash, holder, read_in);
    co_return holder;
}

Task<Result<KeyHolder>> Authenticator::by_session(std::string token) {
    const std::string hash = text_of(store_.vault().sign("session", token));
    const Instant now = clock_.now();
    const auto used_lately = [now](const SignedIn& signed_in) {
        return now - signed_in.used_at < store::sessions::used_within;
    };
    if (auto holder = remembered(hash, now); holder && used_lately(*holder->signed_in))
        co_return *std::move(holder);
    const std::uint64_t read_in = generation();
    bool has_plan = false;
    const auto found =
        CO_TRY(store_.read_point([&](store::Rx& rx) -> Result<store::sessions::Found> {
            auto session = TRY(store::sessions::find_by_token(rx, store_.vault(), token, now));
            has_plan = TRY(store::plans::is_limited(rx, session.session.organization));
            return session;
        }));
    const Session& session = found.session;
    const Role role = found.role == OrganizationRole::admin ? Role::owner : Role::viewer;
    KeyHolder holder{
        session.organization,
        {},
        Principal{Principal::Kind::user, session.user.hex(), found.user_name, role},
        session.expires_at,
        SignedIn{session.user, session.id, found.user_email, found.role, session.last_used_at},
        has_plan};
    if (!used_lately(*holder.signed_in)) {
        const Scope scope{session.organization, {}, holder.principal};
        CO_TRY(store_.write(
            [&](store::Tx& tx) { return store::sessions::touch(tx, scope, session.id); }));
        holder.signed_in->used_at = now;
    }
    Lock lock(mutex_);
    keys_.erase(hash);
    remember(keys_, hash, holder, read_in);
    co_return holder;
}

Task<Result<Role>> Authenticator::role_in(ProjectId project, const KeyHolder& holder) {
    const UserId member = holder.confined_to();
    if (!member) co_return holder.principal.role;
    const auto role = CO_TRY(store_.read_point(
        [&](store::Rx& rx) { return store::members::role_of(rx, project, member); }));
    if (!role) co_return fail(Code::forbidden, "You are not a member of this project.");
    co_return *role;
}

bool Authenticator::may_enter(const Place& place, const KeyHolder& holder) {
    return place.organization == holder.organization &&
           (!holder.project || holder.project == place.project);
}

Authenticator::Place Authenticator::place_in(const Project& project) {
    Place place{project.id, project.organization};
    if (const auto in_use = store::projects::check_in_use(project); !in_use)
        place.in_trash = in_use.error().message;
    return place;
}

Task<Result<Authenticator::Place>> Authenticator::place_of(ProjectId id, const KeyHolder& holder) {
    {
        Lock lock(mutex_);
        forget_what_is_old();
        if (const auto place = cached(projects_, id)) co_return *place;
    }
    const std::uint64_t read_in = generation();
    const Scope scope{holder.organization, {}, holder.principal};
    const Project found = CO_TRY(
        store_.read_point([&](store::Rx& rx) { return store::projects::find(rx, scope, id); }));
    const Place place = place_in(found);
    Lock lock(mutex_);
    remember(projects_, id, place, read_in);
    co_return place;
}

Task<Result<ProjectId>> Authenticator::project(ProjectId id, const KeyHolder& holder) {
    const Place place = CO_TRY(place_of(id, holder));
    if (!may_enter(place, holder)) co_return no_project();
    co_return place.project;
}

Task<Result<>> Authenticator::check_in_use(ProjectId project, const KeyHolder& holder) {
    const Place place = CO_TRY(place_of(project, holder));
    if (place.in_trash.empty()) co_return Result<>{};
    co_return fail(Code::conflict, place.in_trash);
}

Task<Result<ProjectId>> Authenticator::project_of(std::uint32_t ordinal, const KeyHolder& holder) {
    {
        Lock lock(mutex_);
        forget_what_is_old();
        if (const auto place = cached(places_, ordinal)) {
            if (!may_enter(*place, holder)) co_return nothing_there();
            co_return place->project;
        }
    }
    const std::uint64_t read_in = generation();
    const auto found = co_await store_.read_point(
        [&](store::Rx& rx) { return store::projects::find_by_ordinal(rx, ordinal); });
    if (!found && found.error().code == Code::not_found) co_return nothing_there();
    if (!found) co_return std::unexpected(found.error());
    const Place place = place_in(*found);
    Lock lock(mutex_);
    remember(places_, ordinal, place, read_in);
    if (!may_enter(place, holder)) co_return nothing_there();
    co_return place.project;
}

Task<Result<ProjectId>> Authenticator::only_project(const KeyHolder& holder) {
    if (holder.project) co_return holder.project;
    const Scope scope{holder.organization, {}, holder.principal};
    const auto page = CO_TRY(store_.read_point([&](store::Rx& rx) {
        return store::projects::list(rx, scope, {.limit = 1, .member = holder.confined_to()});
    }));
    if (page.total == 1) co_return page.projects.front().id;
    co_return fail_field("projectID", "Is required: name the project in the query or the body.");
}

Task<Result<ProjectId>> Authenticator::oldest_project(const KeyHolder& holder) {
    if (holder.project) co_return holder.project;
    const Scope scope{holder.organization, {}, holder.principal};
    const auto page = CO_TRY(store_.read_point([&](store::Rx& rx) {
        return store::projects::list(rx, scope, {.limit = 1, .member = holder.confined_to()});
    }));
    if (!page.projects.empty()) co_return page.projects.front().id;
    co_return fail_field("projectID", "There is no project yet: make one first.");
}

void Authenticator::forget_keys() {
    Lock lock(mutex_);
    ++generation_;
    keys_.clear();
}

void Authenticator::forget_projects() {
    Lock lock(mutex_);
    ++generation_;
    keys_.clear();
    places_.clear();
    projects_.clear();
}

} // namespace weft::auth
