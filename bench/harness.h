#pragma once

// What every measuring program of bench/ needs: samples as lines, a directory on the disk that is
// measured, and a `weft serve` of its own.

#include "base/check.h"
#include "base/time.h"

#include <cmath>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace weft::bench {

/// The key of every server that is measured.
inline constexpr const char* api_key = "0f0e0d0c-0b0a-4908-8706-050403020100";

/// Writes one measured value to standard output: bench/run collects the lines, bench_report reads
/// them.
inline void sample(std::string_view name, double value) {
    fmt::print("{}\t{:.6g}\n", name, value);
    std::fflush(stdout);
}

/// `part` of them lie at or below it: 0.5 is the median.
inline double percentile(std::vector<double> of, double part) {
    std::ranges::sort(of);
    return of[static_cast<std::size_t>(std::lround(part * static_cast<double>(of.size() - 1)))];
}

inline double seconds_since(std::int64_t started_us) {
    return static_cast<double>(monotonic_us() - started_us) / 1e6;
}

/// The folder of this program, in which `weft` lies too.
inline std::filesystem::path own_folder() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

/// A directory beside the program, so that it is on the disk that is measured and not in memory;
/// goes with everything in it.
class ScratchDirectory {
public:
    ScratchDirectory() {
        std::string name = (own_folder() / "bench-XXXXXX").string();
        CHECK(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~ScratchDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchDirectory(const ScratchDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A program that runs beside this one until stop(), or until this object goes.
class Background {
public:
    explicit Background(std::vector<std::string> command, std::vector<std::string> environment = {},
                        int output = 2) {
        for (char** each = environ; *each; ++each) environment.emplace_back(*each);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, output, 1);
        const int failed = posix_spawn(&process_, command[0].c_str(), &actions, nullptr,
                                       pointers(command).data(), pointers(environment).data());
        posix_spawn_file_actions_destroy(&actions);
        CHECK(failed == 0);
    }
    ~Background() { stop(); }
    Background(const Background&) = delete;

    /// Ends it and waits until it has. SIGKILL: as when somebody pulls the plug.
    void stop(int signal = SIGTERM) {
        if (process_ == 0) return;
        ::kill(process_, signal);
        CHECK(::waitpid(process_, nullptr, 0) == process_);
        process_ = 0;
    }

    /// Processor time of all its threads since it began.
    double cpu_s() const {
        clockid_t clock = 0;
        timespec used{};
        CHECK(::clock_getcpuclockid(process_, &clock) == 0 && ::clock_gettime(clock, &used) == 0);
        return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
    }

    /// Resident memory in bytes, as the kernel counts it.
    std::int64_t resident_bytes() const {
        std::string path = fmt::format("/proc/{}/statm", process_);
        std::FILE* file = std::fopen(path.c_str(), "r");
        CHECK(file != nullptr);
        long long total = 0;
        long long resident = 0;
        CHECK(std::fscanf(file, "%lld %lld", &total, &resident) == 2);
        std::fclose(file);
        return resident * ::sysconf(_SC_PAGESIZE);
    }

private:
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> out;
        for (std::string& text : texts) out.push_back(text.data());
        out.push_back(nullptr);
        return out;
    }

    pid_t process_ = 0;
};

/// The end of a pipe that a program writes to.
struct Pipe {
    Pipe() { CHECK(::pipe2(ends, O_CLOEXEC) == 0); }
    ~Pipe() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    Pipe(const Pipe&) = delete;
    int ends[2]{};
};

/// A program that says on its standard output where it answers: "… http://127.0.0.1:PORT". Ready
/// when it has said so.
class ServerProcess : private Pipe, public Background {
public:
    explicit ServerProcess(std::vector<std::string> command,
                           std::vector<std::string> environment = {})
        : Background(std::move(command), std::move(environment), ends[1]) {
        ::close(std::exchange(ends[1], -1));
        read_port();
    }
    int port() const { return port_; }

private:
    void read_port() {
        constexpr std::string_view before = "http://127.0.0.1:";
        std::string text;
        char buffer[1024];
        for (;;) {
            const auto at = text.find(before);
            if (at != text.npos && text.find('\n', at) != text.npos) {
                port_ = std::atoi(text.c_str() + at + before.size());
                return;
            }
            const ssize_t size = ::read(ends[0], buffer, sizeof buffer);
            CHECK(size > 0); // it ended: the reason stands on its standard error
            text.append(buffer, static_cast<std::size_t>(size));
        }
    }

    int port_ = 0;
};

/// `weft serve` as anyone would start it, on `data`.
inline ServerProcess serve(const std::filesystem::path& data,
                           std::vector<std::string> environment = {}) {
    environment.push_back(std::string("WEFT_BOOTSTRAP_API_KEY=") + api_key);
    return ServerProcess({(own_folder() / "weft").string(), "serve", "--data", data.string(),
                          "--listen", "127.0.0.1:0"},
                         std::move(environment));
}

} // namespace weft::bench
