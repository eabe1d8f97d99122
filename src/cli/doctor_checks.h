#pragma once

#include "cli/doctor_command.h"
#include "store/inspect.h"

namespace weft::cli {

enum class Health { ok, warning, problem };

/// One thing that was looked at.
struct Finding {
    Health health = Health::ok;
    std::string what;      ///< "data directory"
    std::string sentence;  ///< what was found
    std::string mend = {}; ///< what to do about it; empty when nothing is wrong
};

/// What the checks look at.
struct Patient {
    const server::Settings& settings;
    const DoctorOptions& options;
    std::optional<store::Holder> holder; ///< who has the data directory
    Instant now;
};

using Findings = std::vector<Finding>;

// Each adds what it found.
void check_versions(const Patient& patient, Findings& findings);
void check_directory(const Patient& patient, Findings& findings);
void check_disk(const Patient& patient, Findings& findings);
void check_database(const Patient& patient, Findings& findings); ///< with clock and keys
void check_postgres(const Patient& patient, Findings& findings); ///< instead, with `store` given
void check_entrance(const Patient& patient, Findings& findings); ///< TLS, and who may read along
void check_port(const Patient& patient, Findings& findings);
void check_models(const Patient& patient, Findings& findings);
void check_process(const Patient& patient, Findings& findings); ///< limits, environment

// Of what a database of either kind holds.
void check_clock(const Patient& patient, const store::Facts& facts, Findings& findings);
void check_keys(const store::Facts& facts, Findings& findings);
/// "3.2 GiB"
std::string size_text(std::uint64_t bytes);
constexpr std::uint64_t free_bytes_least = std::uint64_t{100} << 20; ///< below it: a problem
constexpr std::uint64_t free_bytes_few = std::uint64_t{1} << 30;     ///< below it: a warning

} // namespace weft::cli
