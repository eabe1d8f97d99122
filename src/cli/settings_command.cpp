#include "cli/settings_command.h"

#include "store/move.h"
#include "json/json.h"

#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace weft::cli {

namespace {

using server::GatheredSettings;
using server::Setting;

constexpr const char* masked = "(set, not shown)";

server::Origin origin_of(const GatheredSettings& gathered, const Setting& setting) {
    const auto found = gathered.origins.find(setting.name);
    return found == gathered.origins.end() ? server::Origin{} : found->second;
}

/// What holds; of a database's address the part that holds no secret.
std::string open_value(const GatheredSettings& gathered, const Setting& setting) {
    const std::string value = server::value_of(gathered.values, setting);
    return setting.text == &server::Settings::store && !value.empty() ? store::place_of(value)
                                                                      : value;
}

/// What holds, in words; a secret that is set is masked.
std::string shown(const GatheredSettings& gathered, const Setting& setting) {
    const bool given = gathered.is_given(setting.name);
    if (setting.is_secret) return given ? masked : fmt::format("({})", setting.unset);
    const std::string value = open_value(gathered, setting);
    return value.empty() ? fmt::format("({})", setting.unset) : value;
}

json::object row(const GatheredSettings& gathered, const Setting& setting) {
    const server::Origin origin = origin_of(gathered, setting);
    json::object object{{"name", setting.name},
                        {"from", server::to_text(origin.source)},
                        {"place", origin.place},
                        {"is_secret", setting.is_secret},
                        {"is_set", gathered.is_given(setting.name)},
                        {"environment", setting.environment},
                        {"default", setting.unset},
                        {"must_be", setting.must_be},
                        {"sentence", setting.sentence}};
    object["value"] = nullptr;
    if (setting.number) object["value"] = gathered.values.*setting.number;
    if (setting.flag) object["value"] = gathered.values.*setting.flag;
    if (setting.text && !setting.is_secret && !(gathered.values.*setting.text).empty())
        object["value"] = open_value(gathered, setting);
    return object;
}

} // namespace

int show_settings(const GatheredSettings& gathered, const SettingsOptions& options) {
    if (options.markdown) {
        std::fputs(settings_markdown().c_str(), stdout);
        return 0;
    }
    json::array rows;
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const Setting& setting : server::settings_table()) {
        rows.push_back(row(gathered, setting));
        name_width = std::max(name_width, std::string_view(setting.name).size());
        value_width =
            std::max(value_width, std::min<std::size_t>(shown(gathered, setting).size(), 40));
    }
    if (options.json) {
        const json::value all{{"file", gathered.file}, {"settings", std::move(rows)}};
        std::fprintf(stdout, "%s\n", to_text(all).c_str());
        return 0;
    }
    for (const Setting& setting : server::settings_table()) {
        const server::Origin origin = origin_of(gathered, setting);
        const std::string from =
            origin.place.empty() ? std::string(server::to_text(origin.source)) : origin.place;
        const std::string line = fmt::format("{:<{}}  {:<{}}  {}\n", setting.name, name_width,
                                             shown(gathered, setting), value_width, from);
        std::fputs(line.c_str(), stdout);
    }
    return 0;
}

std::string settings_markdown() {
    std::string text = "| setting | variable | what it is | default | must be |\n"
                       "|---|---|---|---|---|\n";
    for (const Setting& setting : server::settings_table())
        text += fmt::format("| `{}` | `{}` | {}{} | {} | {} |\n", setting.name, setting.environment,
                            setting.sentence, setting.is_secret ? " (secret: no flag)" : "",
                            setting.unset, setting.must_be);
    return text;
}

} // namespace weft::cli
