#include "cli/options.h"
#include "cli/run_command.h"
#include "cli/serve_command.h"

#include <cstdio>
#include <cstdlib>

#include <CLI/CLI.hpp>

namespace {

using namespace weft;

void define_run(CLI::App& run, cli::RunOptions& options) {
    run.add_option("package", options.package_directory, "Directory of the packaged coworker")
        ->required();
    run.add_option("--file", options.file,
                   "The document to work on (default: the package's sample)");
    run.add_option("--goal", options.goal, "What to achieve (default: the flow's own goal)");
    run.add_option("--model", options.model,
                   "provider/name for every agent, such as openai/gpt-4o-mini");
    run.add_option("--server", options.server,
                   "Run on this server (URL) instead of one inside this process");
    run.add_option("--api-key", options.api_key, "Key for --server")->envname("WEFT_API_KEY");
    run.add_option("--project", options.project,
                   "Project on --server (default: the key's only one)");
    run.add_flag("--json", options.json, "Print one JSON object a step, and the result last");
    run.footer(
        "Exit codes: 0 completed, 1 failed or waiting for a person, 2 wrong usage, package or\n"
        "file, 3 server or data directory cannot be used, 130 stopped by Ctrl-C.");
}

} // namespace

int main(int argc, char** argv) {
    auto settings = server::settings_from_environment();
    if (!settings) {
        std::fprintf(stderr, "weft: %s\n", settings.error().message.c_str());
        return 2;
    }
    CLI::App app{"Weft runs AI coworkers on your own machine."};
    app.set_version_flag("--version", "weft " WEFT_VERSION);
    app.require_subcommand(1);
    CLI::App* serve = app.add_subcommand("serve", "Answer requests and run flows until stopped");
    cli::add_settings(*serve, *settings, cli::Command::serve);
    serve->footer(cli::settings_help());
    CLI::App* run = app.add_subcommand("run", "Run a packaged coworker on one document");
    cli::RunOptions options;
    define_run(*run, options);
    cli::add_settings(*run, *settings, cli::Command::other);

    try { // CLI11 reports by exceptions; this is their border
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int shown = app.exit(error);
        return shown == 0 ? 0 : 2;
    }
    if (const auto checked = server::check(*settings); !checked) {
        std::fprintf(stderr, "weft: %s\n", checked.error().message.c_str());
        return 2;
    }
    if (serve->parsed()) return cli::serve(*settings);
    const bool data_was_given = run->get_option("--data")->count() > 0 || std::getenv("WEFT_DATA");
    return static_cast<int>(cli::run_package(options, *settings, data_was_given));
}
