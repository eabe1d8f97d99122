#pragma once

#include <memory>
#include <string>
#include <vector>

namespace weft::testing {

/// A server in JavaScript below tests/js, on a free loopback port that it is given as PORT. Ends
/// with this object.
class NodeServer {
public:
    /// `script` is relative to tests/js. Ready when it has written "server running".
    /// Throws InvariantBroken, which names `./dev setup`, when Node or the modules are not
    /// installed.
    explicit NodeServer(const std::string& script, const std::vector<std::string>& arguments = {},
                        const std::vector<std::string>& environment = {});
    ~NodeServer();
    NodeServer(const NodeServer&) = delete;
    NodeServer& operator=(const NodeServer&) = delete;

    int port() const { return port_; }
    std::string output() const; ///< all it has written so far
    /// False when `text` is not in its output within 20 s.
    bool wait_output(const std::string& text) const;

private:
    enum class Start { running, port_taken };
    Start start(const std::string& script, const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment);
    void stop();

    struct Reader;
    std::unique_ptr<Reader> reader_;
    int process_ = -1;
    int port_ = 0;
};

} // namespace weft::testing
