#pragma once

#include "cli/place.h"

#include <cstdint>

namespace weft::cli {

struct PlanOptions : Place {
    std::string organization;        ///< whose; empty: the first
    std::string plan;                ///< its name; empty: as it is
    std::vector<std::string> limits; ///< "number_of_projects=5", "=none", "=plan"
    std::string cycle_start;         ///< a date; empty: cycles stay as they are
    std::string trial_end;           ///< a date or "none"; empty: as it is, and so the next two
    std::string support_end;
    std::string subscription_id;
    std::int64_t credits = 0; ///< of top-up
    std::string note;
    bool json = false;
};

/// `weft plan list|show|set|top-up`: on the data itself when no server holds the directory, else
/// through the server, by orders that are sealed under the master key. Return the exit code: 0
/// done, 2 wrong usage, 3 directory or server cannot be used or refused.
int list_plans(const server::GatheredSettings& settings, const PlanOptions& options);
int show_plan(const server::GatheredSettings& settings, const PlanOptions& options);
int set_plan(const server::GatheredSettings& settings, const PlanOptions& options);
int top_up(const server::GatheredSettings& settings, const PlanOptions& options);

} // namespace weft::cli
