#include "cli/migrate_command.h"

#include "base/log.h"
#include "server/master_key_source.h"
#include "store/move.h"
#include "store/reach.h"
#include "json/json.h"

#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace weft::cli {

namespace {

constexpr int not_whole = 1;
constexpr int wrong_usage = 2;
constexpr int unusable = 3;
constexpr seconds told_each_s{1};

int complain(const Error& error) {
    std::fprintf(stderr, "weft migrate: %s\n", error.message.c_str());
    if (!error.log_text.empty() && !error.message.contains(error.log_text))
        std::fprintf(stderr, "  (%s)\n", error.log_text.c_str());
    if (error.code == Code::malformed || error.code == Code::internal) return not_whole;
    return error.code == Code::invalid ? wrong_usage : unusable;
}

const char* word(store::MoveStep::Doing doing) {
    switch (doing) {
    case store::MoveStep::Doing::looking: return "looking through";
    case store::MoveStep::Doing::copying: return "copying";
    case store::MoveStep::Doing::comparing: return "comparing";
    }
    return "";
}

/// What is being done, on stderr, once a second from the first second on.
class Teller {
public:
    void tell(const store::MoveStep& step) {
        const std::int64_t now_us = monotonic_us();
        if (now_us - told_us_ < microseconds(told_each_s).count()) return;
        told_us_ = now_us;
        std::fprintf(stderr, "%s\n",
                     fmt::format("{} {}: {} rows, {} MiB", word(step.doing), step.table, step.rows,
                                 step.bytes >> 20)
                         .c_str());
    }

private:
    std::int64_t told_us_ = monotonic_us();
};

std::int64_t rows_of(const store::MoveReport& report) {
    std::int64_t rows = 0;
    for (const store::MovedTable& each : report.tables) rows += each.rows;
    return rows;
}

void print_json(const store::MoveReport& report) {
    json::array tables;
    for (const store::MovedTable& each : report.tables)
        tables.push_back({{"name", each.name}, {"rows", each.rows}, {"checksum", each.checksum}});
    json::array losses;
    for (const std::string& each : report.losses) losses.emplace_back(each);
    const json::value all{{"moved_to", report.place},
                          {"was_done_before", report.was_done_before},
                          {"rows", rows_of(report)},
                          {"tables", std::move(tables)},
                          {"files_without_bytes", std::move(losses)}};
    std::fprintf(stdout, "%s\n", to_text(all).c_str());
}

void print_text(const store::MoveReport& report, const MigrateOptions& options) {
    std::string text;
    if (report.was_done_before)
        text = fmt::format("The data of {} was moved to {} before: nothing was changed.\n",
                           options.from, report.place);
    else
        text = fmt::format("Moved to {}: {} tables with {} rows, compared with the directory's row "
                           "by row.\n",
                           report.place, report.tables.size(), rows_of(report));
    for (const std::string& each : report.losses)
        text += fmt::format("The file {} had no bytes in the directory.\n", each);
    text += fmt::format("Go on with: weft serve --data {} --store postgres://… (or WEFT_STORE).\n"
                        "The master key stays in {}/master.key: keep it. A Weft on another machine "
                        "needs it as WEFT_MASTER_KEY (64 hex digits: xxd -p -c 32 master.key).\n",
                        options.from, options.from);
    std::fputs(text.c_str(), stdout);
}

} // namespace

int migrate(const server::GatheredSettings& settings, const MigrateOptions& options) {
    const std::string to = options.to.empty() ? settings.values.store : options.to;
    if (!store::is_database_url(to))
        return complain({Code::invalid, "Say where to: --to postgres://user@host/database, or the "
                                        "same in WEFT_STORE."});
    set_log_level(LogLevel::off); // what it would say is said here
    SystemClock clock;
    Teller teller;
    const auto key = server::read_master_key(server::master_key_source(settings.values));
    if (!key) return complain(key.error());
    const auto report =
        store::move_to_postgres({options.from, to, *key}, clock,
                                [&teller](const store::MoveStep& step) { teller.tell(step); });
    if (!report) return complain(report.error());
    if (options.json)
        print_json(*report);
    else
        print_text(*report, options);
    return 0;
}

} // namespace weft::cli
