#pragma once

#include "http/address_policy.h"
#include "http/message.h"

namespace weft::http {

/// The proxies in front of a server, whose word counts for who asks and how: X-Forwarded-For and
/// X-Forwarded-Proto of anybody else are hearsay. Immutable.
class TrustedProxies {
public:
    /// Addresses and prefixes between commas: "127.0.0.1, 10.0.0.0/8, fd00::/8".
    /// invalid: one is neither, or has a port.
    static Result<TrustedProxies> parse(std::string_view text);

    /// Fills `client` and `is_secure` of a request that came from `peer`, an address without its
    /// port. The client is the rightmost address of X-Forwarded-For that is no trusted proxy: what
    /// stands left of it anybody could have sent. The last X-Forwarded-Proto counts.
    void identify(Request& request, const std::string& peer, bool over_tls) const;

private:
    bool trusts(std::string_view address) const;

    AllowedAddresses addresses_;
};

/// "127.0.0.1" of "127.0.0.1", "127.0.0.1:51234" and "::ffff:127.0.0.1"; "fe80::1" of
/// "[fe80::1%eth0]:51234".
/// Empty: no address.
std::string plain_address(std::string_view text);

} // namespace weft::http
