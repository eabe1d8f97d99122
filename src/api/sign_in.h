#pragma once

#include "api/route.h"
#include "domain/user.h"

namespace weft::api {

json::object user_view(const UserId& id, const std::string& name, const std::string& email,
                       const OrganizationId& organization);

using SignedInAnswer = Answer<"SignedIn">;

/// Begins a session in the writer's transaction and answers with it, and with its cookies. From
/// here on the user is who asks.
Result<SignedInAnswer> begin_session(store::Tx& tx, Request& rq, const User& user,
                                     const OrganizationId& organization);

} // namespace weft::api
