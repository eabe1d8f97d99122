// Reads samples ("name<TAB>value", one a line) from standard input and writes one table of
// RESULTS.md.
//   bench_report engine|server|people|ui|waiting|hold|postgres|suite
#include <algorithm>
#include <cstdio>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace weft::bench {

using Samples = std::map<std::string, std::vector<double>>;

/// Of the median, or of its ratio to what stands beside it.
enum class Bar { at_least, at_most, ratio_at_least, none };

struct Figure {
    const char* what = "";
    const char* sample = "";
    const char* unit = "";
    Bar bar = Bar::none;
    double limit = 0;
    const char* raw = nullptr; ///< the sample beside which it stands; nullptr: none
    const char* raw_what = "";
};

constexpr Figure engine_figures[] = {
    {"durable steps, 256 executions of 10 agents", "steps.per_s", "/s", Bar::at_least, 20'000,
     "raw.step.single_per_s", "SQLite, the same rows, a commit each"},
    {"the same", "steps.per_s", "/s", Bar::ratio_at_least, 5, "restate.steps_per_s",
     "Restate, 256 runs of 10 steps at once"},
    {"the same", "steps.per_s", "/s", Bar::none, 0, "raw.step.grouped_per_s",
     "SQLite, the same rows, 64 in a commit"},
    {"processor time of the server for a durable step", "steps.cpu_us", "µs"},
    {"one execution at a time, steps beside single commits, by turns", "single.ratio", "×",
     Bar::at_least, 0.6},
    {"the same", "single.per_s", "/s", Bar::none, 0, "single.raw_per_s",
     "SQLite, the same rows, a commit each"},
    {"start to finish of 3 steps, 50 started each second, p50", "latency.p50_ms", "ms",
     Bar::at_most, 4},
    {"the same, p99", "latency.p99_ms", "ms", Bar::at_most, 20},
    {"POST /execute_flow, no agents, 64 connections", "starts.per_s", "/s", Bar::at_least, 6'000,
     "raw.start.single_per_s", "SQLite, the same rows, a commit each"},
    {"the same", "starts.per_s", "/s", Bar::none, 0, "raw.start.grouped_per_s",
     "SQLite, the same rows, 64 in a commit"},
    {"the same", "starts.per_s", "/s", Bar::none, 0, "raw.fdatasync_per_s", "4 KiB and fdatasync"},
    {"the same", "starts.per_s", "/s", Bar::none, 0, "starts.health_per_s", "GET /health"},
    {"started and run to the end", "starts.completed_per_s", "/s"},
    {"processor time of the server for a start and its run", "starts.cpu_us", "µs"},
    {"approval sent to the next intent seen on the disk, p99 of 200", "approval.p99_ms", "ms",
     Bar::at_most, 10},
    {"the same, median", "approval.p50_ms", "ms"},
    {"stop acknowledged to model socket closed, 200 streaming at once, p99", "storm.p99_ms", "ms",
     Bar::at_most, 50},
    {"the same, median", "storm.p50_ms", "ms"},
    {"stop acknowledged to model socket closed, one by one, p99 of 200", "stop.p99_ms", "ms",
     Bar::at_most, 50, "close.p99_ms", "a plain socket closed, p99 of 200"},
    {"the same, median", "stop.p50_ms", "ms"},
    {"kill -9 with 100,000 open and 10,000 running: API up", "recovery.api_s", "s", Bar::at_most,
     2},
    {"the same, each that ran has its next intent on the disk", "recovery.resumed_s", "s",
     Bar::at_most, 6},
    {"the same, resident memory before the kill", "recovery.running_mb", "MB"},
    {"at rest: statements of the store", "idle.statements_per_s", "/s", Bar::at_most, 1},
    {"at rest: processor", "idle.cpu_percent", "%", Bar::at_most, 0.5},
};

