#include "connectors/accounts.h"
#include "connectors/catalogue.h"
#include "connectors/restful_request.h"
#include "domain/members.h"
#include "store/custom_actions.h"

#include "api/routes.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

using connectors::Connector;

struct CreateAction {
    ProjectId project;
    json::object action;
    static constexpr auto params() {
        using In = CreateAction;
        return std::tuple{
            query_or_body("projectID", &In::project, "The project"),
            whole_body(&In::action, "An HTTP request as a template; other members are ignored")
                .required()
                .shaped(R"({"$ref":"#/components/schemas/CustomActionInput"})"),
        };
    }
};

struct OneAction {
    ActionId id;
    static constexpr auto params() { return std::tuple{path("id", &OneAction::id, "The action")}; }
};

struct RunAction {
    std::string category;
    std::string action;
    ProjectId project;
    json::object input;
    static constexpr auto params() {
        using In = RunAction;
        return std::tuple{
            path("category", &In::category, "Such as tables"),
            path("action", &In::action, "The action's sort"),
            query_or_body("projectID", &In::project, "The project"),
            whole_body(&In::input, "The action's input; members it does not have are ignored"),
        };
    }
};

struct RunActionWith {
    std::string category;
    std::string action;
    ConnectorId connector;
    ProjectId project;
    json::object input;
    static constexpr auto params() {
        using In = RunActionWith;
        return std::tuple{
            path("category", &In::category, "Such as restful"),
            path("action", &In::action, "The action's sort"),
            path("C", &In::connector, "The connector"),
            query("projectID", &In::project, "The project"),
            whole_body(&In::input, "The action's input; members it does not have are ignored"),
        };
    }
};

json::object custom_action_view(const CustomAction& custom, const Scope& scope) {
    json::object view = to_json(custom);
    view["projectID"] = scope.project.hex();
    view["created_at"] = custom.created_at.epoch_seconds();
    return view;
}

/// Why an action of a person's own cannot be had, or nothing.
Result<> check_new(const CustomAction& custom, const Connector& restful) {
    TRY(connectors::check_custom_action(custom));
    if (std::ranges::find(restful.actions(), custom.action.sort, &Action::sort) !=
        restful.actions().end())
        return fail_field("sort", "Every restful connector has an action of this name.");
    return {};
}

Result<ConnectorAccount> account_of(store::Rx& rx, const Scope& scope, const ConnectorId& id) {
    auto found = id ? store::connectors::find(rx, scope, id)
                    : store::connectors::find_by_category(rx, scope, "restful");
    const bool absent = !found && found.error().code == Code::not_found;
    if (absent || (found && found->category != "restful"))
        return fail_field("connector_id", "There is no such restful connector in this project.");
    return found;
}

using CustomAnswer = Answer<"CustomAction">;

Task<Result<CustomAnswer>> create(Request& rq, CreateAction in) {
    if (const json::value* type = in.action.if_contains("type");
        type && !type->is_null() && !type->is_string())
        co_return fail_field("type", "must be text");
    if (const auto type = text_or(in.action, "type"); !type.empty() && type != "http")
        co_return fail(Code::not_implemented,
                       "Actions in code are not built yet: describe an HTTP request instead.");
    const CustomAction given = CO_TRY(ready(custom_action_from_json(in.action)));
    const Connector* restful = rq.services.catalogue.find("restful");
    CHECK(restful);
    CO_TRY(ready(check_new(given, *restful)));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<CustomAnswer> {
        CustomAction custom = given;
        const ConnectorAccount account = TRY(account_of(tx, rq.scope, custom.connector));
        custom.connector = account.id;
        custom = TRY(store::custom_actions::create(tx, rq.scope, std::move(custom)));
        const Skill skill = TRY(
            store::connectors::add_skill(tx, rq.scope, account, custom.action, custom.description));
        json::object view = custom_action_view(custom, rq.scope);
        view["skill_id"] = skill.id.hex();
        return CustomAnswer{std::move(view)};
    });
}

Task<Result<CustomAnswer>> get_one(Request& rq, OneAction in) {
    const CustomAction custom = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::custom_actions::find(rx, rq.scope, in.id); }));
    co_return CustomAnswer{custom_action_view(custom, rq.scope)};
}

/// One action about to be run by hand.
struct Calling {
    Connector* connector = nullptr;
    ConnectorAccount account;
    Action action;
};

