#pragma once

#include "base/check.h"
#include "store/database_testing.h"
#include "json/json.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::testing {

/// The built `weft` as a child process, its output in a file. Killed when this object goes.
class WeftProcess {
public:
    /// `environment`: "NAME=value", beside this process's own. `launcher`: a program and its
    /// arguments that become the `weft` of the arguments after them.
    WeftProcess(std::vector<std::string> arguments, const std::string& output_file,
                std::vector<std::string> environment = {}, std::vector<std::string> launcher = {})
        : output_file_(output_file) {
        launcher.emplace_back(WEFT_BINARY);
        arguments.insert(arguments.begin(), launcher.begin(), launcher.end());
        for (char** each = environ; *each; ++each) environment.emplace_back(*each);
        if (store::on_postgres()) environment.push_back(store_of(arguments));
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 1, output_file.c_str(),
                                         O_WRONLY | O_CREAT | O_TRUNC, 0600);
        posix_spawn_file_actions_addopen(&actions, 2, (output_file + ".err").c_str(),
                                         O_WRONLY | O_CREAT | O_TRUNC, 0600);
        // A socket of this program that it had too would not be closed when this program closes it.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        std::vector<char*> argv = pointers(arguments);
        std::vector<char*> envp = pointers(environment);
        CHECK(posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), envp.data()) == 0);
        posix_spawn_file_actions_destroy(&actions);
    }
    ~WeftProcess() {
        if (pid_ > 0) {
            kill(SIGKILL);
            wait();
        }
    }
    WeftProcess(const WeftProcess&) = delete;

    pid_t pid() const { return pid_; }
    void kill(int signal) const {
        if (pid_ > 0) ::kill(pid_, signal); // a negative one would mean many processes
    }
    /// Its exit code, or 128 + the signal that ended it.
    int wait() {
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        hand_on_closing();
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    /// The same, or nothing when it has not ended within a minute.
    std::optional<int> wait_a_minute() {
        for (int i = 0; i < 12'000; ++i) {
            int status = 0;
            if (waitpid(pid_, &status, WNOHANG) == pid_) {
                pid_ = -1;
                hand_on_closing();
                return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            usleep(5'000);
        }
        return std::nullopt;
    }
    bool running() {
        int status = 0;
        if (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) pid_ = -1;
        return pid_ > 0;
    }
    /// Waits until a `weft serve` answers; false: it has ended before.
    bool answers() {
        while (running()) {
            if (output().find("answers at ") != std::string::npos) return true;
            usleep(1'000);
        }
        return false;
    }
    std::string output() const { return read(output_file_); }
    std::string errors() const { return read(output_file_ + ".err"); }
    /// Waits until `text` is in what it has written, on either stream; false after 30 s.
    bool wait_output(const std::string& text) const {
        for (int i = 0; i < 6'000; ++i) {
            if (output().find(text) != std::string::npos ||
                errors().find(text) != std::string::npos)
                return true;
            usleep(5'000);
        }
        return false;
    }
    /// Where a `weft serve` answers, once it does.
    std::string url() const {
        CHECK(wait_output("answers at "));
        const std::string text = output();
        const auto from = text.find("answers at ") + 11;
        return text.substr(from, text.find('\n', from) - from);
    }
    /// The lines of `--json`.
    std::vector<json::value> json_lines() const {
        std::vector<json::value> lines;
        std::istringstream in(output());
        for (std::string line; std::getline(in, line);)
            if (auto value = parse_json(line)) lines.push_back(std::move(*value));
        return lines;
    }

private:
    /// What its store said at its end goes into this program's output too: `./dev bench hold` looks
    /// there for the longest write.
    void hand_on_closing() const {
        std::istringstream in(errors());
        for (std::string line; std::getline(in, line);)
            if (line.find("The store is closed.") != std::string::npos)
                std::fprintf(stderr, "%s\n", line.c_str());
    }
    /// The setting for the store of its data directory.
    static std::string store_of(const std::vector<std::string>& arguments) {
        const auto data = std::ranges::find(arguments, "--data");
        if (data == arguments.end() || data + 1 == arguments.end()) return "WEFT_STORE=";
        return "WEFT_STORE=" + store::store_url(*(data + 1));
    }
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> all;
        for (std::string& text : texts) all.push_back(text.data());
        all.push_back(nullptr);
        return all;
    }
    static std::string read(const std::string& path) {
        std::ifstream in(path, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        return std::move(text).str();
    }

    std::string output_file_;
    pid_t pid_ = -1;
};

} // namespace weft::testing
