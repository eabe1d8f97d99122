#include "cli/secrets_command.h"

#include "api/key_order.h"
#include "cli/current_key.h"
#include "expr/date.h"
#include "server/local_store.h"
#include "server/master_key_source.h"

#include <cstdio>
#include <cstdlib>

#include <boost/json/object.hpp>

namespace weft::cli {

namespace {

using server::GatheredSettings;
using store::MasterKey;

constexpr int wrong_usage = 2;
constexpr int unusable = 3;

int complain(const Error& error) {
    std::fprintf(stderr, "weft secrets: %s\n", error.message.c_str());
    return error.code == Code::invalid ? wrong_usage : unusable;
}

bool has_key_in_file(const GatheredSettings& settings) {
    const auto source = server::master_key_source(settings.values);
    return source.digits.empty() && source.file.empty() && source.command.empty();
}

/// The key that was given, else a new one for master.key.
Result<api::key_order::Replacement> next_key(const GatheredSettings& settings,
                                             const SecretsOptions& options) {
    const char* digits = std::getenv("WEFT_NEW_MASTER_KEY");
    const auto given = TRY(server::read_master_key(
        {digits ? digits : "",
         options.new_file,
         options.new_command,
         {"WEFT_NEW_MASTER_KEY", "--new-master-key-file", "--new-master-key-command"}}));
    if (!given.empty())
        return api::key_order::Replacement{*MasterKey::from_hex(given), store::KeyPlace::elsewhere};
    if (!has_key_in_file(settings))
        return fail(Code::invalid,
                    "The master key is given by a setting: say where the new one is, with "
                    "--new-master-key-file, --new-master-key-command or WEFT_NEW_MASTER_KEY.");
    return api::key_order::Replacement{MasterKey::fresh(), store::KeyPlace::file};
}

json::object view_of(const server::SecretsState& state) {
    json::object view{{"master_key_replaced_at", nullptr},
                      {"data_keys", state.data_keys.all},
                      {"data_keys_renewing", state.data_keys.renewing}};
    if (state.replaced_at) view["master_key_replaced_at"] = state.replaced_at->epoch_seconds();
    return view;
}

Result<json::value> state_at(const Place& place, const GatheredSettings& settings) {
    if (!place.is_local()) return call(place, http::Method::get, "/admin/secrets");
    const auto local = TRY(server::LocalStore::open(settings.values, "weft secrets"));
    return view_of(TRY(local->secrets_state()));
}

Result<json::value> rotate(const GatheredSettings& settings, const Place& place,
                           const api::key_order::Replacement& next) {
    if (place.is_local()) {
        const auto local = TRY(server::LocalStore::open(settings.values, "weft secrets"));
        return view_of(TRY(local->replace_master_key(next.next, next.place)));
    }
    const auto order =
        api::key_order::to_replace(TRY(current_key(settings)), next, SystemClock().now());
    return call(place, http::Method::post, "/admin/master-key", json::object{{"order", order}});
}

/// The server goes on by itself; it is only looked at.
Result<json::value> renewed(const GatheredSettings& settings, const Place& place,
                            const ProjectId& project) {
    if (place.is_local()) {
        const auto local = TRY(server::LocalStore::open(settings.values, "weft secrets"));
        return view_of(TRY(local->renew_data_keys(project)));
    }
    const auto order =
        api::key_order::to_renew(TRY(current_key(settings)), project, SystemClock().now());
    TRY(call(place, http::Method::post, "/admin/data-keys", json::object{{"order", order}}));
    return look_until(place, "/admin/secrets", [](const json::value& state) {
        return int_or(state, "data_keys_renewing") == 0;
    });
}

void print_state(const json::value& state, const SecretsOptions& options) {
    if (options.json) return void(std::fprintf(stdout, "%s\n", to_text(state).c_str()));
    const double at_s = double_or(state, "master_key_replaced_at");
    const std::string replaced =
        at_s == 0
            ? "never"
            : expr::format_date(static_cast<std::int64_t>(at_s), "%Y-%m-%d %H:%M:%S") + " UTC";
    std::fprintf(stdout,
                 "Master key replaced: %s\nData keys: %lld, of which %lld are being renewed\n",
                 replaced.c_str(), static_cast<long long>(int_or(state, "data_keys")),
                 static_cast<long long>(int_or(state, "data_keys_renewing")));
}

} // namespace

int rotate_master(const GatheredSettings& settings, const SecretsOptions& options) {
    const auto next = next_key(settings, options);
    if (!next) return complain(next.error());
    const auto place = place_of(settings, options);
    if (!place) return complain(place.error());
    const auto state = rotate(settings, *place, *next);
    if (!state) return complain(state.error());
    print_state(*state, options);
    std::fprintf(stderr, "%s\n",
                 next->place == store::KeyPlace::file
                     ? "The master key was replaced by a new one in master.key. Copies of the old "
                       "one open nothing but old backups."
                     : "The master key was replaced. Let the settings give the new one before the "
                       "next start: the old one opens nothing but old backups.");
    return 0;
}

int rotate_data_keys(const GatheredSettings& settings, const SecretsOptions& options) {
    ProjectId project;
    if (!options.project.empty()) {
        const auto id = ProjectId::parse(options.project);
        if (!id || !*id)
            return complain({Code::invalid, fmt::format("--project is \"{}\" but must be an id of "
                                                        "24 hex digits.",
                                                        options.project)});
        project = *id;
    }
    const auto place = place_of(settings, options);
    if (!place) return complain(place.error());
    const auto state = renewed(settings, *place, project);
    if (!state) return complain(state.error());
    print_state(*state, options);
    return 0;
}

int show_secrets(const GatheredSettings& settings, const SecretsOptions& options) {
    const auto place = place_of(settings, options);
    if (!place) return complain(place.error());
    const auto state = state_at(*place, settings);
    if (!state) return complain(state.error());
    print_state(*state, options);
    return 0;
}

} // namespace weft::cli
