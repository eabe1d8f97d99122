#pragma once

#include <span>
#include <string_view>

namespace weft::api {

/// A file of the web app (ui/), compiled in as tools/pack_ui.mjs has packed it.
struct AppFile {
    std::string_view path; ///< below /app/, such as "assets/index-1a2b3c4d.js"
    std::string_view media_type;
    std::string_view plain;
    std::string_view gzip;   ///< empty: it would not be smaller
    std::string_view brotli; ///< the same
    std::string_view etag;   ///< with its quotation marks
};

/// In the order of their paths.
std::span<const AppFile> app_files();

} // namespace weft::api
