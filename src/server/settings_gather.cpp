#include "server/settings_gather.h"

#include "base/nearest.h"

#include <filesystem>
#include <fstream>

namespace weft::server {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t file_bytes_max = 1024 * 1024;

const Setting* find_setting(std::string_view name) {
    for (const Setting& setting : settings_table())
        if (setting.name == name) return &setting;
    return nullptr;
}

/// Takes one value, or says which setting, source, value and bounds are at odds.
Result<> take(GatheredSettings& gathered, const Setting& setting, std::string_view value,
              Origin origin) {
    const auto applied = apply(gathered.values, setting, value);
    if (!applied) {
        const std::string given = setting.is_secret ? "" : fmt::format(" is \"{}\" but", value);
        return fail(Code::invalid, fmt::format("The setting {} ({}){} {}.", setting.name,
                                               origin.place, given, applied.error().message));
    }
    gathered.origins[setting.name] = std::move(origin);
    return {};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    return text;
}

std::unexpected<Error> no_such_setting(const std::string& place, std::string_view name) {
    std::vector<std::string> known;
    for (const Setting& setting : settings_table()) known.emplace_back(setting.name);
    return fail(Code::invalid, fmt::format("There is no setting {} ({}).{} `weft settings` lists "
                                           "all.",
                                           name, place, did_you_mean(name, known)));
}

Result<> take_line(GatheredSettings& gathered, std::string_view line, const std::string& place,
                   bool others_may_read) {
    line = trimmed(line);
    if (line.empty() || line.starts_with('#')) return {};
    const auto equals = line.find('=');
    const std::string_view name = trimmed(line.substr(0, equals));
    if (equals == line.npos || name.empty())
        return fail(Code::invalid, "A settings file has one `name = value` a line; " + place +
                                       " is something else.");
    const Setting* setting = find_setting(name);
    if (!setting) return no_such_setting(place, name);
    if (gathered.is_given(name))
        return fail(Code::invalid,
                    fmt::format("The setting {} stands twice in the file ({}).", name, place));
    if (setting->is_secret && others_may_read)
        return fail(Code::invalid,
                    fmt::format("The setting {} ({}) is a secret, and others may read the file: "
                                "chmod 600 {}.",
                                name, place, gathered.file));
    return take(gathered, *setting, trimmed(line.substr(equals + 1)), {Source::file, place});
}

Result<> read_settings_file(GatheredSettings& gathered, const fs::path& path) {
    std::error_code error;
    const auto bytes = fs::file_size(path, error);
    std::ifstream in(path);
    if (error || !in)
        return fail(Code::not_found,
                    fmt::format("Cannot read the settings file {}: {}.", path.string(),
                                error ? error.message() : "it cannot be opened"));
    if (bytes > file_bytes_max)
        return fail(Code::invalid, path.string() + " is too large to be a settings file.");
    gathered.file = path;
    const auto mode = fs::status(path, error).permissions();
    const bool others_may_read =
        (mode & (fs::perms::group_read | fs::perms::others_read)) != fs::perms::none;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number)
        TRY(take_line(gathered, line, fmt::format("line {} of {}", number, path.string()),
                      others_may_read));
    return {};
}

/// The data directory as the flag or the environment has it, before the file in it is read.
fs::path directory_of(const SettingSources& sources) {
    if (const auto flag = sources.flags.find("data"); flag != sources.flags.end())
        return flag->second;
    if (const char* value = sources.environment("WEFT_DATA"); value && *value) return value;
    return default_data_directory();
}

Result<> read_file_of(const SettingSources& sources, GatheredSettings& gathered) {
    const char* named = sources.environment(config_environment);
    const std::string file = !sources.config_file.empty() ? sources.config_file
                             : named                      ? named
                                                          : "";
    if (!file.empty()) return read_settings_file(gathered, file);
    const fs::path usual = directory_of(sources) / config_file_name;
    std::error_code error;
    if (!fs::exists(usual, error)) return {};
    TRY(read_settings_file(gathered, usual));
    if (gathered.is_given("data"))
        return fail(Code::invalid, usual.string() + " lies in the data directory, so it cannot set "
                                                    "data: take that line out.");
    return {};
}

} // namespace

std::string_view to_text(Source source) {
    switch (source) {
    case Source::standard: return "default";
    case Source::file: return "file";
    case Source::environment: return "environment";
    case Source::flag: return "flag";
    }
    return "default";
}

Result<GatheredSettings> gather(const SettingSources& sources) {
    GatheredSettings gathered;
    TRY(read_file_of(sources, gathered));
    for (const Setting& setting : settings_table()) {
        if (const char* value = sources.environment(setting.environment); value && *value)
            TRY(take(gathered, setting, value,
                     {Source::environment,
                      fmt::format("environment variable {}", setting.environment)}));
        if (const auto flag = sources.flags.find(setting.name); flag != sources.flags.end())
            TRY(take(gathered, setting, flag->second,
                     {Source::flag, fmt::format("flag --{}", setting.name)}));
    }
    if (gathered.values.data.empty()) gathered.values.data = default_data_directory();
    return gathered;
}

} // namespace weft::server
