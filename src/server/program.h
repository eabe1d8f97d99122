#pragma once

#include "server/settings.h"
#include "store/bootstrap.h"

#include <memory>
#include <optional>
#include <string>

namespace weft::server {

/// A running Weft: store, engine, models, connectors, API and listener, built in this order and
/// stopped in the opposite one. One per data directory and process.
class Program {
public:
    /// Opens the data directory (making it at the first start), recovers runs, begins to answer.
    /// invalid: a setting. conflict: the directory or the port is in use. unavailable: the disk
    /// refuses.
    static Result<std::unique_ptr<Program>> start(const Settings& settings);
    ~Program();

    /// Where it answers: "127.0.0.1:8470".
    const std::string& address() const;
    /// The same with "http://" or, when it speaks TLS, "https://".
    std::string url() const;
    /// Reads the TLS files again, if it speaks TLS; the log says how that went.
    void renew_certificate();
    /// What the first start made, with the key in clear: shown once. Empty at later starts.
    const std::optional<store::Bootstrapped>& first_start() const;
    /// A key for the process's own use: the first start's, else a new one named "weft run" that is
    /// revoked by stop().
    Result<std::string> local_key();
    void stop();

private:
    struct Parts;
    explicit Program(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace weft::server
