#include "server/outside.h"

#include <sstream>

namespace weft::server {

namespace {

/// "example.org, example.com"
std::vector<std::string> domains_in(const std::string& text) {
    std::vector<std::string> domains;
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, ',');) {
        std::erase(word, ' ');
        if (!word.empty()) domains.push_back(std::move(word));
    }
    return domains;
}

} // namespace

Result<> check_outside(const Settings& settings) {
    if (!settings.smtp_url.empty() && (settings.public_url.empty() || settings.mail_from.empty()))
        return fail(Code::invalid,
                    "smtp-url needs public-url, which links in mails begin with, and mail-from, "
                    "who they are from: set both.");
    if (!settings.oidc_issuer.empty() &&
        (settings.public_url.empty() || settings.oidc_client_id.empty()))
        return fail(Code::invalid,
                    "oidc-issuer needs public-url, where the provider sends people back, and "
                    "oidc-client-id, what it calls this server: set both.");
    return {};
}

api::PublicFace public_face(const Settings& settings) {
    return {settings.public_url, !settings.smtp_url.empty()};
}

std::unique_ptr<Mailer> make_mailer(const Settings& settings, store::Store& store, Clock& clock,
                                    asio::any_io_executor executor) {
    if (settings.smtp_url.empty()) return nullptr;
    using Tls = http::SmtpServer::Tls;
    return std::make_unique<Mailer>(
        store, clock, std::move(executor),
        http::SmtpServer{settings.smtp_url, settings.smtp_user, settings.smtp_password,
                         settings.smtp_unencrypted ? Tls::none : Tls::demanded,
                         settings.smtp_ca_file},
        settings.mail_from);
}

std::unique_ptr<auth::OidcProvider> make_provider(const Settings& settings, http::Client& client,
                                                  Clock& clock) {
    if (settings.oidc_issuer.empty()) return nullptr;
    return std::make_unique<auth::OidcProvider>(
        client, clock,
        auth::OidcSettings{
            settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret,
            settings.oidc_name, settings.public_url + "/auth/oidc/callback",
            domains_in(settings.oidc_sign_up),
            settings.allow_private_network ? http::Reach::anywhere : http::Reach::public_only});
}

} // namespace weft::server
