#include "http/smtp.h"

#include "base/check.h"
#include "http/text.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <memory>

namespace weft::http {

namespace {

constexpr long connect_ms_max = 10'000;
constexpr long total_ms_max = 60'000;

/// What is left to send.
struct Upload {
    std::string_view rest;
};

std::size_t give(char* into, std::size_t, std::size_t size, void* upload) {
    std::string_view& rest = static_cast<Upload*>(upload)->rest;
    const std::size_t count = rest.copy(into, size);
    rest.remove_prefix(count);
    return count;
}

/// What the server says beside its replies is nothing to keep.
std::size_t drop(char*, std::size_t, std::size_t size, void*) { return size; }

int is_stopped(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return *static_cast<const std::atomic<bool>*>(stop) ? 1 : 0;
}

void set_server(CURL* easy, const SmtpServer& server) {
    curl_easy_setopt(easy, CURLOPT_URL, server.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); // also: not from the environment
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(
        easy, CURLOPT_USE_SSL,
        static_cast<long>(server.tls == SmtpServer::Tls::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!server.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, server.ca_file.c_str());
    if (server.user.empty()) return;
    curl_easy_setopt(easy, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, server.password.c_str());
}

/// What a refusal means, by the server's last reply (RFC 5321, 4.2.1: 5yz is for good). curl tells
/// apart a mail that is refused from a login or a greeting that is.
SmtpRefusal refusal_of(CURL* easy, CURLcode code, const char* detail) {
    long reply = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply);
    const bool of_the_mail = code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY;
    const char* known = curl_easy_strerror(code);
    switch (code) {
    case CURLE_LOGIN_DENIED:
        return {fmt::format("The mail server refuses the user or password of the settings ({}).",
                            reply)};
    case CURLE_USE_SSL_FAILED:
        return {"The mail server offers no encryption (STARTTLS), and none is sent without."};
    case CURLE_ABORTED_BY_CALLBACK: return {"The server is stopping."};
    default: break;
    }
    if (of_the_mail && reply >= 400)
        return {fmt::format("The mail server refuses the mail ({}).", *detail ? detail : known),
                reply >= 500};
    return {fmt::format("The mail server cannot be used ({}).", *detail ? detail : known)};
}

} // namespace

std::optional<SmtpRefusal> send_mail(const SmtpServer& server, const std::string& from,
                                     const std::string& to, std::string_view text,
                                     const std::atomic<bool>& stop) {
    if (from.empty() || to.empty() || has_control_character(from) || has_control_character(to))
        return SmtpRefusal{"The mail has no address that could be used.", true};
    const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), &curl_easy_cleanup);
    CURL* easy = handle.get();
    CHECK(easy);
    std::array<char, CURL_ERROR_SIZE> detail{};
    Upload upload{text};
    set_server(easy, server);
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients(
        curl_slist_append(nullptr, ("<" + to + ">").c_str()), &curl_slist_free_all);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, ("<" + from + ">").c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &give);
    curl_easy_setopt(easy, CURLOPT_READDATA, &upload);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &drop);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &is_stopped);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stop));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms_max);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, total_ms_max);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail.data());
    const CURLcode code = curl_easy_perform(easy);
    if (code == CURLE_OK) return std::nullopt;
    return refusal_of(easy, code, detail.data());
}

} // namespace weft::http
