#pragma once

#include "base/mutex.h"
#include "base/result.h"
#include "base/time.h"

#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

// TLS of the server. OpenSSL works on the socket itself, without the copies of asio's ssl::stream,
// so that a write is tried at once and a wait can be broken off, as in clear.
namespace weft::http {

/// What a server shows of itself: a certificate with its chain, and the key to it, in two PEM
/// files. Any thread.
class TlsIdentity {
public:
    /// invalid: a file cannot be read, is not PEM, or the key is another certificate's; says which.
    static Result<std::shared_ptr<TlsIdentity>> load(std::string certificate, std::string key);

    /// Reads both files again, for the connections that come from now on. When it fails (invalid,
    /// as load) the pair before stays.
    Result<> reload();
    /// Whether a file is another one than when they were last read, or could not be.
    bool has_changed() const;

    /// When the certificate in use ends.
    Instant expires_at() const;

    using Context = std::shared_ptr<SSL_CTX>;
    Context context() const;

private:
    using Stamp = std::array<std::int64_t, 4>; ///< what tells one state of a file from another
    struct Stamps {
        Stamp certificate;
        Stamp key;
        bool operator==(const Stamps&) const = default;
    };
    TlsIdentity(std::string certificate, std::string key);
    Stamps stamps() const;

    const std::string certificate_;
    const std::string key_;
    mutable Mutex mutex_;
    Context context_ GUARDED_BY(mutex_);
    Stamps read_ GUARDED_BY(mutex_){};
};

} // namespace weft::http
