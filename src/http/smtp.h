#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace weft::http {

/// Where mail is handed over, and how.
struct SmtpServer {
    enum class Tls {
        demanded, ///< smtps://, or STARTTLS: without it nothing is sent
        none,     ///< to a relay on the same machine
    };
    std::string url; ///< smtp://host:587 or smtps://host:465
    std::string user;
    std::string password;
    Tls tls = Tls::demanded;
    std::string ca_file; ///< PEM; empty = the system's
};

/// Why a mail was not taken.
struct SmtpRefusal {
    std::string message;   ///< a sentence without a credential
    bool for_good = false; ///< the server has refused the mail itself: another try is of no use
};

/// Hands one mail to the server and waits until it has taken it: at most a minute. Blocks; breaks
/// off when `stop` is set. None: taken. `text` as write_mail makes it.
std::optional<SmtpRefusal> send_mail(const SmtpServer& server, const std::string& from,
                                     const std::string& to, std::string_view text,
                                     const std::atomic<bool>& stop);

} // namespace weft::http
