#pragma once

#include "base/time.h"

#include <memory>
#include <string>
#include <vector>

namespace weft::testing {

/// What a ByteServer does on each connection.
struct ByteScript {
    bool reads = true; ///< waits for a whole request head first; false: never reads a byte
    std::vector<std::string> pieces = {}; ///< written as they are
    milliseconds pause{0};                ///< between two pieces
    bool repeats_last = false;            ///< the last piece comes again and again
};

/// A server on a loopback port that writes given bytes whatever it is asked: for answers that
/// no decent server gives. Keeps connections open until the client goes. In a thread of its own.
class ByteServer {
public:
    /// `port` 0: any free one.
    explicit ByteServer(ByteScript script, const char* address = "127.0.0.1", int port = 0);
    ~ByteServer();
    ByteServer(const ByteServer&) = delete;
    ByteServer& operator=(const ByteServer&) = delete;

    int port() const;
    std::string url() const;   ///< "http://127.0.0.1:40123/" (with its address)
    int connections() const;   ///< so far
    std::int64_t sent() const; ///< bytes that the kernel has taken

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace weft::testing
