#include "api/pages.h"

#include "api/security_fields.h"

namespace weft::api {

http::Response page_part(const char* media_type, const char* text) {
    http::Response response{200};
    response.headers.set("content-type", media_type);
    response.headers.set("content-security-policy", page_policy);
    response.body = text;
    return response;
}

} // namespace weft::api
