// ./dev sim: histories of a server under seeds.
#include "base/log.h"
#include "sim/simulation.h"

#include <charconv>
#include <csignal>
#include <ctime>

#include <spdlog/spdlog.h>
#include <unistd.h>

namespace {

/// For what is said when SQLite ends the process.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::uint64_t current_seed = 0;

double real_seconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Wanted {
    std::uint64_t first = 1;
    std::uint64_t last = 1'000;
    bool verbose = false;
};

bool read(std::string_view text, std::uint64_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

bool read_range(std::string_view text, Wanted& wanted) {
    const auto dots = text.find("..");
    return dots != std::string_view::npos && read(text.substr(0, dots), wanted.first) &&
           read(text.substr(dots + 2), wanted.last) && wanted.first <= wanted.last;
}

std::optional<Wanted> parse(int count, char** words) {
    Wanted wanted;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        const std::string_view value = i + 1 < count ? words[i + 1] : "";
        if (word == "--verbose") {
            wanted.verbose = true;
        } else if (word == "--seed" && read(value, wanted.first)) {
            wanted.last = wanted.first;
            ++i;
        } else if (word == "--seeds" && read_range(value, wanted)) {
            ++i;
        } else {
            return std::nullopt;
        }
    }
    return wanted;
}

/// How many of the seeds failed.
std::uint64_t run(const Wanted& wanted) {
    const weft::sim::Template on;
    std::uint64_t failed = 0;
    weft::sim::Outcome all;
    const double started = real_seconds();
    for (current_seed = wanted.first; current_seed <= wanted.last; ++current_seed) {
        const auto one = weft::sim::simulate(
            current_seed, on, wanted.verbose ? weft::sim::Loud::yes : weft::sim::Loud::no);
        failed += one.failures.empty() ? 0 : 1;
        for (const std::string& each : one.failures)
            fmt::print("seed {}: {}\n", current_seed, each);
        if (wanted.first == wanted.last)
            fmt::print("seed {}: sum {:016x}\n", current_seed, one.sum);
        all.falls += one.falls;
        all.other_faults += one.other_faults;
        all.handlers += one.handlers;
        all.effects += one.effects;
        all.rows += one.rows;
        all.executions += one.executions;
        all.taken_over += one.taken_over;
        all.timed_out += one.timed_out;
        all.virtual_us += one.virtual_us - 1'000'000'000;
    }
    const double took = real_seconds() - started;
    const auto seeds = static_cast<double>(wanted.last - wanted.first + 1);
    fmt::print(
        "{} seeds, {} failed; {:.1f} s, {:.0f} seeds/s; {} executions ({} took over), {} effects "
        "({} timed out), {} journal rows, {} falls, {} other faults, {:.1f} h of virtual time\n",
        seeds, failed, took, seeds / took, all.executions, all.taken_over, all.effects,
        all.timed_out, all.rows, all.falls, all.other_faults,
        static_cast<double>(all.virtual_us) / 3.6e9);
    return failed;
}

} // namespace

/// The store ends the process so when it finds its database damaged.
extern "C" void _Exit(int status) noexcept {
    fmt::print("seed {}: the process ended itself with status {}\n", current_seed, status);
    std::fflush(stdout);
    _exit(status);
}

/// A sanitizer's report, or an event loop that waits for nothing.
extern "C" void tell_seed(int signal) {
    fmt::print("seed {}: the process ended itself with signal {}\n", current_seed, signal);
    std::fflush(stdout);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

int main(int count, char** words) {
    const auto wanted = parse(count, words);
    if (!wanted) {
        fmt::print(stderr, "./dev sim [--seed N | --seeds A..B] [--verbose]\n");
        return 2;
    }
    std::signal(SIGABRT, tell_seed);
    weft::sim::seed_random_bytes(0);
    weft::set_log_level(wanted->verbose ? weft::LogLevel::info : weft::LogLevel::off);
    spdlog::set_level(wanted->verbose ? spdlog::level::info : spdlog::level::off);
    return run(*wanted) == 0 ? 0 : 1;
}
