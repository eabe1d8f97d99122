#pragma once

#include <string>

namespace weft::testing {

/// A self-signed certificate for 127.0.0.1 and localhost, made when it is asked for, valid for a
/// day.
struct Certificate {
    std::string key_pem;
    std::string certificate_pem;
    std::string ca_file;  ///< the certificate as a file: what a client must trust; removed at exit
    std::string key_file; ///< likewise

    /// One per process.
    static const Certificate& loopback();
    /// Another one, with serial number 2.
    static const Certificate& another();
};

} // namespace weft::testing
