#include "domain/scope.h"

namespace weft {

namespace {

constexpr std::pair<Role, std::string_view> words[] = {
    {Role::viewer, "viewer"},
    {Role::operator_, "operator"},
    {Role::editor, "editor"},
    {Role::owner, "owner"},
};

} // namespace

std::string_view to_text(Principal::Kind kind) {
    switch (kind) {
    case Principal::Kind::api_key: return "api_key";
    case Principal::Kind::user: return "user";
    case Principal::Kind::system: break;
    }
    return "system";
}

std::string_view to_text(Role role) {
    for (const auto& [each, word] : words)
        if (each == role) return word;
    return words[0].second;
}

std::optional<Role> role_from(std::string_view word) {
    for (const auto& [role, each] : words)
        if (each == word) return role;
    return std::nullopt;
}

} // namespace weft
