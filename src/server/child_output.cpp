#include "server/child_output.h"

#include "store/directory.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::server {

namespace {

using store::Descriptor;

/// A process in a group of its own; killed with the group, and waited for, when this goes.
class Child {
public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    ~Child() {
        if (pid_ <= 0) return;
        ::kill(-pid_, SIGKILL);
        (void)wait();
    }
    /// What waitpid says.
    int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
        pid_ = -1;
        return status;
    }

private:
    pid_t pid_;
};

std::unexpected<Error> failed(const std::string& program, const std::string& why) {
    return fail(Code::unavailable, fmt::format("The program {} {}.", program, why));
}

/// Reads until the other side is closed. False: the time is over, or there is too much.
bool read_until_closed(int fd, std::int64_t until_us, std::size_t bytes_max, std::string& out) {
    std::array<char, 4096> piece{};
    while (out.size() <= bytes_max) {
        const std::int64_t left_us = until_us - monotonic_us();
        if (left_us <= 0) return false;
        pollfd look{.fd = fd, .events = POLLIN, .revents = 0};
        if (::poll(&look, 1, static_cast<int>(left_us / 1'000 + 1)) <= 0) continue;
        const ssize_t count = ::read(fd, piece.data(), piece.size());
        if (count <= 0) return count == 0;
        out.append(piece.data(), static_cast<std::size_t>(count));
    }
    return false;
}

/// Signals as a program expects them, and no file of ours.
Result<pid_t> start(std::vector<std::string> words, int out) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                       POSIX_SPAWN_SETSIGDEF);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&how, &none);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&how, &all);
    pid_t pid = -1;
    const int error = posix_spawnp(&pid, arguments[0], &actions, &how, arguments.data(), environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return failed(words[0], "cannot be started: " + std::generic_category().message(error));
    return pid;
}

} // namespace

Result<std::string> output_of(const std::vector<std::string>& words, milliseconds within,
                              std::size_t bytes_max) {
    std::array<int, 2> ends{};
    if (words.empty() || ::pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail(Code::unavailable, "No program can be started.");
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    Child child(TRY(start(words, writing.get())));
    writing = Descriptor();
    std::string out;
    const std::int64_t until_us = monotonic_us() + microseconds(within).count();
    if (!read_until_closed(reading.get(), until_us, bytes_max, out))
        return failed(words[0], out.size() > bytes_max ? "wrote too much"
                                                       : fmt::format("did not end within {} s",
                                                                     within.count() / 1'000));
    const int status = child.wait();
    if (WIFSIGNALED(status))
        return failed(words[0], fmt::format("was ended by signal {}", WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        return failed(words[0], fmt::format("ended with code {}", WEXITSTATUS(status)));
    return out;
}

} // namespace weft::server
