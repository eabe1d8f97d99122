#include "server/mailer.h"

#include "base/log.h"
#include "http/mail_text.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::server {

namespace {

constexpr seconds look_every{1};
constexpr seconds backoff_first{2};
constexpr seconds backoff_max{3600};
constexpr std::int64_t doublings_max = 11;

using store::mails::Claimed;
using Outcome = std::optional<http::SmtpRefusal>;

Task<Outcome> handed_over(const http::SmtpServer& server, std::string from, Claimed mail,
                          Instant now, const std::atomic<bool>& stop) {
    if (!mail.letter) co_return http::SmtpRefusal{mail.letter.error().message, true};
    const auto& [to, subject, text] = *mail.letter;
    co_return http::send_mail(server, http::mail_address_of(from), http::mail_address_of(to),
                              http::write_mail({from, to, subject, text, mail.message, now}), stop);
}

} // namespace

microseconds mail_backoff(std::int64_t attempt) {
    const std::int64_t doublings = std::min(attempt - 1, doublings_max);
    return std::min(backoff_first * (std::int64_t(1) << doublings), backoff_max);
}

Mailer::Mailer(store::Store& store, Clock& clock, asio::any_io_executor executor,
               http::SmtpServer server, std::string from)
    : store_(store), clock_(clock), executor_(std::move(executor)), server_(std::move(server)),
      from_(std::move(from)) {}

void Mailer::start() { gate_.spawn(executor_, work()); }

void Mailer::stop() {
    stopping_ = true;
    gate_.close();
    pool_.join();
}

Task<Result<>> Mailer::settle(const Claimed& mail, const Outcome& refusal) {
    const Instant next_try_at = clock_.now() + mail_backoff(mail.attempt);
    const bool again = refusal && !refusal->for_good && next_try_at < mail.expires_at;
    co_return co_await store_.write([&](store::Tx& tx) -> Result<> {
        if (!refusal) return store::mails::sent(tx, mail.message);
        return store::mails::failed(tx, mail.message, refusal->message,
                                    again ? std::optional(next_try_at) : std::nullopt);
    });
}

/// Whether there may be more.
Task<bool> Mailer::send_one() {
    const auto due = co_await store_.read(
        [this](store::Rx& rx) { return store::mails::any_due(rx, clock_.now()); });
    if (!due || !*due) co_return false;
    auto claimed = co_await store_.write(
        [this](store::Tx& tx) { return store::mails::claim(tx, store_.vault()); });
    if (!claimed || !*claimed) co_return false;
    const Claimed& mail = **claimed;
    const Outcome refusal = co_await asio::co_spawn(
        pool_, handed_over(server_, from_, mail, clock_.now(), stopping_), asio::use_awaitable);
    if (refusal)
        log_warning("a mail was not sent",
                    {{"mail", mail.message}, {"attempt", mail.attempt}, {"why", refusal->message}});
    const auto settled = co_await settle(mail, refusal);
    if (!settled)
        log_warning("what became of a mail was not written down",
                    {{"mail", mail.message}, {"why", settled.error().message}});
    co_return settled.has_value();
}

Task<> Mailer::work() {
    asio::steady_timer timer(executor_);
    for (;;) {
        while (co_await send_one()) {}
        timer.expires_after(look_every);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace weft::server
