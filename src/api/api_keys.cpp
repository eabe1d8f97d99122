#include "store/api_keys.h"

#include "api/routes.h"
#include "expr/date.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

constexpr std::string_view project_scope = "project:";

struct CreateKey {
    std::string name;
    std::vector<std::string> scopes;
    json::value expires_at;
    static constexpr auto params() {
        using In = CreateKey;
        return std::tuple{
            body("name", &In::name, "What the key is for").required(),
            body("scopes", &In::scopes,
                 "What it may do: viewer (which it is without scopes), operator, editor or owner; "
                 "and \"project:ID\" to confine it to one project"),
            body("expires_at", &In::expires_at,
                 "When it ends: seconds since 1970, or a date such as 2027-01-31T12:00:00Z")
                .shaped(R"({"type":["number","string","null"]})"),
        };
    }
};

struct ListKeys {
    std::int64_t limit = 100;
    std::int64_t skip = 0;
    static constexpr auto params() {
        using In = ListKeys;
        return std::tuple{
            query("limit", &In::limit, "How many, at most 500")
                .clamped(1, store::api_keys::page_max),
            query("skip", &In::skip, "How many to pass over").clamped(0, 1'000'000'000),
        };
    }
};

struct OneKey {
    ApiKeyId id;
    static constexpr auto params() { return std::tuple{path("id", &OneKey::id, "The key")}; }
};

json::object key_view(const ApiKey& key, Instant now) {
    json::array scopes{to_text(key.role)};
    if (key.project) scopes.emplace_back(std::string(project_scope) + key.project.hex());
    json::object view{
        {"_id", key.id.hex()},       {"name", key.name},
        {"role", to_text(key.role)}, {"scopes", std::move(scopes)},
        {"projectID", nullptr},      {"created_at", key.created_at.epoch_seconds()},
        {"expires_at", nullptr},     {"is_expired", key.expires_at && *key.expires_at <= now}};
    if (key.project) view["projectID"] = key.project.hex();
    if (key.expires_at) view["expires_at"] = key.expires_at->epoch_seconds();
    return view;
}

/// Adds what one scope says to the draft.
Result<> take_scope(const std::string& scope, const std::string& field,
                    store::api_keys::Draft& draft) {
    if (const auto role = role_from(scope)) {
        draft.role = std::max(draft.role, *role);
        return {};
    }
    if (!scope.starts_with(project_scope))
        return fail_field(field, "Must be viewer, operator, editor, owner or project:ID.");
    const auto project = ProjectId::parse(std::string_view(scope).substr(project_scope.size()));
    if (!project || !*project || (draft.project && draft.project != *project))
        return fail_field(field, "Must name one project by its id of 24 hex digits.");
    draft.project = *project;
    return {};
}

Result<std::optional<Instant>> read_expiry(const json::value& value, Instant now) {
    if (value.is_null()) return std::nullopt;
    std::optional<double> at_s;
    if (value.is_number()) at_s = value.to_number<double>();
    if (const json::string* text = value.if_string())
        if (const auto date = expr::read_date(*text)) at_s = double(*date);
    if (!at_s)
        return fail_field("expires_at",
                          "Must be seconds since 1970, or a date such as 2027-01-31T12:00:00Z.");
    if (!(*at_s > now.epoch_seconds()) || *at_s > double(expr::date_last_s))
        return fail_field("expires_at", "Must be in the future, before the year 10000.");
    return Instant{static_cast<std::int64_t>(*at_s * 1e6)};
}

/// A key makes no key that reaches further than itself: no higher role (the store checks that), no
/// other project, no later end. A session ends for other reasons: what a person makes may last.
Result<store::api_keys::Draft> draft_of(const Request& rq, const CreateKey& in) {
    store::api_keys::Draft draft{.name = in.name};
    for (std::size_t i = 0; i < in.scopes.size(); ++i)
        TRY(take_scope(in.scopes[i], fmt::format("scopes.{}", i), draft));
    draft.expires_at = TRY(read_expiry(in.expires_at, rq.services.clock.now()));
    const auth::KeyHolder& own = rq.holder;
    if (own.project) {
        if (draft.project && draft.project != own.project)
            return fail(Code::not_found, "There is no such project.");
        draft.project = own.project;
    }
    if (!own.signed_in && own.expires_at &&
        (!draft.expires_at || *draft.expires_at > *own.expires_at))
        return fail(Code::forbidden,
                    "A key may not outlive the key that makes it: give expires_at, "
                    "at the latest when your own ends.");
    return draft;
}

using NewKeyAnswer = Answer<"NewApiKey">;

Task<Result<NewKeyAnswer>> create(Request& rq, CreateKey in) {
    const auto draft = CO_TRY(ready(draft_of(rq, in)));
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<NewKeyAnswer> {
        const auto made = TRY(store::api_keys::create(tx, rq.store.vault(), rq.scope, draft));
        rq.audited.details["role"] = to_text(made.key.role);
        json::object view = key_view(made.key, tx.now());
        view["secret_key"] = made.secret;
        return NewKeyAnswer{std::move(view)};
    }));
    co_return answer;
}

Task<Result<Answer<"ApiKeyList">>> list(Request& rq, ListKeys in) {
    const auto page = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return store::api_keys::list(rx, rq.scope, rq.holder.project, in.limit, in.skip);
    }));
    json::array keys;
    for (const ApiKey& key : page.keys) keys.push_back(key_view(key, rq.services.clock.now()));
    co_return Answer<"ApiKeyList">{{{"api_keys", std::move(keys)}, {"total_count", page.total}}};
}

using RevokedAnswer = Answer<"RevokedApiKey">;

Task<Result<RevokedAnswer>> revoke(Request& rq, OneKey in) {
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<RevokedAnswer> {
        const ApiKey key = TRY(store::api_keys::find(tx, rq.scope, in.id));
        if (rq.holder.project && key.project != rq.holder.project)
            return fail(Code::not_found, "There is no such API key.");
        if (key.role > rq.scope.principal.role)
            return fail(Code::forbidden, "A key may not revoke one with a role above its own.");
        TRY(store::api_keys::revoke(tx, rq.scope, in.id));
        return RevokedAnswer{{{"_id", in.id.hex()}, {"is_revoked", true}}};
    }));
    rq.services.authenticator.forget_keys(); // from now on it opens nothing
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::post, "/apikey", "api_keys.create", in_organization(Role::editor),
     "Make an API key, at most with the role of the one that asks", handler<&create>,
     Audit::change},
    {http::Method::get, "/apikey", "api_keys.list", in_organization(Role::editor),
     "The API keys, without their secrets", handler<&list>},
    {http::Method::delete_, "/apikey/{id}", "api_keys.revoke", in_organization(Role::editor),
     "End an API key at once", handler<&revoke>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> api_key_routes() { return routes; }

} // namespace weft::api
