#pragma once

#include "base/time.h"

#include <string>
#include <string_view>

namespace weft::http {

/// A mail of one recipient and plain text.
struct MailText {
    std::string from;    ///< "ada@example.org", or "Ada <ada@example.org>"
    std::string to;      ///< an address
    std::string subject; ///< UTF-8
    std::string text;    ///< UTF-8, lines end with \n
    std::string message; ///< names it: the left part of its Message-ID
    Instant at;
};

/// The address of "Ada <ada@example.org>" or of a bare one; empty: there is none, or one with a
/// character that could end it.
std::string mail_address_of(std::string_view mailbox);

/// A header's text: as it is when it is printable ASCII, else in encoded words (RFC 2047). Control
/// characters, which could begin another header, become blanks.
std::string mail_header_text(std::string_view text);

/// The whole message (RFC 5322, MIME): UTF-8 in base64, so that no line is too long and no server
/// changes a byte. Lines end with CR LF.
std::string write_mail(const MailText& mail);

} // namespace weft::http
