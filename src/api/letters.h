#pragma once

#include "domain/inbox.h"
#include "store/invitations.h"
#include "store/mails.h"

/// What mails say, and where their links lead: to the page at /account. The token is behind the #,
/// which no browser sends to a server and no log has.
namespace weft::api {

/// What there is of the server for those who are outside.
struct PublicFace {
    std::string url; ///< "https://weft.example.org"; empty: not known
    bool sends_mail = false;
};

/// Empty when the server's own address is not known.
std::string reset_link(const std::string& public_url, const std::string& token);
std::string invitation_link(const std::string& public_url, const std::string& token);

/// Where one item of the inbox is decided. This token is in the path: the page is without a
/// program.
std::string decision_link(const std::string& public_url, const std::string& token);

store::mails::Letter reset_letter(const PublicFace& face, const std::string& email,
                                  const std::string& token);
store::mails::Letter invitation_letter(const PublicFace& face,
                                       const store::invitations::NewInvitation& made,
                                       const std::string& organization);
/// `link`: empty: this one decides it after signing in.
store::mails::Letter inbox_letter(const PublicFace& face, const std::string& email,
                                  const InboxItem& item, const std::string& link);

} // namespace weft::api