std::unexpected<Error> no_such_action(const std::string& category, const std::string& sort) {
    return fail(Code::not_found, fmt::format("There is no action {} of {}: GET /skills/category "
                                             "and GET /public/connectors/all list them.",
                                             sort, category));
}

Task<Result<Calling>> find_calling(Request& rq, const std::string& category,
                                   const std::string& sort, ConnectorId id) {
    Calling calling{.connector = rq.services.catalogue.find(category)};
    if (!calling.connector) co_return no_such_action(category, sort);
    const Action* own = connectors::find_action(rq.services.catalogue, category, sort);
    if (!own && !calling.connector->takes_custom_actions())
        co_return no_such_action(category, sort);
    calling.account = CO_TRY(connectors::usable_account(rq.store, rq.scope, category, id));
    if (own) {
        calling.action = *own;
        co_return calling;
    }
    auto custom = co_await rq.store.read_point([&](store::Rx& rx) {
        return store::custom_actions::find_by_sort(rx, rq.scope, calling.account.id, sort);
    });
    if (!custom && custom.error().code == Code::not_found) co_return no_such_action(category, sort);
    if (!custom) co_return std::unexpected(std::move(custom).error());
    calling.action = std::move(custom->action);
    co_return calling;
}

/// The members that the action has, checked. invalid.
Result<json::object> input_of(const Action& action, const json::object& given) {
    json::object input;
    for (const Field& field : action.input)
        if (const json::value* value = given.if_contains(field.field_id))
            input[field.field_id] = *value;
    TRY(check_value(action.input, input, Unknown::keep));
    return input;
}

/// Clients send again what failed with 5xx: where nobody knows whether something happened, a person
/// must look first. What the outside says of the account's key is not about the caller's key.
Error as_answer(const Action& action, Error error) {
    const bool passing = error.code == Code::unavailable || error.code == Code::timed_out;
    if (passing && action.effect == EffectClass::once && !error.retry_after_s) {
        error.code = Code::conflict;
        error.message += " It may have happened all the same: look before you repeat it.";
    }
    if (error.code == Code::unauthenticated) error.code = Code::conflict;
    return error;
}

using Output = Answer<"ActionOutput">;

Task<Result<Output>> run_now(Request& rq, std::string category, std::string sort, ConnectorId id,
                             json::object given) {
    const Calling calling = CO_TRY(find_calling(rq, category, sort, id));
    rq.audited.object = calling.account.id.hex();
    rq.audited.details = {{"category", category}, {"action", sort}};
    json::object input = CO_TRY(ready(input_of(calling.action, given)));
    std::string key = rq.turn ? rq.turn->effect_key() : "";
    if (key.empty()) key = "call/" + rq.services.ids.mint_uuid(rq.scope.project.ordinal()).text();
    auto output = co_await calling.connector->run({.scope = rq.scope,
                                                   .sort = sort,
                                                   .input = std::move(input),
                                                   .effect_key = key,
                                                   .account = calling.account});
    if (!output) co_return std::unexpected(as_answer(calling.action, std::move(output).error()));
    if (const auto fits = check_value(calling.action.output, *output, Unknown::keep); !fits)
        co_return fail(Code::conflict,
                       "The action answered something unexpected: " + fits.error().message);
    co_return co_await rq.commit([&](store::Tx&) -> Result<Output> { return Output{*output}; });
}

Task<Result<Output>> run_one(Request& rq, RunAction in) {
    return run_now(rq, std::move(in.category), std::move(in.action), {}, std::move(in.input));
}

Task<Result<Output>> run_with(Request& rq, RunActionWith in) {
    return run_now(rq, std::move(in.category), std::move(in.action), in.connector,
                   std::move(in.input));
}

constexpr Route routes[] = {
    {http::Method::post, "/action", "actions.create", needs(Role::editor),
     "Make an action of a restful connector, and its skill", handler<&create>, Audit::change},
    {http::Method::get, "/action/{id}", "actions.get", needs(Role::viewer),
     "An action that somebody made", handler<&get_one>},
    {http::Method::post, "/actions/{category}/{action}", "actions.run", needs(Role::operator_),
     "Run one action now, with the category's first connector", handler<&run_one>, Audit::change},
    {http::Method::post, "/actions/{category}/{action}/{C}", "actions.run_with",
     needs(Role::operator_), "Run one action now", handler<&run_with>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> action_routes() { return routes; }

} // namespace weft::api
