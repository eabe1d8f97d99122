// Checks of what is around Weft: the port, the models' services, the limits of the process.
#include "cli/api_client.h"
#include "cli/doctor_checks.h"

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

std::string setting_or(const server::Settings& settings, std::string_view name) {
    for (const server::Setting& row : server::settings_table())
        if (row.name == name && row.text) return settings.*row.text;
    return {};
}

/// "openai", … : those with a row NAME-api-key in the table of settings.
std::vector<std::string> providers() {
    constexpr std::string_view ending = "-api-key";
    std::vector<std::string> names;
    for (const server::Setting& row : server::settings_table())
        if (const std::string_view name = row.name;
            row.is_secret && name.ends_with(ending) && !name.starts_with("bootstrap"))
            names.emplace_back(name.substr(0, name.size() - ending.size()));
    return names;
}

std::string address_of(const server::Settings& settings, const std::string& provider) {
    const std::string base = setting_or(settings, provider + "-base-url");
    return base.empty() ? setting_or(settings, provider + "-endpoint") : base;
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

/// The variables of the settings and those that commands read.
bool is_known_variable(std::string_view name) {
    for (const server::Setting& row : server::settings_table())
        if (name == row.environment) return true;
    return name == server::config_environment || name == "WEFT_API_KEY" ||
           name.starts_with("WEFT_TEST_");
}

} // namespace

void check_port(const Patient& patient, Findings& findings) {
    const std::string& listen = patient.settings.listen;
    if (listen.ends_with(":0")) {
        findings.push_back({Health::ok, "port", "a free one is taken at each start"});
        return;
    }
    if (patient.holder && patient.holder->address == listen) {
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
    for (const std::string& provider : providers()) {
        const bool has_key = !setting_or(patient.settings, provider + "-api-key").empty();
        const std::string address = address_of(patient.settings, provider);
        if (!has_key && address.empty()) {
            without.push_back(provider);
            continue;
        }
        findings.push_back({Health::ok, "models",
                            fmt::format("{}: {}{}", provider, has_key ? "has a key" : "has no key",
                                        address.empty() ? "" : ", at " + address)});
        if (is_loopback(address) && !patient.settings.allow_private_network &&
            patient.settings.allow_address.empty())
            findings.push_back(
                {Health::warning, "models",
                 fmt::format("{} is on this machine, which models may not reach", provider),
                 "Set allow-address to its address and port."});
        if (patient.options.online && !address.empty()) try_to_reach(provider, address, findings);
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
