#pragma once

#include <string>
#include <vector>

namespace weft::testing {

/// While it lives, `connect` notes each TCP destination and refuses all but those on this machine.
class ConnectGuard {
public:
    ConnectGuard();
    ~ConnectGuard();
    ConnectGuard(const ConnectGuard&) = delete;
    ConnectGuard& operator=(const ConnectGuard&) = delete;

    /// "127.0.0.1", "::1" …, in the order of the calls, refused ones too.
    std::vector<std::string> destinations() const;
};

} // namespace weft::testing
