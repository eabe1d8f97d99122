#include "tests/support/node_server.h"

#include "base/check.h"
#include "base/mutex.h"
#include "base/time.h"

#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h> // environ

namespace weft::testing {

namespace {

std::filesystem::path js_folder() { return std::filesystem::path(WEFT_SOURCE_DIR) / "tests/js"; }

std::string node_program() {
    const auto own = std::filesystem::path(WEFT_SOURCE_DIR) / ".tools/node/bin/node";
    return std::filesystem::exists(own) ? own.string() : "node";
}

int free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(::bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ::close(probe);
    return ntohs(address.sin_port);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

} // namespace

/// Collects what the process writes, in a thread of its own, until it closes the pipe.
struct NodeServer::Reader {
    explicit Reader(int pipe) : thread([this, pipe] { read_all(pipe); }) {}
    ~Reader() { thread.join(); }

    void read_all(int pipe) {
        std::array<char, 4096> buffer{};
        for (ssize_t size = 0; (size = ::read(pipe, buffer.data(), buffer.size())) > 0;) {
            const Lock lock(mutex);
            text.append(buffer.data(), static_cast<std::size_t>(size));
            changed.notify_all();
        }
        ::close(pipe);
        const Lock lock(mutex);
        ended = true;
        changed.notify_all();
    }
    bool wait(const std::string& what) {
        const std::int64_t end_us = monotonic_us() + 20'000'000;
        const Lock lock(mutex);
        while (text.find(what) == std::string::npos && !ended && monotonic_us() < end_us)
            changed.wait_for(mutex, milliseconds(100));
        return text.find(what) != std::string::npos;
    }

    Mutex mutex;
    Condition changed;
    std::string text GUARDED_BY(mutex);
    bool ended GUARDED_BY(mutex) = false;
    std::thread thread;
};

NodeServer::NodeServer(const std::string& script, const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment) {
    if (!std::filesystem::exists(js_folder() / "node_modules"))
        check_failed("the JavaScript model servers are not installed: run ./dev setup",
                     std::source_location::current());
    for (int times = 0; times < 5; ++times) // another process may take the port first
        if (start(script, arguments, environment) == Start::running) return;
    check_failed("no free port for a server", std::source_location::current());
}

NodeServer::~NodeServer() { stop(); }

NodeServer::Start NodeServer::start(const std::string& script,
                                    const std::vector<std::string>& arguments,
                                    const std::vector<std::string>& environment) {
    port_ = free_port();
    std::vector<std::string> command{node_program(), (js_folder() / script).string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    std::vector<std::string> variables{"PORT=" + std::to_string(port_), "HOST=127.0.0.1"};
    variables.insert(variables.end(), environment.begin(), environment.end());
    for (char** each = environ; *each; ++each) variables.emplace_back(*each);

    int ends[2];
    CHECK(::pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    pid_t child = -1;
    const int failed = posix_spawnp(&child, command[0].c_str(), &actions, nullptr,
                                    pointers(command).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed) {
        ::close(ends[0]);
        check_failed("Node does not start: run ./dev setup", std::source_location::current());
    }
    process_ = child;
    reader_ = std::make_unique<Reader>(ends[0]);
    if (reader_->wait("server running")) return Start::running;
    const std::string written = output();
    stop();
    if (written.find("EADDRINUSE") != std::string::npos) return Start::port_taken;
    check_failed(
        ("the server did not start; run ./dev setup if modules are missing: " + written).c_str(),
        std::source_location::current());
}

void NodeServer::stop() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }
    reader_.reset();
}

std::string NodeServer::output() const {
    const Lock lock(reader_->mutex);
    return reader_->text;
}

bool NodeServer::wait_output(const std::string& text) const { return reader_->wait(text); }

} // namespace weft::testing
