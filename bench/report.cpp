// Reads samples ("name<TAB>value", one a line) from standard input and writes the table of
// RESULTS.md.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace weft::bench {

using Samples = std::map<std::string, std::vector<double>>;

enum class Bar { at_least, at_most, none };

struct Figure {
    const char* what;
    const char* sample;
    const char* unit;
    Bar bar;
    double limit;
    const char* raw; ///< the sample beside which it stands; nullptr: none
    const char* raw_what;
};

constexpr Figure figures[] = {
    {"start on a directory with 500 executions to the first answer", "start.first_answer_ms", "ms",
     Bar::at_most, 150, "hello.first_answer_ms", "a server that does nothing else"},
    {"resident memory, idle after that start", "start.idle_mb", "MB", Bar::at_most, 40, nullptr,
     ""},
    {"stripped binary", "binary.mb", "MB", Bar::at_most, 40, nullptr, ""},
    {"POST /execute_flow, no agents, 64 connections", "starts.per_s", "/s", Bar::at_least, 4'000,
     "raw.start.single_per_s", "SQLite, the same rows, a commit each"},
    {"the same", "starts.per_s", "/s", Bar::none, 0, "raw.start.grouped_per_s",
     "SQLite, the same rows, 64 in a commit"},
    {"the same", "starts.per_s", "/s", Bar::none, 0, "raw.fdatasync_per_s", "4 KiB and fdatasync"},
    {"the same", "starts.per_s", "/s", Bar::none, 0, "starts.health_per_s", "GET /health"},
    {"started and run to the end", "starts.completed_per_s", "/s", Bar::none, 0, nullptr, ""},
    {"processor time of the server for a start and its run", "starts.cpu_us", "µs", Bar::none, 0,
     nullptr, ""},
    {"durable steps, 256 executions of 10 agents", "steps.per_s", "/s", Bar::at_least, 10'000,
     "raw.step.single_per_s", "SQLite, the same rows, a commit each"},
    {"the same", "steps.per_s", "/s", Bar::none, 0, "raw.step.grouped_per_s",
     "SQLite, the same rows, 64 in a commit"},
    {"processor time of the server for a durable step", "steps.cpu_us", "µs", Bar::none, 0, nullptr,
     ""},
    {"stop acknowledged to model socket closed, p99 of 200", "stop.p99_ms", "ms", Bar::at_most, 100,
     "close.p99_ms", "a plain socket closed, p99 of 200"},
    {"the same, median", "stop.p50_ms", "ms", Bar::none, 0, nullptr, ""},
    {"GET /health, 64 connections, beside that server", "health.ratio", "×", Bar::at_least, 0.8,
     nullptr, ""},
    {"the same", "health.per_s", "/s", Bar::none, 0, "health.bare.per_s",
     "bare Beast, the same bytes"},
    {"processor time of the server for it", "health.cpu_us", "µs", Bar::none, 0,
     "health.bare.cpu_us", "bare Beast, the same bytes"},
    {"GET /task/{id}, two agents, with a key, beside that server", "task.ratio", "×", Bar::at_least,
     0.4, nullptr, ""},
    {"the same", "task.per_s", "/s", Bar::none, 0, "task.bare.per_s", "bare Beast, the same bytes"},
    {"processor time of the server for it", "task.cpu_us", "µs", Bar::none, 0, "task.bare.cpu_us",
     "bare Beast, the same bytes"},
    {"a record read by its id, with a key, beside that server", "record.ratio", "×", Bar::at_least,
     0.6, nullptr, ""},
    {"the same", "record.per_s", "/s", Bar::none, 0, "record.bare.per_s",
     "bare Beast and SQLite, the same row"},
    {"processor time of the server for it", "record.cpu_us", "µs", Bar::none, 0,
     "record.bare.cpu_us", "bare Beast and SQLite, the same row"},
    {"POST /llm/execute/calls adds, 50 at once, model of 20 ms, p50", "llm.p50_ms", "ms",
     Bar::at_most, 1.5, "llm.direct.p50_ms", "the direct call as a whole"},
    {"the same, p99", "llm.p99_ms", "ms", Bar::at_most, 8, "llm.direct.p99_ms",
     "the direct call as a whole"},
    {"processor time of the server for a call", "llm.cpu_us", "µs", Bar::none, 0, nullptr, ""},
    {"POST /llm/execute/calls adds, 50 at once, model of no time, p50", "llm_at_once.p50_ms", "ms",
     Bar::none, 0, "llm_at_once.direct.p50_ms", "the direct call as a whole"},
    {"the same, p99", "llm_at_once.p99_ms", "ms", Bar::none, 0, "llm_at_once.direct.p99_ms",
     "the direct call as a whole"},
    {"the same, calls", "llm_at_once.per_s", "/s", Bar::none, 0, nullptr, ""},
    {"first token sent by the model to the client's having it, p99 of 200", "token.p99_ms", "ms",
     Bar::at_most, 5, "token.direct.p99_ms", "without Weft between them"},
    {"the same, median", "token.p50_ms", "ms", Bar::none, 0, nullptr, ""},
};

Samples read_samples() {
    Samples samples;
    char name[128];
    double value = 0;
    while (std::scanf("%127s %lf", name, &value) == 2) samples[name].push_back(value);
    for (auto& [each, values] : samples) std::ranges::sort(values);
    return samples;
}

double median(const std::vector<double>& sorted) {
    const std::size_t middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

std::string number(double value) {
    if (value < 10) return fmt::format("{:.2f}", value);
    if (value < 100) return fmt::format("{:.1f}", value);
    const std::string digits = fmt::format("{:.0f}", value);
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
        out += digits[i];
    }
    return out;
}

std::string shown(const std::vector<double>& sorted, const char* unit) {
    const char* space = *unit == '/' ? "" : " ";
    if (sorted.size() == 1) return fmt::format("{}{}{}", number(sorted[0]), space, unit);
    return fmt::format("**{}**{}{} ({} to {}; {})", number(median(sorted)), space, unit,
                       number(sorted.front()), number(sorted.back()), sorted.size());
}

std::string verdict(const Figure& figure, double value) {
    if (figure.bar == Bar::none) return "";
    const bool met = figure.bar == Bar::at_least ? value >= figure.limit : value <= figure.limit;
    return met ? "met" : "**missed**";
}

std::string bar(const Figure& figure) {
    if (figure.bar == Bar::none) return "";
    const char* space = *figure.unit == '/' ? "" : " ";
    return fmt::format("{} {}{}{}", figure.bar == Bar::at_least ? "≥" : "≤", number(figure.limit),
                       space, figure.unit);
}

void write_table(const Samples& samples) {
    fmt::print("| figure | bar | median (least to most; samples) | verdict | "
               "the machine's own, in the same run | ratio "
               "|\n|---|---|---|---|---|---|\n");
    for (const Figure& figure : figures) {
        const auto found = samples.find(figure.sample);
        if (found == samples.end()) continue;
        const double value = median(found->second);
        std::string beside;
        std::string ratio;
        if (const auto raw = figure.raw ? samples.find(figure.raw) : samples.end();
            raw != samples.end()) {
            beside = fmt::format("{}: {}", figure.raw_what, shown(raw->second, figure.unit));
            ratio = fmt::format("{:.2f}", value / median(raw->second));
        }
        fmt::print("| {} | {} | {} | {} | {} | {} |\n", figure.what, bar(figure),
                   shown(found->second, figure.unit), verdict(figure, value), beside, ratio);
    }
}

} // namespace weft::bench

int main() { weft::bench::write_table(weft::bench::read_samples()); }
