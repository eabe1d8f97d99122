#include "cli/apikey_command.h"

#include "cli/place.h"
#include "expr/date.h"
#include "server/local_store.h"

#include <charconv>
#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace weft::cli {

namespace {

using server::GatheredSettings;

constexpr int wrong_usage = 2;
constexpr int unusable = 3;

int complain(const Error& error) {
    std::fprintf(stderr, "weft apikey: %s\n", error.message.c_str());
    return error.code == Code::invalid ? wrong_usage : unusable;
}

/// "30d" from now, or a date. invalid: neither, or not in the future.
Result<std::optional<Instant>> read_expiry(const std::string& text, Instant now) {
    if (text.empty()) return std::nullopt;
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size() - 1, count);
    constexpr std::int64_t count_max = 100'000;
    if (error == std::errc() && end == text.data() + text.size() - 1 && count > 0 &&
        count <= count_max) {
        constexpr std::pair<char, int> units[] = {
            {'m', 60}, {'h', 3'600}, {'d', 86'400}, {'w', 604'800}};
        for (const auto& [letter, unit_s] : units)
            if (text.back() == letter) return now + microseconds(seconds(count * unit_s));
    }
    if (const auto date = expr::read_date(text); date && Instant{*date * 1'000'000} > now)
        return Instant{*date * 1'000'000};
    return fail(Code::invalid, fmt::format("--expires is \"{}\" but must be a date in the future "
                                           "such as 2027-01-31, or 12h, 30d or 8w from now.",
                                           text));
}

std::string date_text(double at_s) {
    return expr::format_date(static_cast<std::int64_t>(at_s), "%Y-%m-%d %H:%M");
}

/// A key as the API shows it.
json::object view_of(const ApiKey& key, Instant now) {
    json::object view{{"_id", key.id.hex()},
                      {"name", key.name},
                      {"role", to_text(key.role)},
                      {"projectID", nullptr},
                      {"created_at", key.created_at.epoch_seconds()},
                      {"expires_at", nullptr},
                      {"is_expired", key.expires_at && *key.expires_at <= now}};
    if (key.project) view["projectID"] = key.project.hex();
    if (key.expires_at) view["expires_at"] = key.expires_at->epoch_seconds();
    return view;
}

void print_json(const json::value& value) { std::fprintf(stdout, "%s\n", to_text(value).c_str()); }

std::string end_of(const json::value& key) {
    const json::value* at = find(key, "expires_at");
    if (!at || at->is_null()) return "never";
    return date_text(double_or(key, "expires_at")) + (bool_or(key, "is_expired") ? " (over)" : "");
}

void print_table(const json::array& keys) {
    std::string text = fmt::format("{:<24}  {:<8}  {:<24}  {:<16}  {:<16}  {}\n", "ID", "ROLE",
                                   "PROJECT", "CREATED", "EXPIRES", "NAME");
    for (const json::value& key : keys)
        text +=
            fmt::format("{:<24}  {:<8}  {:<24}  {:<16}  {:<16}  {}\n", text_or(key, "_id"),
                        text_or(key, "role"), text_or(key, "projectID", "all"),
                        date_text(double_or(key, "created_at")), end_of(key), text_or(key, "name"));
    std::fputs(text.c_str(), stdout);
}

/// What was typed, checked before anything is opened.
Result<store::api_keys::Draft> draft_of(const ApiKeyOptions& options) {
    store::api_keys::Draft draft{.name = options.name};
    const auto role = role_from(options.role);
    if (!role)
        return fail(Code::invalid, fmt::format("--role is \"{}\" but must be viewer, operator, "
                                               "editor or owner.",
                                               options.role));
    draft.role = *role;
    if (!options.project.empty()) {
        const auto project = ProjectId::parse(options.project);
        if (!project)
            return fail(Code::invalid, fmt::format("--project is \"{}\" but must be an id of 24 "
                                                   "hex digits.",
                                                   options.project));
        draft.project = *project;
    }
    draft.expires_at = TRY(read_expiry(options.expires, SystemClock().now()));
    return draft;
}

Result<json::value> create(const GatheredSettings& settings, const ApiKeyOptions& options) {
    const auto draft = TRY(draft_of(options));
    const Place place = TRY(place_of(settings, options));
    if (!place.is_local()) {
        json::object body{{"name", draft.name}};
        json::array scopes{to_text(draft.role)};
        if (draft.project) scopes.emplace_back("project:" + draft.project.hex());
        body["scopes"] = std::move(scopes);
        if (draft.expires_at) body["expires_at"] = draft.expires_at->epoch_seconds();
        return call(place, http::Method::post, "/apikey", std::move(body));
    }
    const auto local = TRY(server::LocalStore::open(settings.values));
    const auto made = TRY(local->create_key(draft));
    json::object view = view_of(made.key, local->now());
    view["secret_key"] = made.secret;
    return view;
}

Result<json::array> list(const GatheredSettings& settings, const ApiKeyOptions& options) {
    const Place place = TRY(place_of(settings, {options.server, options.api_key}));
    json::array all;
    if (place.is_local()) {
        const auto local = TRY(server::LocalStore::open(settings.values));
        for (const ApiKey& key : TRY(local->keys())) all.push_back(view_of(key, local->now()));
        return all;
    }
    for (;;) {
        const json::value page = TRY(
            call(place, http::Method::get, fmt::format("/apikey?limit=500&skip={}", all.size())));
        const json::value* keys = find(page, "api_keys");
        if (!keys || !keys->is_array() || keys->as_array().empty()) return all;
        all.insert(all.end(), keys->as_array().begin(), keys->as_array().end());
        if (std::int64_t(all.size()) >= int_or(page, "total_count")) return all;
    }
}

Result<> revoke(const GatheredSettings& settings, const ApiKeyOptions& options) {
    const auto id = ApiKeyId::parse(options.id);
    if (!id)
        return fail(Code::invalid, fmt::format("\"{}\" is no key's id: `weft apikey list` shows "
                                               "them.",
                                               options.id));
    const Place place = TRY(place_of(settings, options));
    if (!place.is_local()) {
        TRY(call(place, http::Method::delete_, "/apikey/" + id->hex()));
        return {};
    }
    const auto local = TRY(server::LocalStore::open(settings.values));
    return local->revoke_key(*id);
}

} // namespace

int create_key(const GatheredSettings& settings, const ApiKeyOptions& options) {
    const auto made = create(settings, options);
    if (!made) return complain(made.error());
    if (options.json) {
        print_json(*made);
        return 0;
    }
    std::fprintf(stderr, "Key %s (%s, %s, ends: %s). This is shown once; keep it:\n",
                 std::string(text_or(*made, "_id")).c_str(),
                 std::string(text_or(*made, "name")).c_str(),
                 std::string(text_or(*made, "role")).c_str(), end_of(*made).c_str());
    std::fprintf(stdout, "%s\n", std::string(text_or(*made, "secret_key")).c_str());
    return 0;
}

int list_keys(const GatheredSettings& settings, const ApiKeyOptions& options) {
    const auto keys = list(settings, options);
    if (!keys) return complain(keys.error());
    if (options.json)
        print_json(*keys);
    else
        print_table(*keys);
    return 0;
}

int revoke_key(const GatheredSettings& settings, const ApiKeyOptions& options) {
    const auto revoked = revoke(settings, options);
    if (!revoked) return complain(revoked.error());
    if (options.json)
        print_json({{"_id", options.id}, {"is_revoked", true}});
    else
        std::fprintf(stderr, "The key %s opens nothing from now on.\n", options.id.c_str());
    return 0;
}

} // namespace weft::cli
