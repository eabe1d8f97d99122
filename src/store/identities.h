#pragma once

#include "domain/user.h"
#include "store/store.h"

/// Who a user is at other providers: an issuer's URL, and what that calls him for good.
namespace weft::store::identities {

/// None: nobody has signed in so.
Result<std::optional<UserId>> find(Rx& rx, const std::string& issuer, const std::string& subject);
/// From now on whoever the provider calls so is this user.
Result<> link(Tx& tx, const std::string& issuer, const std::string& subject, const UserId& user);
/// Whether the user signs in with this provider under any name.
Result<bool> is_linked(Rx& rx, const std::string& issuer, const UserId& user);

} // namespace weft::store::identities
