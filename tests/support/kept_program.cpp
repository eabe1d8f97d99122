#include "tests/support/kept_program.h"

#include "base/check.h"
#include "base/time.h"

#include <filesystem>
#include <poll.h>
#include <random>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h> // environ

namespace weft::testing {

namespace {

constexpr milliseconds patience{120'000};

/// The socket becomes its input and output. It gets no other descriptor of this process and no
/// ignored or blocked signal, which a shell could not undo.
struct SpawnRules {
    explicit SpawnRules(int socket) {
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, socket, 0);
        posix_spawn_file_actions_adddup2(&files, socket, 1);
        posix_spawn_file_actions_addclosefrom_np(&files, 3);
        posix_spawnattr_init(&attributes);
        sigset_t signals;
        sigfillset(&signals);
        posix_spawnattr_setsigdefault(&attributes, &signals);
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes, &signals);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
                                                  POSIX_SPAWN_SETSIGMASK);
    }
    ~SpawnRules() {
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnRules(const SpawnRules&) = delete;
    SpawnRules& operator=(const SpawnRules&) = delete;

    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
};

} // namespace

KeptProgram::KeptProgram(std::vector<std::string> command) {
    int ends[2];
    CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    pid_t child = -1;
    const SpawnRules rules(ends[1]);
    const int failed =
        posix_spawnp(&child, words[0], &rules.files, &rules.attributes, words.data(), environ);
    ::close(ends[1]);
    process_ = child;
    socket_ = ends[0];
    if (!failed) return;
    ::close(socket_);
    check_failed((command[0] + " does not start: run the tests in the top folder").c_str(),
                 std::source_location::current());
}

KeptProgram::~KeptProgram() {
    ::close(socket_);
    ::waitpid(process_, nullptr, 0);
}

void KeptProgram::send(const std::string& line) {
    const std::string text = line + "\n"; // less than a socket holds
    CHECK(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(text.size()));
}

std::string KeptProgram::answer() {
    const std::int64_t end_us = monotonic_us() + microseconds(patience).count();
    std::string line;
    for (char next = 0; monotonic_us() < end_us;) {
        pollfd waits{.fd = socket_, .events = POLLIN, .revents = 0};
        if (::poll(&waits, 1, 100) <= 0) continue;
        if (::read(socket_, &next, 1) <= 0) return {};
        if (next == '\n') return line;
        line += next;
    }
    return {};
}

std::string fresh_folder(const std::string& name) {
    std::random_device random;
    return (std::filesystem::temp_directory_path() /
            ("weft-" + name + "-" + std::to_string(random()) + std::to_string(random())))
        .string();
}

} // namespace weft::testing
