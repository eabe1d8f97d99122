#include "cli/user_command.h"

#include "api/letters.h"
#include "auth/passwords.h"
#include "base/log.h"
#include "cli/password_prompt.h"
#include "expr/date.h"
#include "server/local_store.h"
#include "store/password_resets.h"
#include "store/sessions.h"
#include "store/users.h"

#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace weft::cli {

namespace {

using server::GatheredSettings;
using server::LocalStore;
using store::users::Member;

constexpr int wrong_usage = 2;
constexpr int unusable = 3;

int complain(const Error& error) {
    std::fprintf(stderr, "weft user: %s\n", error.message.c_str());
    for (const FieldError& each : error.fields)
        std::fprintf(stderr, "  %s: %s\n", each.field.c_str(), each.message.c_str());
    return error.code == Code::invalid ? wrong_usage : unusable;
}

Result<std::unique_ptr<LocalStore>> open(const GatheredSettings& settings) {
    set_log_level(LogLevel::off); // what it would say is said here
    return LocalStore::open(settings.values, "weft user");
}

Result<> tell(store::Tx& tx, LocalStore& local, const Scope& scope, const char* what,
              const UserId& user) {
    return store::audit::append(tx, local.store().vault(), scope,
                                {.what = what, .object = user.hex()});
}

json::object view_of(const Member& member) {
    return {{"_id", member.user.id.hex()},
            {"name", member.user.name},
            {"email", member.user.email},
            {"role", to_text(member.role)},
            {"joined_at", member.joined_at.epoch_seconds()}};
}

/// The address as accounts have it.
Result<std::string> email_in(const UserOptions& options) {
    auto email = checked_email(options.email, "email");
    if (email) return email;
    return fail(Code::invalid,
                fmt::format("\"{}\" is no address such as ada@example.org.", options.email));
}

std::unexpected<Error> no_such_user(const std::string& email) {
    return fail(
        Code::not_found,
        fmt::format("{} is not in the organization: `weft user list` shows who is.", email));
}

/// The id of the account with this address, as the server shows it.
Result<std::string> id_at(const Place& place, const UserOptions& options) {
    const std::string email = TRY(email_in(options));
    const json::value all = TRY(call(place, http::Method::get, "/organization/users"));
    if (const json::value* users = find(all, "users"); users && users->is_array())
        for (const json::value& user : users->as_array())
            if (text_or(user, "email") == email) return std::string(text_or(user, "_id"));
    return no_such_user(email);
}

Result<User> user_in(store::Rx& rx, const std::string& email) {
    if (auto known = TRY(store::users::find_by_email(rx, email))) return std::move(known->user);
    return fail(Code::not_found, fmt::format("There is no account {}.", email));
}

Result<json::array> list(const GatheredSettings& settings, const UserOptions& options) {
    const Place place = TRY(place_of(settings, options));
    if (!place.is_local()) {
        json::value all = TRY(call(place, http::Method::get, "/organization/users"));
        if (json::value* users = all.as_object().if_contains("users"); users && users->is_array())
            return std::move(users->as_array());
        return json::array{};
    }
    const auto local = TRY(open(settings));
    json::array all;
    for (const Member& each : TRY(local->store().read_here(
             [&](store::Rx& rx) { return store::users::members(rx, local->scope()); })))
        all.push_back(view_of(each));
    return all;
}

Result<json::value> add(const GatheredSettings& settings, const UserOptions& options) {
    const std::string email = TRY(email_in(options));
    const Place place = TRY(place_of(settings, options));
    const auto role = options.is_admin ? OrganizationRole::admin : OrganizationRole::member;
    if (!place.is_local()) {
        const std::string password = TRY(read_new_password(email));
        return call(place, http::Method::post, "/organization/users",
                    json::object{{"email", email},
                                 {"name", options.name},
                                 {"password", password},
                                 {"role", to_text(role)}});
    }
    const auto local = TRY(open(settings));
    const std::string hash = auth::hash_password(TRY(read_new_password(email)));
    return local->write([&](store::Tx& tx) -> Result<json::value> {
        const User user =
            TRY(store::users::create(tx, email, options.name.empty() ? email : options.name, hash));
        TRY(store::users::join(tx, local->scope(), user.id, role));
        TRY(tell(tx, *local, local->scope(), "users.add", user.id));
        return view_of(TRY(store::users::member(tx, local->scope(), user.id)));
    });
}

Result<json::value> set_role(const GatheredSettings& settings, const UserOptions& options) {
    const auto role = organization_role_from(options.role);
    if (!role)
        return fail(Code::invalid,
                    fmt::format("The role is \"{}\" but must be admin or member.", options.role));
    const Place place = TRY(place_of(settings, options));
    if (!place.is_local())
        return call(place, http::Method::patch, "/organization/users/" + TRY(id_at(place, options)),
                    json::object{{"role", to_text(*role)}});
    const std::string email = TRY(email_in(options));
    const auto local = TRY(open(settings));
    return local->write([&](store::Tx& tx) -> Result<json::value> {
        const User user = TRY(user_in(tx, email));
        TRY(store::users::set_role(tx, local->scope(), user.id, *role));
        TRY(tell(tx, *local, local->scope(), "users.change", user.id));
        return view_of(TRY(store::users::member(tx, local->scope(), user.id)));
    });
}

/// What concerns the account everywhere is told to each of its organizations.
Result<> tell_everywhere(store::Tx& tx, LocalStore& local, const char* what, const UserId& user) {
    Scope scope = local.scope();
    for (const OrganizationId& each : TRY(store::users::organizations(tx, user))) {
        scope.organization = each;
        TRY(tell(tx, local, scope, what, user));
    }
    return {};
}

Result<json::value> reset_password(const GatheredSettings& settings, const UserOptions& options) {
    const Place place = TRY(place_of(settings, options));
    if (!place.is_local())
        return call(place, http::Method::post,
                    "/organization/users/" + TRY(id_at(place, options)) + "/password-reset");
    const std::string email = TRY(email_in(options));
    const auto local = TRY(open(settings));
    return local->write([&](store::Tx& tx) -> Result<json::value> {
        const User user = TRY(user_in(tx, email));
        const auto made = TRY(store::password_resets::hand_out(tx, local->store().vault(), email));
        TRY(tell_everywhere(tx, *local, "users.reset_password", user.id));
        json::object view{{"email", email},
                          {"token", made.token},
                          {"link", nullptr},
                          {"expires_at", made.expires_at.epoch_seconds()}};
        if (const auto link = api::reset_link(settings.values.public_url, made.token);
            !link.empty())
            view["link"] = link;
        return view;
    });
}

Result<json::value> end_sessions(const GatheredSettings& settings, const UserOptions& options) {
    const Place place = TRY(place_of(settings, options));
    if (!place.is_local())
        return call(place, http::Method::delete_,
                    "/organization/users/" + TRY(id_at(place, options)) + "/sessions");
    const std::string email = TRY(email_in(options));
    const auto local = TRY(open(settings));
    return local->write([&](store::Tx& tx) -> Result<json::value> {
        const User user = TRY(user_in(tx, email));
        TRY(store::sessions::end_everywhere(tx, user.id));
        TRY(tell_everywhere(tx, *local, "users.end_sessions", user.id));
        return json::object{{"done", true}};
    });
}

std::string date_text(const json::value& view, const char* name) {
    return expr::format_date(static_cast<std::int64_t>(double_or(view, name)), "%Y-%m-%d %H:%M");
}

std::string text_of(const json::value& view, const char* name) {
    return std::string(text_or(view, name));
}

void print_json(const json::value& value) { std::fprintf(stdout, "%s\n", to_text(value).c_str()); }

/// Prints what was done: JSON, or a sentence.
int report(const Result<json::value>& done, const UserOptions& options,
           const std::string& sentence) {
    if (!done) return complain(done.error());
    if (options.json)
        print_json(*done);
    else
        std::fprintf(stderr, "%s\n", sentence.c_str());
    return 0;
}

} // namespace

