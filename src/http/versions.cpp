#include "http/versions.h"

#include <curl/curl.h>

namespace weft::http {

std::string client_library_versions() { return curl_version(); }

} // namespace weft::http
