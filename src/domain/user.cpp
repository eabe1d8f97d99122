#include "domain/user.h"

#include "domain/members.h"

#include <fmt/format.h>

namespace weft {

std::string_view to_text(OrganizationRole role) {
    return role == OrganizationRole::admin ? "admin" : "member";
}

std::optional<OrganizationRole> organization_role_from(std::string_view word) {
    for (const auto role : {OrganizationRole::member, OrganizationRole::admin})
        if (word == to_text(role)) return role;
    return std::nullopt;
}

Result<std::string> checked_email(std::string_view email, const std::string& field) {
    const std::string name = TRY(checked_name(email, field));
    const std::size_t at = name.find('@');
    const bool has_blank = name.find_first_of(" \t<>,;\"") != std::string::npos;
    if (at == 0 || at == std::string::npos || at + 1 == name.size() || has_blank ||
        name.find('@', at + 1) != std::string::npos || name.size() > email_bytes_max)
        return fail_field(field, "Must be an email address such as ada@example.org.");
    return lower_ascii(name);
}

Result<> check_password(std::string_view password, const std::string& field) {
    if (password.size() < password_bytes_min || password.size() > password_bytes_max)
        return fail_field(field, fmt::format("Must have {} to {} bytes.", password_bytes_min,
                                             password_bytes_max));
    return {};
}

} // namespace weft
