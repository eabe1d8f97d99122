#pragma once

#include "base/gate.h"
#include "http/server.h"
#include "server/settings.h"

namespace weft::server {

/// How these settings let connections in. invalid: TLS files that cannot be used, or an address
/// that other machines reach, in clear, when nothing says that this is meant.
Result<http::Entrance> entrance_of(const Settings& settings);

/// Reads the TLS files again and says in the log how that went.
void renew(http::TlsIdentity& identity);

/// Renews an identity when its files have changed. Owned by the Program; works on one io thread
/// until stop().
class IdentityWatch {
public:
    explicit IdentityWatch(asio::any_io_executor executor) : executor_(std::move(executor)) {}
    void start(std::shared_ptr<http::TlsIdentity> identity);
    void stop();

private:
    static Task<> work(std::shared_ptr<http::TlsIdentity> identity);

    asio::any_io_executor executor_;
    Gate gate_;
};

} // namespace weft::server
