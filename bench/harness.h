#pragma once

// What every measuring program of bench/ needs: samples as lines, a directory on the disk that is
// measured, and a `weft serve` of its own.

#include "base/check.h"
#include "base/time.h"

#include <filesystem>
#include <string>
#include <string_view>
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
    return of[static_cast<std::size_t>(part * static_cast<double>(of.size() - 1) + 0.5)];
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

/// A program that says on its standard output where it answers: "… http://127.0.0.1:PORT". Ready
/// when it has said so; ended by SIGTERM with this object.
class ServerProcess {
public:
    explicit ServerProcess(std::vector<std::string> command,
                           std::vector<std::string> environment = {}) {
        for (char** each = environ; *each; ++each) environment.emplace_back(*each);
        int ends[2];
        CHECK(::pipe2(ends, O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        const int failed = posix_spawn(&process_, command[0].c_str(), &actions, nullptr,
                                       pointers(command).data(), pointers(environment).data());
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        CHECK(failed == 0);
        output_ = ends[0];
        read_port();
    }
    ~ServerProcess() { stop(); }
    ServerProcess(const ServerProcess&) = delete;

    int port() const { return port_; }

    /// Ends it and waits until it has.
    void stop() {
        if (process_ == 0) return;
        ::kill(process_, SIGTERM);
        CHECK(::waitpid(process_, nullptr, 0) == process_);
        ::close(output_);
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
            const ssize_t size = ::read(output_, buffer, sizeof buffer);
            CHECK(size > 0); // it ended: the reason stands on its standard error
            text.append(buffer, static_cast<std::size_t>(size));
        }
    }

    pid_t process_ = 0;
    int output_ = -1;
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
