#include "http/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string_view>
#include <system_error>

namespace weft::http {

namespace {

/// Forward-secret and authenticated; of TLS 1.3 all are.
constexpr const char* ciphers_of_tls_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// Why OpenSSL refused, in its words.
std::string last_reason() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason ? reason : "unknown reason";
}

/// HTTP/1.1 for a client that offers it; one that offers nothing we speak is not refused for that.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_bytes,
                    const unsigned char* offered, unsigned int offered_bytes, void*) {
    static constexpr std::string_view ours = "\x08http/1.1";
    const auto* us = reinterpret_cast<const unsigned char*>(ours.data());
    const int chosen =
        SSL_select_next_proto(const_cast<unsigned char**>(out), out_bytes, us,
                              static_cast<unsigned int>(ours.size()), offered, offered_bytes);
    return chosen == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/// A server has nobody to ask for the words that protect a key.
int no_password(char*, int, int, void*) { return -1; }

TlsIdentity::Context new_context() {
    TlsIdentity::Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX* on = context.get();
    SSL_CTX_set_min_proto_version(on, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(on, ciphers_of_tls_1_2);
    SSL_CTX_set_options(on, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(on, SSL_SESS_CACHE_OFF); // tickets, which the client keeps
    // Writes go as far as the socket takes them, and go on from wherever the bytes are by then.
    SSL_CTX_set_mode(on, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                             SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(on, choose_protocol, nullptr);
    SSL_CTX_set_default_passwd_cb(on, no_password);
    return context;
}

Result<> check_readable(const std::string& file) {
    if (::access(file.c_str(), R_OK) == 0) return {};
    return fail(Code::invalid, fmt::format("The TLS file {} cannot be read: {}.", file,
                                           std::generic_category().message(errno)));
}

Result<TlsIdentity::Context> read_pair(const std::string& certificate, const std::string& key) {
    for (const std::string& file : {certificate, key}) TRY(check_readable(file));
    ERR_clear_error();
    auto context = new_context();
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1)
        return fail(Code::invalid,
                    fmt::format("The TLS certificate {} cannot be used: {}. It must be PEM, the "
                                "server's certificate first and those that vouch for it after it.",
                                certificate, last_reason()));
    const bool has_key = SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM);
    if (!has_key || SSL_CTX_check_private_key(context.get()) != 1)
        return fail(Code::invalid,
                    fmt::format("The TLS key {} cannot be used: {}. It must be PEM without a "
                                "password, and the key of {}.",
                                key, last_reason(), certificate));
    return context;
}

std::array<std::int64_t, 4> stamp_of(const std::string& file) {
    struct stat now{};
    if (::stat(file.c_str(), &now) != 0) return {};
    return {static_cast<std::int64_t>(now.st_ino), now.st_size, now.st_mtim.tv_sec,
            now.st_mtim.tv_nsec};
}

} // namespace

TlsIdentity::TlsIdentity(std::string certificate, std::string key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {}

Result<std::shared_ptr<TlsIdentity>> TlsIdentity::load(std::string certificate, std::string key) {
    std::shared_ptr<TlsIdentity> identity(new TlsIdentity(std::move(certificate), std::move(key)));
    TRY(identity->reload());
    return identity;
}

Result<> TlsIdentity::reload() {
    const Stamps before = stamps(); // what changes while it is read is read once more
    auto context = read_pair(certificate_, key_);
    const Lock lock(mutex_);
    read_ = before;
    if (!context) return std::unexpected(std::move(context.error()));
    context_ = std::move(*context);
    return {};
}

bool TlsIdentity::has_changed() const {
    const Stamps now = stamps();
    const Lock lock(mutex_);
    return now != read_;
}

Instant TlsIdentity::expires_at() const {
    std::tm end{};
    const Context now = context();
    ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(now.get())), &end);
    return {std::int64_t{timegm(&end)} * 1'000'000};
}

TlsIdentity::Context TlsIdentity::context() const {
    const Lock lock(mutex_);
    return context_;
}

TlsIdentity::Stamps TlsIdentity::stamps() const { return {stamp_of(certificate_), stamp_of(key_)}; }

} // namespace weft::http
