// Checks of what lies on this machine: programs, directory, disk, database.
#include "cli/doctor_checks.h"

#include "cli/version.h"
#include "http/versions.h"
#include "store/move.h"

#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace weft::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t free_inodes_few = 10'000;
constexpr std::int64_t fsync_us_slow = 50'000;

/// Filesystems whose locks or syncs a database cannot rely on, by their number in statfs(2).
constexpr std::pair<std::uint32_t, const char*> network_filesystems[] = {
    {0x6969, "NFS"},     {0xFF534D42, "CIFS"}, {0xFE534D42, "SMB 2"},
    {0x01021997, "9p"},  {0x65735546, "FUSE"}, {0x00C36400, "Ceph"},
    {0x5346414F, "AFS"}, {0x47504653, "GPFS"}, {0x0BD00BD0, "Lustre"},
};

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

/// The directory itself, or the nearest above it that is there.
fs::path nearest_there(fs::path path) {
    std::error_code ignored;
    path = fs::absolute(path, ignored);
    while (!is_there(path) && path.has_relative_path()) path = path.parent_path();
    return path;
}

void check_mode(const fs::path& path, unsigned wanted, Findings& findings) {
    struct stat about{};
    if (stat(path.c_str(), &about) != 0) return;
    const unsigned mode = about.st_mode & 0777U;
    if ((mode & 077U) != 0)
        findings.push_back({Health::problem, "permissions",
                            fmt::format("others may reach {} (mode {:04o})", path.string(), mode),
                            fmt::format("chmod {:04o} {}", wanted, path.string())});
    if (about.st_uid != geteuid() && geteuid() != 0)
        findings.push_back(
            {Health::problem, "permissions",
             fmt::format("{} belongs to another user (number {})", path.string(), about.st_uid),
             "Run Weft as that user, or give the directory to this one."});
}

/// How long one write takes to reach the disk, in microseconds; none: it cannot be tried.
std::optional<std::int64_t> fsync_us(const fs::path& directory) {
    std::string name = (directory / ".weft-doctor-XXXXXX").string();
    const int file = mkostemp(name.data(), O_CLOEXEC);
    if (file < 0) return std::nullopt;
    std::int64_t best = std::numeric_limits<std::int64_t>::max();
    bool fine = true;
    for (int i = 0; i < 5 && fine; ++i) {
        const std::int64_t begun = monotonic_us();
        fine = write(file, "weft", 4) == 4 && fsync(file) == 0;
        best = std::min(best, monotonic_us() - begun);
    }
    close(file);
    unlink(name.c_str());
    return fine ? std::optional(best) : std::nullopt;
}

} // namespace

std::string size_text(std::uint64_t bytes) {
    return bytes >> 30 ? fmt::format("{:.1f} GiB", double(bytes) / double(1U << 30))
                       : fmt::format("{} MiB", bytes >> 20);
}

