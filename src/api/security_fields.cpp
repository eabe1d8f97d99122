#include "api/security_fields.h"

namespace weft::api {

http::Headers security_fields() {
    return {{
        {"content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; "
                                    "frame-ancestors 'none'; sandbox"},
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"cross-origin-opener-policy", "same-origin"},
        {"cross-origin-resource-policy", "same-origin"},
        {"cache-control", "no-store"},
    }};
}

http::Headers security_fields_over_tls() {
    return {{{"strict-transport-security", "max-age=31536000"}}}; // a year
}

} // namespace weft::api
