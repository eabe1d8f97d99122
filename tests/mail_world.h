#pragma once

#include "api_world.h"
#include "tests/support/certificate.h"
#include "tests/support/node_server.h"

#include <sodium.h>

namespace weft {

/// A mail as the sink has got it.
struct Received {
    std::string from;
    std::string to;
    std::string user; ///< who had signed in
    bool is_secure = false;
    std::string head; ///< lines end with CR LF
    std::string text; ///< decoded
};

/// npm's smtp-server on a loopback port.
class MailSink {
public:
    enum class Tls { starttls, smtps, none };

    explicit MailSink(Tls tls, const std::string& user = {}, const std::string& password = {})
        : scheme_(tls == Tls::smtps ? "smtps" : "smtp"),
          server_("smtp_sink.mjs", {}, environment(tls, user, password)) {}

    std::string url() const { return fmt::format("{}://127.0.0.1:{}", scheme_, server_.port()); }
    bool wait(const std::string& text) const { return server_.wait_output(text); }
    std::string output() const { return server_.output(); }

    std::vector<Received> mails() const {
        std::vector<Received> all;
        std::istringstream lines(server_.output());
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with("mail ")) all.push_back(read(line.substr(5)));
        return all;
    }
    /// The first to this address, which is waited for; an empty one when none comes.
    Received mail_to(const std::string& address) const {
        EXPECT_TRUE(wait("\"to\":[\"" + address + "\"]")) << output();
        for (Received& each : mails())
            if (each.to == address) return std::move(each);
        return {};
    }

private:
    static std::vector<std::string> environment(Tls tls, const std::string& user,
                                                const std::string& password) {
        const auto& certificate = testing::Certificate::loopback();
        const char* word = tls == Tls::starttls ? "starttls" : tls == Tls::smtps ? "smtps" : "none";
        return {std::string("TLS=") + word, "KEY=" + certificate.key_pem,
                "CERT=" + certificate.certificate_pem, "MAIL_USER=" + user,
                "MAIL_PASSWORD=" + password};
    }
    static std::string decoded(const std::string& base64) {
        std::string bytes(base64.size(), '\0');
        std::size_t size = 0;
        EXPECT_EQ(sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                    base64.data(), base64.size(), "\r\n", &size, nullptr,
                                    sodium_base64_VARIANT_ORIGINAL),
                  0);
        bytes.resize(size);
        return bytes;
    }
    static Received read(const std::string& line) {
        const json::value mail = parse_json(line).value_or(nullptr);
        const std::string raw(text_or(mail, "raw"));
        const auto end = raw.find("\r\n\r\n");
        return {std::string(text_or(mail, "from")),
                std::string(mail.at("to").at(0).as_string()),
                std::string(text_or(mail, "user")),
                bool_or(mail, "is_secure"),
                raw.substr(0, end + 2),
                decoded(raw.substr(end + 4))};
    }

    const char* scheme_;
    testing::NodeServer server_;
};

/// The token of the link in a mail, to the app's page "join" or "reset".
inline std::string token_in(const Received& mail, const std::string& page) {
    const auto at = mail.text.find("/app/" + page + "#token=");
    if (at == std::string::npos) return {};
    const auto from = mail.text.find('=', at) + 1;
    return mail.text.substr(from, mail.text.find_first_of("\r\n ", from) - from);
}

inline server::Settings mailing_settings(const std::string& smtp_url) {
    server::Settings settings;
    settings.public_url = "https://weft.example.org";
    settings.smtp_url = smtp_url;
    settings.smtp_ca_file = testing::Certificate::loopback().ca_file;
    settings.mail_from = "Weft bei Müller <weft@example.org>";
    return settings;
}

} // namespace weft
