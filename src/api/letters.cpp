#include "api/letters.h"

#include <fmt/format.h>

namespace weft::api {

namespace {

/// To a page of the web app, which alone reads what stands behind the #.
std::string link(const std::string& public_url, const char* page, const std::string& token) {
    return public_url.empty() ? "" : fmt::format("{}/app/{}#token={}", public_url, page, token);
}

} // namespace

std::string reset_link(const std::string& public_url, const std::string& token) {
    return link(public_url, "reset", token);
}

std::string invitation_link(const std::string& public_url, const std::string& token) {
    return link(public_url, "join", token);
}

std::string decision_link(const std::string& public_url, const std::string& token) {
    return public_url.empty() ? "" : fmt::format("{}/inbox/decide/{}", public_url, token);
}

store::mails::Letter reset_letter(const PublicFace& face, const std::string& email,
                                  const std::string& token) {
    return {email, "A new password for Weft",
            fmt::format("Somebody, probably you, has forgotten the password of {} at {}.\n\n"
                        "Set another one here, within an hour:\n\n    {}\n\n"
                        "If that was not you, do nothing: the password stays as it is.\n",
                        email, face.url, reset_link(face.url, token))};
}

store::mails::Letter invitation_letter(const PublicFace& face,
                                       const store::invitations::NewInvitation& made,
                                       const std::string& organization) {
    const auto& invitation = made.invitation;
    return {invitation.email,
            fmt::format("{} invites you to {}", invitation.invited_by, organization),
            fmt::format("{} invites you to the organization {}, which uses Weft at {}.\n\n"
                        "Accept within seven days:\n\n    {}\n\n"
                        "If you expect no such invitation, do nothing.\n",
                        invitation.invited_by, organization, face.url,
                        invitation_link(face.url, made.token))};
}

store::mails::Letter inbox_letter(const PublicFace& face, const std::string& email,
                                  const InboxItem& item, const std::string& link) {
    std::string text = item.summary + "\n\n";
    if (item.expires_at)
        text += fmt::format("It waits until {}.\n\n", to_iso8601(*item.expires_at));
    if (link.empty())
        text += fmt::format("Sign in to answer it{}.\n",
                            face.url.empty() ? "" : fmt::format(":\n\n    {}/account", face.url));
    else
        text += fmt::format("See what it is about, and approve or reject it, here:\n\n    {}\n\n"
                            "Whoever has this link can decide it. It is good for this once.\n",
                            link);
    return {email, "Weft waits for your answer", std::move(text)};
}

} // namespace weft::api
