#pragma once

#include <string>

namespace weft::http {

/// The libraries that outgoing connections run with: "libcurl/7.88.1 OpenSSL/3.0.17 …".
std::string client_library_versions();

} // namespace weft::http