int list_users(const GatheredSettings& settings, const UserOptions& options) {
    const auto users = list(settings, options);
    if (!users) return complain(users.error());
    if (options.json) {
        print_json(*users);
        return 0;
    }
    std::string text =
        fmt::format("{:<24}  {:<6}  {:<16}  {:<32}  {}\n", "ID", "ROLE", "JOINED", "EMAIL", "NAME");
    for (const json::value& user : *users)
        text += fmt::format("{:<24}  {:<6}  {:<16}  {:<32}  {}\n", text_or(user, "_id"),
                            text_or(user, "role"), date_text(user, "joined_at"),
                            text_or(user, "email"), text_or(user, "name"));
    std::fputs(text.c_str(), stdout);
    return 0;
}

int add_user(const GatheredSettings& settings, const UserOptions& options) {
    return report(add(settings, options), options, fmt::format("{} may sign in.", options.email));
}

int set_user_role(const GatheredSettings& settings, const UserOptions& options) {
    return report(set_role(settings, options), options,
                  fmt::format("{} is {} now.", options.email, options.role));
}

int reset_user_password(const GatheredSettings& settings, const UserOptions& options) {
    const auto made = reset_password(settings, options);
    if (!made) return complain(made.error());
    if (options.json) {
        print_json(*made);
        return 0;
    }
    const std::string link = text_of(*made, "link");
    std::fprintf(
        stderr, "Whoever has this sets a new password for %s, once, until %s (UTC). Hand it on%s\n",
        text_of(*made, "email").c_str(), date_text(*made, "expires_at").c_str(),
        link.empty() ? "; it is the token for POST /auth/password/reset:" : ":");
    std::fprintf(stdout, "%s\n", (link.empty() ? text_of(*made, "token") : link).c_str());
    return 0;
}

int end_user_sessions(const GatheredSettings& settings, const UserOptions& options) {
    return report(end_sessions(settings, options), options,
                  fmt::format("{} is signed in nowhere any more.", options.email));
}

} // namespace weft::cli
