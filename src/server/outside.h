#pragma once

#include "api/letters.h"
#include "auth/oidc.h"
#include "server/mailer.h"
#include "server/settings.h"

/// What the settings say of mail and of another provider to sign in with.
namespace weft::server {

/// invalid: a setting that needs another one; says which.
Result<> check_outside(const Settings& settings);

api::PublicFace public_face(const Settings& settings);
/// Null: no mail is sent.
std::unique_ptr<Mailer> make_mailer(const Settings& settings, store::Store& store, Clock& clock,
                                    asio::any_io_executor executor);
/// Null: people sign in with passwords alone.
std::unique_ptr<auth::OidcProvider> make_provider(const Settings& settings, http::Client& client,
                                                  Clock& clock);

} // namespace weft::server
