#pragma once

#include "domain/scope.h"

#include "base/result.h"

/// Members that several operations on people read.
namespace weft::api {

// As OpenAPI shows them.
inline constexpr const char* email_schema = R"({"type":"string","format":"email"})";
inline constexpr const char* password_schema =
    R"({"type":"string","minLength":10,"maxLength":1000})";
inline constexpr const char* role_schema =
    R"({"type":"string","enum":["viewer","operator","editor","owner"]})";
inline constexpr const char* organization_role_schema =
    R"({"type":"string","enum":["member","admin"]})";

/// A role in a project. invalid: none of these.
inline Result<Role> read_project_role(const std::string& word, std::string field) {
    if (const auto role = role_from(word)) return *role;
    return fail_field(std::move(field), "Must be viewer, operator, editor or owner.");
}

} // namespace weft::api
