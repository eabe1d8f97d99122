#include "cli/doctor_command.h"

#include "cli/doctor_checks.h"
#include "json/json.h"

#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace weft::cli {

namespace {

const char* word(Health health) {
    switch (health) {
    case Health::ok: return "ok";
    case Health::warning: return "warning";
    case Health::problem: return "problem";
    }
    return "ok";
}

Findings all_findings(const Result<server::GatheredSettings>& gathered,
                      const DoctorOptions& options) {
    Findings findings;
    server::Settings settings;
    settings.data = server::default_data_directory();
    if (gathered) {
        settings = gathered->values;
        findings.push_back({Health::ok, "settings",
                            gathered->file.empty() ? "they can be read; there is no settings file"
                                                   : "they can be read, also " + gathered->file});
    } else {
        findings.push_back({Health::problem, "settings", gathered.error().message,
                            "Correct that value; until then the defaults are examined."});
    }
    const Patient patient{settings, options, store::holder_of(settings.data), SystemClock().now()};
    for (const auto check : {&check_versions, &check_directory, &check_disk, &check_database,
                             &check_entrance, &check_port, &check_models, &check_process})
        check(patient, findings);
    return findings;
}

void print_lines(const Findings& findings) {
    for (const Finding& each : findings) {
        std::string text =
            fmt::format("{:<8} {}: {}\n", word(each.health), each.what, each.sentence);
        if (!each.mend.empty()) text += fmt::format("         → {}\n", each.mend);
        std::fputs(text.c_str(), stdout);
    }
}

void print_json(const Findings& findings, bool is_well) {
    json::array checks;
    for (const Finding& each : findings)
        checks.push_back({{"check", each.what},
                          {"health", word(each.health)},
                          {"sentence", each.sentence},
                          {"mend", each.mend}});
    const json::value all{{"ok", is_well}, {"checks", std::move(checks)}};
    std::fprintf(stdout, "%s\n", to_text(all).c_str());
}

} // namespace

int examine(const Result<server::GatheredSettings>& settings, const DoctorOptions& options) {
    const Findings findings = all_findings(settings, options);
    const auto count = [&](Health health) {
        return std::ranges::count(findings, health, &Finding::health);
    };
    const bool is_well = count(Health::problem) == 0;
    if (options.json) {
        print_json(findings, is_well);
        return is_well ? 0 : 1;
    }
    print_lines(findings);
    std::fprintf(
        stdout, "%s\n",
        fmt::format("{} problems, {} warnings.", count(Health::problem), count(Health::warning))
            .c_str());
    return is_well ? 0 : 1;
}

} // namespace weft::cli
