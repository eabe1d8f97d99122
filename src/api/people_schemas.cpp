#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"User", R"({"type":"object","required":["_id","orgId","name","email"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"orgId":{"$ref":"#/components/schemas/Id"},
        "name":{"type":"string"},"email":{"type":"string"}}})"},
    {"SignedIn",
     R"({"type":"object","required":["user","token","csrf_token","session_id","expires_at"],
        "properties":{"user":{"$ref":"#/components/schemas/User"},
        "token":{"type":"string","description":"For Authorization: Bearer; shown this once"},
        "csrf_token":{"type":"string","description":"For x-csrf-token, with the cookie"},
        "session_id":{"$ref":"#/components/schemas/Id"},
        "expires_at":{"$ref":"#/components/schemas/Seconds"}}})"},
    {"Me",
     R"({"type":"object","required":["user","orgId","organization_name","role","projectID",
            "csrf_token","session_id"],"properties":{
        "user":{"anyOf":[{"$ref":"#/components/schemas/User"},{"type":"null"}],
            "description":"null: an API key asks"},
        "orgId":{"$ref":"#/components/schemas/Id"},"organization_name":{"type":"string"},
        "role":{"enum":["viewer","operator","editor","owner"],
            "description":"In the organization; in a project a member may have a higher one"},
        "projectID":{"$ref":"#/components/schemas/IdOrNull"},
        "csrf_token":{"type":["string","null"]},
        "session_id":{"$ref":"#/components/schemas/IdOrNull"}}})"},
    {"SessionList",
     R"({"type":"object","required":["sessions","total_count"],"properties":{
        "sessions":{"type":"array","items":{"type":"object",
            "required":["_id","created_at","last_used_at","expires_at","address","user_agent",
                "is_current"],"properties":{
            "_id":{"$ref":"#/components/schemas/Id"},
            "created_at":{"$ref":"#/components/schemas/Seconds"},
            "last_used_at":{"$ref":"#/components/schemas/Seconds"},
            "expires_at":{"$ref":"#/components/schemas/Seconds"},
            "address":{"type":"string"},"user_agent":{"type":"string"},
            "is_current":{"type":"boolean"}}}},
        "total_count":{"type":"integer"}}})"},
    {"SignInMethods",
     R"({"type":"object","required":["password","forgot_password","sign_up","needs_owner",
            "provider"],
        "properties":{"password":{"const":true},
        "forgot_password":{"type":"boolean","description":"Whether a link is mailed"},
        "sign_up":{"type":"boolean","description":"Whether whoever comes may make an account"},
        "needs_owner":{"type":"boolean",
            "description":"Whether there is no account yet: the key of the first start makes one"},
        "provider":{"type":["string","null"],
            "description":"Its name: GET /auth/oidc/login begins; null: there is none"}}})"},
    {"Done", R"({"type":"object","required":["done"],"properties":{"done":{"const":true}}})"},
    {"ProjectMember",
     R"({"type":"object","required":["_id","user_id","name","email","role","joined_at"],
        "properties":{"_id":{"$ref":"#/components/schemas/Id"},
        "user_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
        "email":{"type":"string"},"role":{"enum":["viewer","operator","editor","owner"]},
        "joined_at":{"$ref":"#/components/schemas/Seconds"}}})"},
    {"ProjectMemberList",
     R"({"type":"array","items":{"$ref":"#/components/schemas/ProjectMember"}})"},
    {"ProjectMemberSummary",
     R"({"type":"object","required":["owner","editor","operator","viewer","total"],"properties":{
        "owner":{"type":"integer"},"editor":{"type":"integer"},"operator":{"type":"integer"},
        "viewer":{"type":"integer"},"total":{"type":"integer"}}})"},
    {"OrganizationUser",
     R"({"type":"object","required":["_id","name","email","role","joined_at"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},
        "email":{"type":"string"},"role":{"enum":["admin","member"]},
        "joined_at":{"$ref":"#/components/schemas/Seconds"}}})"},
    {"OrganizationUserList",
     R"({"type":"object","required":["users","total_count"],"properties":{
        "users":{"type":"array","items":{"$ref":"#/components/schemas/OrganizationUser"}},
        "total_count":{"type":"integer"}}})"},
    {"Invitation",
     R"({"type":"object","required":["_id","email","role","projectID","project_role","invited_by",
            "created_at","expires_at","status","mail"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"email":{"type":"string"},
        "role":{"enum":["admin","member"]},"projectID":{"$ref":"#/components/schemas/IdOrNull"},
        "project_role":{"enum":["viewer","operator","editor","owner",null]},
        "invited_by":{"type":"string"},"created_at":{"$ref":"#/components/schemas/Seconds"},
        "expires_at":{"$ref":"#/components/schemas/Seconds"},
        "status":{"enum":["pending","expired"]},
        "mail":{"$ref":"#/components/schemas/MailStatus"}}})"},
    {"NewInvitation",
     R"({"type":"object","required":["_id","email","role","projectID","project_role","invited_by",
            "created_at","expires_at","status","mail","token","link"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"email":{"type":"string"},
        "role":{"enum":["admin","member"]},"projectID":{"$ref":"#/components/schemas/IdOrNull"},
        "project_role":{"enum":["viewer","operator","editor","owner",null]},
        "invited_by":{"type":"string"},"created_at":{"$ref":"#/components/schemas/Seconds"},
        "expires_at":{"$ref":"#/components/schemas/Seconds"},
        "status":{"enum":["pending","expired"]},
        "mail":{"$ref":"#/components/schemas/MailStatus"},
        "token":{"type":"string",
            "description":"For POST /auth/signup; shown this once"},
        "link":{"type":["string","null"],
            "description":"To accept it in a browser; null: public-url is not set"}}})"},
    {"MailStatus", R"({"anyOf":[{"type":"null"},{"type":"object",
        "required":["state","attempts","failure"],"properties":{
        "state":{"enum":["waiting","sent","failed"],
            "description":"sent: a mail server has taken it"},
        "attempts":{"type":"integer"},"failure":{"type":"string"}}}]})"},
    {"PasswordReset",
     R"({"type":"object","required":["email","token","link","expires_at"],"properties":{
        "email":{"type":"string"},
        "token":{"type":"string",
            "description":"For POST /auth/password/reset; shown this once"},
        "link":{"type":["string","null"],
            "description":"To use it in a browser; null: public-url is not set"},
        "expires_at":{"$ref":"#/components/schemas/Seconds"}}})"},
    {"InvitationList",
     R"({"type":"object","required":["invitations","total_count"],"properties":{
        "invitations":{"type":"array","items":{"$ref":"#/components/schemas/Invitation"}},
        "total_count":{"type":"integer"}}})"},
};

} // namespace

std::span<const Schema> people_schemas() { return schemas; }

} // namespace weft::api
