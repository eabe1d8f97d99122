#pragma once

#include "base/gate.h"
#include "http/smtp.h"
#include "store/mails.h"

#include <boost/asio/thread_pool.hpp>

namespace weft::server {

/// Sends what is in the outbox (store/mails.h), one mail after the other: looks every second, tries
/// again after 2 s, 4 s, … an hour, and gives up when the mail is refused for good or is of no
/// use any more. Several nodes on one database share the work. A crash between the server's yes
/// and the row's sends the mail once more, under the same Message-ID. Owned by the Program; its
/// coroutine runs on an io thread, sending blocks a thread of its own.
class Mailer {
public:
    Mailer(store::Store& store, Clock& clock, asio::any_io_executor executor,
           http::SmtpServer server, std::string from);
    void start();
    void stop(); ///< breaks off what is being sent: it is sent again

private:
    Task<> work();
    Task<bool> send_one();
    Task<Result<>> settle(const store::mails::Claimed& mail,
                          const std::optional<http::SmtpRefusal>& refusal);

    store::Store& store_;
    Clock& clock_;
    asio::any_io_executor executor_;
    http::SmtpServer server_;
    std::string from_;
    std::atomic<bool> stopping_ = false;
    asio::thread_pool pool_{1};
    Gate gate_;
};

/// When a mail that was not taken is tried again.
microseconds mail_backoff(std::int64_t attempt);

} // namespace weft::server
