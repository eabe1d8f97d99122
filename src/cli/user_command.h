#pragma once

#include "cli/place.h"

namespace weft::cli {

struct UserOptions : Place {
    std::string email;
    std::string name;
    std::string role; ///< of set-role
    bool is_admin = false;
    bool json = false;
};

/// `weft user list|add|set-role|reset-password|end-sessions`: on the data directory or database
/// itself, else through the server that holds it, or --server. Passwords are read from the terminal
/// or standard input. Return the exit code: 0 done, 2 wrong usage, 3 directory or server cannot be
/// used or refused.
int list_users(const server::GatheredSettings& settings, const UserOptions& options);
int add_user(const server::GatheredSettings& settings, const UserOptions& options);
int set_user_role(const server::GatheredSettings& settings, const UserOptions& options);
int reset_user_password(const server::GatheredSettings& settings, const UserOptions& options);
int end_user_sessions(const server::GatheredSettings& settings, const UserOptions& options);

} // namespace weft::cli
