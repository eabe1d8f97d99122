#include "cli/command_line.h"
#include "cli/completion.h"
#include "cli/serve_command.h"

#include <cstdio>

#include <CLI/CLI.hpp>

namespace {

using namespace weft;

constexpr int wrong_usage = 2;

int refuse(const std::string& why) {
    std::fprintf(stderr, "weft: %s\n", why.c_str());
    return wrong_usage;
}

int print_help(const cli::CommandLine& line) {
    const CLI::App* command = &line.app;
    for (const std::string& word : line.help_topic) {
        const auto below = command->get_subcommands([](const CLI::App*) { return true; });
        const auto found =
            std::ranges::find(below, word, [](auto* each) { return each->get_name(); });
        if (found == below.end()) return refuse(cli::no_such_command(*command, word));
        command = *found;
    }
    // App::help() would explain `weft help` itself, the command that was parsed.
    const std::string text = command->get_formatter()->make_help(command, cli::path_of(*command),
                                                                 CLI::AppFormatMode::Normal);
    std::fputs(text.c_str(), stdout);
    return 0;
}

int print_completion(const cli::CommandLine& line) {
    const auto script = cli::completion_script(line.app, line.shell);
    if (!script) return refuse(script.error().message);
    std::fputs(script->c_str(), stdout);
    return 0;
}

/// Carries out the command that was typed.
int dispatch(const cli::CommandLine& line) {
    if (line.help->parsed()) return print_help(line);
    if (line.completion->parsed()) return print_completion(line);
    const auto settings = server::gather(line.sources());
    if (line.doctor->parsed()) return cli::examine(settings, line.doctor_options);
    if (!settings) return refuse(settings.error().message);
    if (line.settings->parsed()) return cli::show_settings(*settings, line.settings_options);
    if (line.serve->parsed()) return cli::serve(settings->values);
    if (line.export_->parsed()) return cli::export_project(*settings, line.transfer_options);
    if (line.import_->parsed()) return cli::import_project(*settings, line.transfer_options);
    if (line.migrate->parsed()) return cli::migrate(*settings, line.migrate_options);
    if (line.audit_verify->parsed()) return cli::verify_audit(*settings, line.audit_options);
    if (line.user_list->parsed()) return cli::list_users(*settings, line.user_options);
    if (line.user_add->parsed()) return cli::add_user(*settings, line.user_options);
    if (line.user_set_role->parsed()) return cli::set_user_role(*settings, line.user_options);
    if (line.user_reset_password->parsed())
        return cli::reset_user_password(*settings, line.user_options);
    if (line.user_end_sessions->parsed())
        return cli::end_user_sessions(*settings, line.user_options);
    if (line.secrets_rotate_master->parsed())
        return cli::rotate_master(*settings, line.secrets_options);
    if (line.secrets_rotate_data_keys->parsed())
        return cli::rotate_data_keys(*settings, line.secrets_options);
    if (line.secrets_status->parsed()) return cli::show_secrets(*settings, line.secrets_options);
    if (line.plan_list->parsed()) return cli::list_plans(*settings, line.plan_options);
    if (line.plan_show->parsed()) return cli::show_plan(*settings, line.plan_options);
    if (line.plan_set->parsed()) return cli::set_plan(*settings, line.plan_options);
    if (line.plan_top_up->parsed()) return cli::top_up(*settings, line.plan_options);
    if (line.apikey_create->parsed()) return cli::create_key(*settings, line.apikey_options);
    if (line.apikey_list->parsed()) return cli::list_keys(*settings, line.apikey_options);
    if (line.apikey_revoke->parsed()) return cli::revoke_key(*settings, line.apikey_options);
    return static_cast<int>(
        cli::run_package(line.run_options, settings->values, settings->is_given("data")));
}

} // namespace

int main(int argc, char** argv) {
    cli::CommandLine line;
    try { // CLI11 reports by exceptions; this is their border
        line.app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return line.app.exit(error); // --help, --version
        std::fprintf(stderr, "%s\n", cli::explain(error, line.app).c_str());
        return wrong_usage;
    }
    return dispatch(line);
}