constexpr Figure server_figures[] = {
    {"start on a directory with 500 executions to the first answer", "start.first_answer_ms", "ms",
     Bar::at_most, 150, "hello.first_answer_ms", "a server that does nothing else"},
    {"resident memory, idle after that start", "start.idle_mb", "MB", Bar::at_most, 40},
    {"stripped binary", "binary.mb", "MB", Bar::at_most, 40},
    {"GET /health, 64 connections, beside that server", "health.ratio", "×", Bar::at_least, 0.8},
    {"the same", "health.per_s", "/s", Bar::none, 0, "health.bare.per_s",
     "bare Beast, the same bytes"},
    {"processor time of the server for it", "health.cpu_us", "µs", Bar::none, 0,
     "health.bare.cpu_us", "bare Beast, the same bytes"},
    {"GET /task/{id}, two agents, with a key, beside that server", "task.ratio", "×", Bar::at_least,
     0.4},
    {"the same", "task.per_s", "/s", Bar::none, 0, "task.bare.per_s", "bare Beast, the same bytes"},
    {"processor time of the server for it", "task.cpu_us", "µs", Bar::none, 0, "task.bare.cpu_us",
     "bare Beast, the same bytes"},
    {"a record read by its id, with a key, beside that server", "record.ratio", "×", Bar::at_least,
     0.6},
    {"the same", "record.per_s", "/s", Bar::none, 0, "record.bare.per_s",
     "bare Beast and SQLite, the same row"},
    {"processor time of the server for it", "record.cpu_us", "µs", Bar::none, 0,
     "record.bare.cpu_us", "bare Beast and SQLite, the same row"},
    {"POST /llm/execute/calls adds, 50 at once, model of 20 ms, p50", "llm.p50_ms", "ms",
     Bar::at_most, 1.5, "llm.direct.p50_ms", "the direct call as a whole"},
    {"the same, p99", "llm.p99_ms", "ms", Bar::at_most, 8, "llm.direct.p99_ms",
     "the direct call as a whole"},
    {"processor time of the server for a call", "llm.cpu_us", "µs"},
    {"POST /llm/execute/calls adds, 50 at once, model of no time, p50", "llm_at_once.p50_ms", "ms",
     Bar::none, 0, "llm_at_once.direct.p50_ms", "the direct call as a whole"},
    {"the same, p99", "llm_at_once.p99_ms", "ms", Bar::none, 0, "llm_at_once.direct.p99_ms",
     "the direct call as a whole"},
    {"the same, calls", "llm_at_once.per_s", "/s"},
    {"first token sent by the model to the client's having it, p99 of 200", "token.p99_ms", "ms",
     Bar::at_most, 5, "token.direct.p99_ms", "without Weft between them"},
    {"the same, median", "token.p50_ms", "ms"},
};

constexpr Figure people_figures[] = {
    {"approval sent to the next intent seen on the disk, p99 of 200", "approval.p99_ms", "ms",
     Bar::at_most, 10},
    {"durable steps that ask a model with a price: with budgets at three levels beside without, by "
     "turns",
     "budget.share", "×", Bar::at_least, 0.95},
    {"the same", "budget.with_per_s", "/s", Bar::none, 0, "budget.without_per_s",
     "without budgets"},
    {"processor time of the server for such a step", "budget.with_cpu_us", "µs", Bar::none, 0,
     "budget.without_cpu_us", "without budgets"},
    {"the same on PostgreSQL, by turns", "postgres.budget.share", "×", Bar::at_least, 0.95},
    {"the same", "postgres.budget.with_per_s", "/s", Bar::none, 0, "postgres.budget.without_per_s",
     "without budgets"},
    {"processor time of the server for such a step", "postgres.budget.with_cpu_us", "µs", Bar::none,
     0, "postgres.budget.without_cpu_us", "without budgets"},
    {"the same, two nodes on one database, by turns", "postgres.budget.two_nodes.share", "×",
     Bar::at_least, 0.95},
    {"the same", "postgres.budget.two_nodes.with_per_s", "/s", Bar::none, 0,
     "postgres.budget.two_nodes.without_per_s", "without budgets"},
    {"processor time of the servers for such a step", "postgres.budget.two_nodes.with_cpu_us", "µs",
     Bar::none, 0, "postgres.budget.two_nodes.without_cpu_us", "without budgets"},
    {"a page of an inbox of a million items, p95 of the slowest filter", "inbox.slowest.p95_ms",
     "ms", Bar::at_most, 30},
    {"the same on PostgreSQL", "postgres.inbox.slowest.p95_ms", "ms", Bar::at_most, 30},
    {"a run starts that much later while another project floods 100,000, p99",
     "fairness.later_p99_ms", "ms", Bar::at_most, 50, "fairness.idle_p99_ms",
     "the start on an idle machine"},
};

