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
void check_port(const Patient& patient, Findings& findings);
void check_models(const Patient& patient, Findings& findings);
void check_process(const Patient& patient, Findings& findings); ///< limits, environment

} // namespace weft::cli
