#include "server/entrance.h"

#include "base/log.h"
#include "http/forwarded.h"
#include "http/tls.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::server {

namespace {

constexpr seconds look_pause{2}; ///< a look at two files costs microseconds

/// Other machines can connect there.
bool is_reachable(const std::string& listen) {
    const std::string address = http::plain_address(listen);
    if (address.empty()) return false; // no address: it will be refused as such
    const char* range = http::special_range(address);
    return !range || std::string_view(range) != "loopback";
}

} // namespace

Result<http::Entrance> entrance_of(const Settings& settings) {
    http::Entrance entrance;
    if (settings.tls_certificate.empty() != settings.tls_key.empty())
        return fail(Code::invalid, "TLS needs both files: give tls-certificate and tls-key.");
    if (!settings.tls_certificate.empty())
        entrance.tls = TRY(http::TlsIdentity::load(settings.tls_certificate, settings.tls_key));
    if (!settings.trusted_proxies.empty())
        entrance.proxies = std::make_shared<const http::TrustedProxies>(
            TRY(http::TrustedProxies::parse(settings.trusted_proxies)));
    const bool is_meant = entrance.tls || entrance.proxies || settings.insecure_listen;
    if (!is_meant && is_reachable(settings.listen))
        return fail(Code::invalid,
                    settings.listen +
                        " can be reached from other machines, and without TLS who is on the way "
                        "reads passwords and keys. Give --tls-certificate and --tls-key; or "
                        "--trusted-proxies with the address of the proxy in front that speaks TLS; "
                        "or --insecure-listen if this network is yours alone. Else listen on "
                        "127.0.0.1.");
    return entrance;
}

void renew(http::TlsIdentity& identity) {
    if (const auto renewed = identity.reload(); !renewed)
        log_error("The TLS files could not be used; connections get the certificate from before.",
                  {{"why", renewed.error().message}});
    else
        log_info("The TLS files were read again; new connections get that certificate.");
}

void IdentityWatch::start(std::shared_ptr<http::TlsIdentity> identity) {
    gate_.spawn(executor_, work(std::move(identity)));
}

void IdentityWatch::stop() { gate_.close(); }

Task<> IdentityWatch::work(std::shared_ptr<http::TlsIdentity> identity) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        timer.expires_after(look_pause);
        co_await timer.async_wait(asio::use_awaitable);
        if (identity->has_changed()) renew(*identity);
    }
}

} // namespace weft::server
