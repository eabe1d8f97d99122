#include "api/quotas.h"

#include "api/own_organization.h"
#include "api/routes.h"
#include "store/organizations.h"

#include <boost/json/object.hpp>

namespace weft::api {

namespace {

constexpr std::int64_t mb = 1'000'000;
constexpr double micro = 1e6;

/// What may be asked for; both are checked and neither selects more than the caller's own.
struct Asked {
    OrganizationId organization;
    std::optional<ProjectId> project;
};

struct VerifyQuota {
    OrganizationId organization;
    std::optional<ProjectId> project;
    std::string agentflow;
    static constexpr auto params() {
        using In = VerifyQuota;
        return std::tuple{
            query_or_body("organization_id", &In::organization, "Your organization"),
            query_or_body("projectID", &In::project, "One of its projects"),
            body("agentflow_id", &In::agentflow,
                 "Selects nothing: quotas belong to the organization"),
        };
    }
};

struct ValidateUser {
    OrganizationId organization;
    std::string user;
    static constexpr auto params() {
        using In = ValidateUser;
        return std::tuple{
            query("organization_id", &In::organization, "Your organization"),
            query("user_id", &In::user, "Selects nothing: credits belong to the organization"),
        };
    }
};

struct ValidateWorkspace {
    OrganizationId organization;
    std::optional<ProjectId> project;
    static constexpr auto params() {
        using In = ValidateWorkspace;
        return std::tuple{
            query("organization_id", &In::organization, "Your organization"),
            query("projectID", &In::project, "The project that is to work"),
        };
    }
};

/// not_found: another organization's.
Task<Result<>> check_asked(Request& rq, Asked asked) {
    CO_TRY(ready(check_organization(rq, asked.organization)));
    if (!asked.project || !*asked.project) co_return Result<>{};
    CO_TRY(rq.services.authenticator.project(*asked.project, rq.holder));
    CO_TRY(rq.services.authenticator.role_in(*asked.project, rq.holder));
    co_return Result<>{};
}

Task<Result<store::plans::Room>> room_for_one(Request& rq, Quota quota) {
    const Instant now = rq.services.clock.now();
    co_return co_await rq.store.read([&](store::Rx& rx) -> Result<store::plans::Room> {
        const OrganizationId& own = rq.scope.organization;
        auto terms = TRY(store::plans::find(rx, own));
        if (!terms)
            terms = store::plans::default_terms(
                TRY(store::organizations::find(rx, rq.scope)).created_at);
        return store::plans::room_for(rx, own, *terms, quota, 1, now);
    });
}

using QuotaAnswer = Answer<"QuotaVerdict">;

QuotaAnswer view_of(const store::plans::Room& room) {
    json::object view{{"allowed", room.is_allowed},
                      {"reason", nullptr},
                      {"quota", room.quota},
                      {"used", room.used}};
    if (!room.is_allowed) view["reason"] = room.reason;
    return {std::move(view)};
}

Task<Result<QuotaAnswer>> verify_agentflow(Request& rq, VerifyQuota in) {
    CO_TRY(check_asked(rq, {in.organization, in.project}));
    co_return view_of(CO_TRY(room_for_one(rq, Quota::agentflows)));
}

Task<Result<QuotaAnswer>> verify_execution(Request& rq, VerifyQuota in) {
    CO_TRY(check_asked(rq, {in.organization, in.project}));
    auto room = CO_TRY(room_for_one(rq, Quota::executions));
    if (const auto credits = CO_TRY(credits_left(rq)); room.is_allowed && credits.is_used_up()) {
        room.is_allowed = false;
        room.reason = store::plans::out_of_credits(credits).message;
    }
    co_return view_of(room);
}

using CreditsAnswer = Answer<"CreditsVerdict">;

Task<Result<CreditsAnswer>> validate(Request& rq, Asked asked) {
    CO_TRY(check_asked(rq, asked));
    const auto credits = CO_TRY(credits_left(rq));
    json::object view{{"valid", !credits.is_used_up()},
                      {"reason", nullptr},
                      {"remaining", static_cast<double>(no_limit)}};
    if (credits.is_used_up()) view["reason"] = store::plans::out_of_credits(credits).message;
    if (credits.is_limited)
        view["remaining"] =
            static_cast<double>(std::max<std::int64_t>(0, credits.left_micro())) / micro;
    co_return CreditsAnswer{std::move(view)};
}

Task<Result<CreditsAnswer>> validate_user(Request& rq, ValidateUser in) {
    co_return co_await validate(rq, {in.organization, {}});
}

Task<Result<CreditsAnswer>> validate_workspace(Request& rq, ValidateWorkspace in) {
    co_return co_await validate(rq, {in.organization, in.project});
}

constexpr Route routes[] = {
    {http::Method::post, "/agentflow/verify_quota", "agentflows.verify_quota",
     in_organization(Role::viewer), "Whether the plan allows one more flow",
     handler<&verify_agentflow>, Audit::read},
    {http::Method::post, "/execute_flow/verify_quota", "executions.verify_quota",
     in_organization(Role::viewer),
     "Whether the plan allows one more execution in this billing cycle, and there are credits",
     handler<&verify_execution>, Audit::read},
    {http::Method::get, "/credits/validate/user", "credits.validate_user",
     in_organization(Role::viewer), "Whether your organization has credits left",
     handler<&validate_user>},
    {http::Method::get, "/credits/validate/workspace", "credits.validate_workspace",
     in_organization(Role::viewer), "Whether a project has credits left: those of its organization",
     handler<&validate_workspace>},
};
static_assert(consistent(routes));

} // namespace

Result<> check_quotas(const Request& rq, store::Tx& tx, std::initializer_list<Quota> grown) {
    if (!rq.holder.has_plan) return {};
    return store::plans::check(tx, rq.scope.organization, {grown.begin(), grown.size()});
}

Task<Result<>> check_storage(store::Store& store, OrganizationId organization, std::int64_t bytes,
                             Instant now) {
    co_return co_await store.read([&](store::Rx& rx) -> Result<> {
        const auto terms = TRY(store::plans::find(rx, organization));
        if (!terms || of(terms->quotas, Quota::storage_mb) == no_limit) return {};
        const auto room = TRY(
            store::plans::room_for(rx, organization, *terms, Quota::storage_mb, bytes / mb, now));
        if (room.is_allowed) return {};
        return std::unexpected(store::plans::exceeded(Quota::storage_mb, room.reason));
    });
}

Task<Result<store::plans::Credits>> credits_left(Request& rq) {
    if (!rq.holder.has_plan || !rq.services.counts_credits) co_return store::plans::Credits{};
    const Instant now = rq.services.clock.now();
    co_return co_await rq.store.read(
        [&](store::Rx& rx) { return store::plans::credits_left(rx, rq.scope.organization, now); });
}

Task<Result<>> check_credits(Request& rq) {
    const auto credits = CO_TRY(credits_left(rq));
    if (credits.is_used_up()) co_return std::unexpected(store::plans::out_of_credits(credits));
    co_return Result<>{};
}

std::span<const Route> quota_routes() { return routes; }

} // namespace weft::api
