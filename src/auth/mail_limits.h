#pragma once

#include "auth/counts.h"

namespace weft::auth {

/// So that nobody uses the server's mail to bother others; beside what the store counts for an
/// account (store/password_resets.h).
struct MailLimits {
    Counts asked_by{20, seconds(900)};          ///< from one address: forgotten passwords
    Counts invited{5, seconds(24 * 3600)};      ///< invitations to one address
    Counts invited_by{200, seconds(24 * 3600)}; ///< of one organization
};

} // namespace weft::auth
