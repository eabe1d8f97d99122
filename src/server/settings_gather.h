#pragma once

#include "server/settings.h"

#include <functional>
#include <map>

namespace weft::server {

/// Who said what a setting is. A later one wins over an earlier one.
enum class Source { standard, file, environment, flag };
std::string_view to_text(Source source);

struct Origin {
    Source source = Source::standard;
    std::string place; ///< "environment variable WEFT_DATA", "line 3 of /x/weft.conf"
};

/// Settings from all sources, each with where it came from.
struct GatheredSettings {
    Settings values;
    std::map<std::string, Origin, std::less<>> origins; ///< by name; absent: the default
    std::string file;                                   ///< the settings file, if one was read

    bool is_given(std::string_view name) const { return origins.contains(name); }
};

/// What `gather` reads.
struct SettingSources {
    std::map<std::string, std::string, std::less<>> flags; ///< by setting's name
    std::string
        config_file; ///< of --config; empty: weft.conf in the data directory, if it is there
    std::function<const char*(const char*)> environment; ///< getenv, or a test's own
};

/// Reads the settings file, the environment and the flags. A settings file has one `name = value` a
/// line; empty lines and those that begin with # are passed over.
/// invalid: a value (names setting, source, value and bounds), a line or name in the file, or a
/// file with secrets that others may read. not_found: the file that --config names.
Result<GatheredSettings> gather(const SettingSources& sources);

inline constexpr const char* config_file_name = "weft.conf";
inline constexpr const char* config_environment = "WEFT_CONFIG"; ///< as --config

} // namespace weft::server