void check_clock(const Patient& patient, const store::Facts& facts, Findings& findings) {
    constexpr Instant plausible_from{1'767'225'600'000'000}; // 2026-01-01: before this version
    if (patient.now < plausible_from)
        findings.push_back({Health::problem, "clock",
                            "this machine's clock says " + to_iso8601(patient.now),
                            "Set the clock (timedatectl set-ntp true): schedules and keys depend "
                            "on it."});
    else if (facts.newest && *facts.newest > patient.now + microseconds(seconds(1)))
        findings.push_back({Health::problem, "clock",
                            fmt::format("the clock says {}, but the newest data was made at {}",
                                        to_iso8601(patient.now), to_iso8601(*facts.newest)),
                            "Set the clock right (timedatectl set-ntp true) before Weft starts."});
    else
        findings.push_back(
            {Health::ok, "clock", to_iso8601(patient.now) + ", not behind the data"});
}

void check_keys(const store::Facts& facts, Findings& findings) {
    const std::string sentence =
        fmt::format("{} of {} API keys have not expired", facts.keys_valid, facts.keys);
    if (facts.organizations > 0 && facts.keys_valid == 0)
        findings.push_back({Health::problem, "keys", sentence,
                            "weft apikey create --name NAME --role owner (while no server runs)"});
    else
        findings.push_back({Health::ok, "keys", sentence});
}

void check_versions(const Patient&, Findings& findings) {
    findings.push_back({Health::ok, "versions",
                        fmt::format("{}, needs SQLite {} or later; {}", version_text(),
                                    store::sqlite_version_min(), http::client_library_versions())});
    if (is_there("/usr/share/zoneinfo/UTC") || is_there("/usr/share/zoneinfo/Etc/UTC"))
        findings.push_back({Health::ok, "time zones", "they are in /usr/share/zoneinfo"});
    else
        findings.push_back({Health::warning, "time zones", "there is no /usr/share/zoneinfo",
                            "apt-get install tzdata, so that schedules may name a time zone."});
}

void check_directory(const Patient& patient, Findings& findings) {
    const fs::path directory = patient.settings.data;
    std::error_code error;
    if (!is_there(directory)) {
        const fs::path above = nearest_there(directory);
        const bool can_make = access(above.c_str(), W_OK) == 0;
        findings.push_back({can_make ? Health::ok : Health::problem, "data directory",
                            directory.string() + " is not there yet" +
                                (can_make ? "; the first start makes it" : ""),
                            can_make ? ""
                                     : fmt::format("This user may not write in {}: choose another "
                                                   "with --data.",
                                                   above.string())});
        return;
    }
    if (!fs::is_directory(directory, error)) {
        findings.push_back({Health::problem, "data directory",
                            directory.string() + " is not a directory",
                            "Choose another with --data."});
        return;
    }
    if (access(directory.c_str(), R_OK | W_OK | X_OK) != 0)
        findings.push_back({Health::problem, "data directory",
                            "this user may not write in " + directory.string(),
                            "Give this user the right to, or choose another with --data."});
    check_mode(directory, 0700, findings);
    check_mode(directory / "master.key", 0600, findings);
    const auto& holder = patient.holder;
    std::string who = "nobody holds it";
    if (holder) who = fmt::format("process {} holds it", holder->process);
    if (holder && !holder->address.empty()) who += " and answers at " + holder->address;
    findings.push_back({Health::ok, "data directory", directory.string() + "; " + who});
}

void check_disk(const Patient& patient, Findings& findings) {
    const fs::path place = nearest_there(patient.settings.data);
    struct statvfs space{};
    struct statfs kind{};
    if (statvfs(place.c_str(), &space) != 0 || statfs(place.c_str(), &kind) != 0) {
        findings.push_back({Health::problem, "disk",
                            fmt::format("{} cannot be examined: {}", place.string(),
                                        std::generic_category().message(errno)),
                            "Mend the file system, or choose another directory with --data."});
        return;
    }
    for (const auto& [number, name] : network_filesystems)
        if (static_cast<std::uint32_t>(kind.f_type) == number)
            findings.push_back({Health::warning, "disk",
                                fmt::format("{} is on {}, whose locks and syncs may not hold",
                                            place.string(), name),
                                "Keep the data directory on a disk of this machine."});
    const std::uint64_t bytes = std::uint64_t(space.f_bavail) * space.f_frsize;
    const Health health = bytes < free_bytes_least ? Health::problem
                          : bytes < free_bytes_few ? Health::warning
                                                   : Health::ok;
    findings.push_back({health, "disk", size_text(bytes) + " free",
                        health == Health::ok ? "" : "Make room: a full disk stops all runs."});
    if (space.f_files > 0 && space.f_favail < free_inodes_few)
        findings.push_back({Health::warning, "disk",
                            fmt::format("room for {} more files only", space.f_favail),
                            "Remove files, or use a file system with more inodes."});
    if (const auto took_us = fsync_us(place))
        findings.push_back(
            {*took_us > fsync_us_slow ? Health::warning : Health::ok, "disk",
             fmt::format("a synced write takes {:.1f} ms", double(*took_us) / 1000),
             *took_us > fsync_us_slow ? "Every step waits for one: use a faster disk." : ""});
}

void check_database(const Patient& patient, Findings& findings) {
    if (!patient.settings.store.empty()) return check_postgres(patient, findings);
    if (const auto moved = store::moved_away(patient.settings.data))
        findings.push_back(
            {Health::problem, "database", *moved,
             "Start with --store or WEFT_STORE; what follows is about the old data."});
    const auto facts = store::facts_of(patient.settings.data, patient.now);
    if (!facts && facts.error().code == Code::not_found) {
        check_clock(patient, {}, findings);
        findings.push_back({Health::ok, "database", "there is none yet; the first start makes it"});
        return;
    }
    if (!facts) {
        findings.push_back({Health::problem, "database", facts.error().message,
                            "Restore the data directory from a copy, or ask for help with the "
                            "output of weft doctor --deep."});
        return;
    }
    check_clock(patient, *facts, findings);
    check_keys(*facts, findings);
    if (!patient.options.deep) {
        findings.push_back({Health::ok, "database", "it can be read (--deep checks all of it)"});
        return;
    }
    const auto whole = store::integrity_of(patient.settings.data);
    if (whole && *whole == "ok")
        findings.push_back({Health::ok, "database", "all of it was read and is whole"});
    else
        findings.push_back({Health::problem, "database", whole ? *whole : whole.error().message,
                            "Stop Weft, keep a copy of the directory, and restore an older one."});
}

} // namespace weft::cli
