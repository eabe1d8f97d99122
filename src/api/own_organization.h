#pragma once

#include "api/request.h"

namespace weft::api {

/// Another organization's id is answered as one that nobody has; none stands for one's own.
inline Result<> check_organization(const Request& rq, const OrganizationId& named) {
    if (!named || named == rq.scope.organization) return {};
    return fail(Code::not_found, "There is no such organization.");
}

} // namespace weft::api