constexpr Figure ui_figures[] = {
    {"first visit, over the wire", "ui.first_load.kb", "KB", Bar::at_most, 350},
    {"from the address to the list of coworkers, nothing in the cache", "ui.usable.ms", "ms",
     Bar::at_most, 900},
    {"a flow of 1,000 agents opens on the canvas", "ui.canvas_1000.open_ms", "ms", Bar::at_most,
     1'000},
    {"the same, panned", "ui.canvas_1000.pan_fps", "frames/s", Bar::at_least, 50},
    {"click on Stop to \"Stopping\"", "ui.stop.stopping_ms", "ms", Bar::at_most, 50},
    {"click on Stop to \"Stopped\", of a run that streams", "ui.stop.stopped_ms", "ms",
     Bar::at_most, 300},
    {"a task of five executions, of 1,000 steps each, opens", "ui.steps_5000.open_ms", "ms",
     Bar::at_most, 1'000},
    {"Lighthouse, sign-in: performance", "ui.lighthouse.sign_in.performance", "", Bar::at_least,
     95},
    {"accessibility", "ui.lighthouse.sign_in.accessibility", "", Bar::at_least, 100},
    {"Lighthouse, coworkers: performance", "ui.lighthouse.coworkers.performance", "", Bar::at_least,
     95},
    {"accessibility", "ui.lighthouse.coworkers.accessibility", "", Bar::at_least, 100},
    {"Lighthouse, builder: performance", "ui.lighthouse.builder.performance", "", Bar::at_least,
     95},
    {"accessibility", "ui.lighthouse.builder.accessibility", "", Bar::at_least, 100},
};

constexpr Figure waiting_figures[] = {
    {"executions that wait", "waiting.executions", ""},
    {"resident memory above that before them", "waiting.above_idle_mb", "MB", Bar::at_most, 60},
    {"disk for each, all files of the data directory", "waiting.disk_bytes", "bytes", Bar::at_most,
     2'048},
    {"processor while they wait", "waiting.cpu_percent", "%"},
    {"to start all of them and have them wait", "waiting.seconds", "s"},
};

constexpr Figure hold_figures[] = {
    {"longest time one write held the writer", "hold.ms", "ms", Bar::at_most, 10},
    {"stores that were opened and closed", "hold.stores", ""},
    {"writes", "hold.writes", ""},
};

constexpr Figure postgres_figures[] = {
    {"durable steps, 256 executions of 10 agents", "postgres.steps.per_s", "/s", Bar::at_least,
     8'000, "steps.per_s", "Weft on SQLite"},
    {"the same", "postgres.steps.per_s", "/s", Bar::ratio_at_least, 5, "dbos.steps_per_s",
     "DBOS, 256 workflows of 10 steps at once"},
    {"the same", "postgres.steps.per_s", "/s", Bar::none, 0, "postgres.raw.single_per_s",
     "PostgreSQL, the same rows, a commit each"},
    {"the same", "postgres.steps.per_s", "/s", Bar::none, 0, "postgres.raw.grouped_per_s",
     "PostgreSQL, the same rows, 100 in a commit"},
    {"the same, in a commit", "postgres.steps.writes_per_commit", "", Bar::none, 0,
     "steps.writes_per_commit", "Weft on SQLite"},
    {"processor time of the server for a durable step", "postgres.steps.cpu_us", "µs", Bar::none, 0,
     "steps.cpu_us", "Weft on SQLite"},
    {"resident memory of the server after them", "postgres.steps.resident_mb", "MB", Bar::none, 0,
     "steps.resident_mb", "Weft on SQLite"},
    {"256 executions at once beside one at a time, which is a commit for each step",
     "postgres.steps.per_s", "/s", Bar::none, 0, "postgres.single.per_s",
     "one execution at a time"},
    {"one execution at a time, steps beside single commits, by turns", "postgres.single.ratio",
     "×"},
    {"the same", "postgres.single.per_s", "/s", Bar::none, 0, "postgres.single.raw_per_s",
     "PostgreSQL, the same rows, a commit each"},
    {"start to finish of 3 steps, 50 started each second, p50", "postgres.latency.p50_ms", "ms",
     Bar::at_most, 15, "latency.p50_ms", "Weft on SQLite"},
    {"the same, p99", "postgres.latency.p99_ms", "ms", Bar::at_most, 60, "latency.p99_ms",
     "Weft on SQLite"},
    {"at rest: statements of the store, without beats", "postgres.idle.statements_per_s", "/s",
     Bar::at_most, 1, "idle.statements_per_s", "Weft on SQLite"},
    {"the same: transactions as PostgreSQL counts them, its vacuum's included",
     "postgres.idle.transactions_per_s", "/s", Bar::at_most, 1},
    {"at rest: processor of the server", "postgres.idle.cpu_percent", "%", Bar::none, 0,
     "idle.cpu_percent", "Weft on SQLite"},
    {"at rest: resident memory of the server", "postgres.idle.resident_mb", "MB", Bar::none, 0,
     "idle.resident_mb", "Weft on SQLite"},
    {"memory of the cluster at the end of a round, shared pages once", "postgres.cluster_mb", "MB"},
    {"last tenth of many steps while a snapshot is held open, beside without", "bloat.ratio", "×",
     Bar::at_least, 0.8},
    {"the same", "bloat.held_per_s", "/s", Bar::none, 0, "bloat.plain_per_s",
     "without that transaction"},
};

constexpr Figure suite_figures[] = {
    {"the test programs that run on both, on PostgreSQL", "suite.postgres_s", "s", Bar::none, 0,
     "suite.sqlite_s", "the same programs on SQLite"},
    {"test programs", "suite.programs", ""},
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
    const char* space = *unit == '/' || *unit == 0 ? "" : " ";
    if (sorted.size() == 1) return fmt::format("{}{}{}", number(sorted[0]), space, unit);
    return fmt::format("**{}**{}{} ({} to {}; {})", number(median(sorted)), space, unit,
                       number(sorted.front()), number(sorted.back()), sorted.size());
}

bool is_met(const Figure& figure, double value, double ratio) {
    switch (figure.bar) {
    case Bar::at_least: return value >= figure.limit;
    case Bar::at_most: return value <= figure.limit;
    case Bar::ratio_at_least: return ratio >= figure.limit;
    case Bar::none: break;
    }
    return true;
}

std::string bar(const Figure& figure) {
    if (figure.bar == Bar::none) return "";
    if (figure.bar == Bar::ratio_at_least) return fmt::format("ratio ≥ {}", number(figure.limit));
    const char* space = *figure.unit == '/' ? "" : " ";
    return fmt::format("{} {}{}{}", figure.bar == Bar::at_least ? "≥" : "≤", number(figure.limit),
                       space, figure.unit);
}

void write_row(const Samples& samples, const Figure& figure) {
    const auto found = samples.find(figure.sample);
    if (found == samples.end()) return;
    const double value = median(found->second);
    const auto raw = figure.raw ? samples.find(figure.raw) : samples.end();
    if (figure.bar == Bar::ratio_at_least && raw == samples.end()) return;
    double ratio = 0;
    std::string beside;
    if (raw != samples.end()) {
        ratio = value / median(raw->second);
        beside = fmt::format("{}: {}", figure.raw_what, shown(raw->second, figure.unit));
    }
    const char* verdict = figure.bar == Bar::none        ? ""
                          : is_met(figure, value, ratio) ? "met"
                                                         : "**missed**";
    fmt::print("| {} | {} | {} | {} | {} | {} |\n", figure.what, bar(figure),
               shown(found->second, figure.unit), verdict, beside,
               raw != samples.end() ? fmt::format("{:.2f}", ratio) : "");
}

void write_table(const Samples& samples, std::span<const Figure> figures) {
    fmt::print("| figure | bar | median (least to most; samples) | verdict | "
               "beside it, in the same run | ratio "
               "|\n|---|---|---|---|---|---|\n");
    for (const Figure& figure : figures) write_row(samples, figure);
}

std::span<const Figure> figures_of(std::string_view part) {
    if (part == "engine") return engine_figures;
    if (part == "people") return people_figures;
    if (part == "ui") return ui_figures;
    if (part == "waiting") return waiting_figures;
    if (part == "hold") return hold_figures;
    if (part == "postgres") return postgres_figures;
    if (part == "suite") return suite_figures;
    return server_figures;
}

} // namespace weft::bench

int main(int count, char** arguments) {
    using namespace weft::bench;
    write_table(read_samples(), figures_of(count > 1 ? arguments[1] : "server"));
}
