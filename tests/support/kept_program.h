#pragma once

#include <string>
#include <vector>

namespace weft::testing {

/// A program that takes commands and answers them, a line each, over its standard input and output,
/// and that ends at the end of its input. So it ends with this object, and also when this process
/// is killed: the kernel closes the socket between them then. In a session of its own: Ctrl-C does
/// not reach it.
class KeptProgram {
public:
    /// Throws InvariantBroken when it cannot be started.
    explicit KeptProgram(std::vector<std::string> command);
    ~KeptProgram(); ///< ends its input and waits for its end
    KeptProgram(const KeptProgram&) = delete;
    KeptProgram& operator=(const KeptProgram&) = delete;

    void send(const std::string& line);
    /// The next line it writes; empty: it has ended, or has said nothing for two minutes.
    std::string answer();

private:
    int process_ = -1;
    int socket_ = -1;
};

/// A folder below the temporary one that does not exist yet: "/tmp/weft-NAME-…".
std::string fresh_folder(const std::string& name);

} // namespace weft::testing
