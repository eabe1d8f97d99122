#pragma once

namespace weft::testing {

/// Linking this defines `getaddrinfo`: names below ".hang.test" block until they are released (then
/// they are 127.0.0.1), all others go to ScriptedDns while there is one, else to the C library.
class HangingDns {
public:
    HangingDns();  ///< from now on names hang
    ~HangingDns(); ///< releases those that hang and waits until none does
    HangingDns(const HangingDns&) = delete;
    HangingDns& operator=(const HangingDns&) = delete;

    /// How many look-ups hang now.
    int waiting() const;
    void release();
};

} // namespace weft::testing
