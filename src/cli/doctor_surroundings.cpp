// Checks of what is around Weft: the port, the models' services, the limits of the process.
#include "cli/api_client.h"
#include "cli/doctor_checks.h"
#include "http/tls.h"
#include "server/entrance.h"
#include "server/model_settings.h"

#include <cstdlib>
#include <fstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <unistd.h>

namespace weft::cli {

namespace {

constexpr rlim_t descriptors_few = 1'024;
constexpr milliseconds answer_ms_max{3'000};
constexpr seconds renewal_due{14 * 24 * 3600}; ///< before a certificate ends

/// What one GET gets: the answer, or why there is none.
Result<http::ClientResponse> ask(const std::string& url) {
    http::IoThreads threads(1);
    http::Client client(threads);
    http::ClientRequest request;
    request.url = url;
    request.reach = http::Reach::anywhere; // the person set this address
    request.total_ms_max = answer_ms_max;
    threads.run();
    auto answer =
        asio::co_spawn(threads.at(0), client.fetch(std::move(request)), asio::use_future).get();
    client.stop();
    threads.stop();
    if (!answer) return fail(Code::unavailable, answer.error().message);
    return *answer;
}

void try_to_reach(const std::string& provider, const std::string& address, Findings& findings) {
    const auto answer = ask(address);
    if (answer)
        findings.push_back(
            {Health::ok, "models",
             fmt::format("{}: {} answers (HTTP {})", provider, address, answer->status)});
    else
        findings.push_back(
            {Health::problem, "models",
             fmt::format("{}: {} does not answer: {}", provider, address, answer.error().message),
             "Start that service, or correct the address in the settings."});
}

bool is_loopback(std::string_view address) {
    return address.contains("//127.") || address.contains("//localhost") ||
           address.contains("//[::1]");
}

void check_provider(const Patient& patient, const models::ProviderState& state,
                    Findings& findings) {
    if (!state.missing.empty()) {
        findings.push_back({Health::warning, "models",
                            state.name + " cannot be used: it " + state.missing,
                            "Set it, or take the rest of its settings away."});
        return;
    }
    const std::string at = state.address.empty() ? "" : ", at " + state.address;
    findings.push_back(
        {Health::ok, "models",
         fmt::format("{}: {}{}", state.name, state.has_key ? "has a key" : "has no key", at)});
    if (is_loopback(state.address) && !patient.settings.allow_private_network &&
        patient.settings.allow_address.empty())
        findings.push_back(
            {Health::warning, "models",
             fmt::format("{} is on this machine, which models may not reach", state.name),
             "Set allow-address to its address and port."});
    if (patient.options.online && !state.address.empty())
        try_to_reach(state.name, state.address, findings);
}

/// The variables of the settings and those that commands read.
bool is_known_variable(std::string_view name) {
    for (const server::Setting& row : server::settings_table())
        if (name == row.environment) return true;
    return name == server::config_environment || name == "WEFT_API_KEY" ||
           name.starts_with("WEFT_TEST_");
}

} // namespace

void check_entrance(const Patient& patient, Findings& findings) {
    const auto entrance = server::entrance_of(patient.settings);
    if (!entrance) {
        findings.push_back({Health::problem, "entrance", entrance.error().message,
                            "Until then `weft serve` does not begin."});
        return;
    }
    if (!entrance->tls) {
        findings.push_back({Health::ok, "entrance", "HTTP in clear at " + patient.settings.listen});
        return;
    }
    const Instant end = entrance->tls->expires_at();
    const bool is_over = end <= patient.now;
    const bool is_soon = end - patient.now < renewal_due;
    findings.push_back(
        {is_over   ? Health::problem
         : is_soon ? Health::warning
                   : Health::ok,
         "entrance",
         fmt::format("HTTPS; the certificate {} on {}", is_over ? "ended" : "ends",
                     to_iso8601(end).substr(0, std::string_view("2026-01-31").size())),
         is_soon ? "Renew it; a running server takes it up by itself." : ""});
}

void check_port(const Patient& patient, Findings& findings) {
    const std::string& listen = patient.settings.listen;
    if (listen.ends_with(":0")) {
        findings.push_back({Health::ok, "port", "a free one is taken at each start"});
        return;
    }
    if (patient.holder && patient.holder->address.ends_with("//" + listen)) {
        findings.push_back({Health::ok, "port",
                            listen + " is answered by the Weft that holds the data directory"});
        return;
    }
    const auto answer = ask("http://" + listen + "/health");
    if (!answer) {
        findings.push_back({Health::ok, "port", "nobody answers at " + listen});
        return;
    }
    const auto health = parse_json(answer->body);
    const bool is_weft = health && text_or(*health, "status") == "ok" && find(*health, "version");
    findings.push_back(
        {Health::problem, "port",
         fmt::format("{} answers at {}", is_weft ? "another Weft" : "something else", listen),
         "Stop it, or take another port with --listen."});
}

void check_models(const Patient& patient, Findings& findings) {
    findings.push_back({Health::ok, "models", "weft/rehearsal is built in"});
    std::vector<std::string> without;
    for (const auto& state : models::provider_states(server::model_settings(patient.settings))) {
        if (!state.has_key && state.address.empty())
            without.push_back(state.name);
        else
            check_provider(patient, state, findings);
    }
    if (!without.empty())
        findings.push_back(
            {Health::ok, "models", fmt::format("not set up: {}", fmt::join(without, ", "))});
}

void check_process(const Patient&, Findings& findings) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const bool few = limit.rlim_cur < descriptors_few;
    findings.push_back({few ? Health::warning : Health::ok, "open files",
                        fmt::format("this process may have {} open", limit.rlim_cur),
                        few ? "ulimit -n 65536 before the start: each connection takes one." : ""});
    for (char** each = environ; *each; ++each) {
        const std::string_view entry = *each;
        const std::string_view name = entry.substr(0, entry.find('='));
        if (name.starts_with("WEFT_") && !is_known_variable(name))
            findings.push_back({Health::warning, "environment",
                                fmt::format("there is no setting {}", name),
                                "`weft settings --json` lists the variables that there are."});
    }
}

} // namespace weft::cli
