#include "cli/command_line.h"

#include "cli/completion.h"
#include "cli/version.h"

#include <cstdlib>

#include <CLI/CLI.hpp>

namespace weft::cli {

namespace {

constexpr const char* settings_footer =
    "Settings also come from the environment and from a settings file (weft.conf in the data\n"
    "directory, or --config); secrets only from those. `weft settings` shows all with what holds.";

constexpr const char* run_footer =
    "Exit codes: 0 completed, 1 failed or waiting for a person, 2 wrong usage, package or\n"
    "file, 3 server or data directory cannot be used, 130 stopped by Ctrl-C.";

constexpr const char* user_footer =
    "Without a running server: on the data directory or, with --store, its database, in the\n"
    "organization of the first start; reset-password and end-sessions then reach every account.\n"
    "Else through the server, with a key of an owner in WEFT_API_KEY, in that key's organization.\n"
    "Exit codes: 0 done, 2 wrong usage, 3 directory or server cannot be used or refuses.";

constexpr const char* audit_footer =
    "No server may hold the directory: stop it, or verify a copy. Keep what is printed\n"
    "elsewhere: a log that was replaced by an old copy of itself is whole, but ends earlier.\n"
    "Exit codes: 0 every row is as it was written, 1 one was changed, is missing or out of\n"
    "order, 2 wrong usage, 3 directory or database cannot be used.";

constexpr const char* transfer_footer =
    "Exit codes: 0 done, 2 wrong usage, or the server does not take what it is asked or given,\n"
    "3 server, file or data directory cannot be used.";

constexpr const char* secrets_footer =
    "A server that holds the directory is asked, with the key in WEFT_API_KEY; it needs no\n"
    "restart. Exit codes: 0 done, 2 wrong usage or key, 3 directory or server cannot be used or\n"
    "refused.";

constexpr const char* plan_footer =
    "A server that holds the directory is asked, with the key in WEFT_API_KEY; what is changed\n"
    "holds at once. docs/credits.md tells what the plans allow. Exit codes: 0 done, 2 wrong\n"
    "usage, 3 directory or server cannot be used or refused.";

constexpr const char* migrate_footer =
    "The directory is only read. A move that was broken off goes on when it is run again.\n"
    "Exit codes: 0 moved, now or before, 1 something there cannot be moved or did not arrive as\n"
    "it was, 2 wrong usage or master key, 3 directory or database cannot be used.";

/// The server that a command asks.
void add_place(CLI::App& command, Place& place, const char* key) {
    command.add_option("--server", place.server,
                       "Ask this server (URL) instead of a data directory");
    command.add_option("--api-key", place.api_key, key)->envname("WEFT_API_KEY");
}

} // namespace

CommandLine::CommandLine()
    : app("Weft runs AI coworkers on your own machine.", "weft"),
      serve(app.add_subcommand("serve", "Answer requests and run flows until stopped")),
      run(app.add_subcommand("run", "Run a packaged coworker on one document")),
      apikey(app.add_subcommand("apikey", "Create, list and revoke API keys")),
      apikey_create(apikey->add_subcommand("create", "Make a key; its secret is shown once")),
      apikey_list(apikey->add_subcommand("list", "Show the keys that there are")),
      apikey_revoke(apikey->add_subcommand("revoke", "End a key at once")),
      user(app.add_subcommand("user", "Look after the accounts of people")),
      user_list(user->add_subcommand("list", "Show who is in the organization")),
      user_add(user->add_subcommand(
          "add", "Make an account; asks for its password, or reads it from standard input")),
      user_set_role(user->add_subcommand("set-role", "Make somebody an admin or a member")),
      user_reset_password(user->add_subcommand(
          "reset-password", "Print a token or link that sets a new password, once, within a day")),
      user_end_sessions(user->add_subcommand("end-sessions", "Sign somebody out everywhere")),
      audit(app.add_subcommand("audit", "Examine the log of who changed what")),
      audit_verify(audit->add_subcommand("verify", "Look whether every row is as it was written")),
      export_(app.add_subcommand("export", "Write a project to a file, without its secrets")),
      import_(app.add_subcommand("import", "Make a project of such a file")),
      secrets(app.add_subcommand("secrets", "Replace the keys that protect stored secrets")),
      secrets_rotate_master(secrets->add_subcommand(
          "rotate-master", "Replace the master key, also while servers run")),
      secrets_rotate_data_keys(secrets->add_subcommand(
          "rotate-data-keys", "Encrypt the secrets of projects anew with new keys")),
      secrets_status(secrets->add_subcommand("status", "Show how far that is")),
      plan(app.add_subcommand("plan", "Give organizations plans and credits")),
      plan_list(plan->add_subcommand("list", "Show all organizations with their plans")),
      plan_show(plan->add_subcommand("show", "Show an organization's plan and what is used of it")),
      plan_set(plan->add_subcommand("set", "Give an organization a plan, or other limits")),
      plan_top_up(plan->add_subcommand("top-up", "Add credits that do not end")),
      migrate(app.add_subcommand("migrate", "Move a data directory's data to PostgreSQL")),
      doctor(app.add_subcommand("doctor", "Look for what is wrong here and say how to mend it")),
      settings(app.add_subcommand("settings", "Show every setting and where its value is from")),
      completion(app.add_subcommand("completion", "Print a script that completes commands")),
      help(app.add_subcommand("help", "Explain a command")) {
    app.set_version_flag("--version", version_text(), "Show version, commit, build and SQLite");
    app.require_subcommand(1);
    app.footer("`weft help COMMAND` explains one command.");
    define_serve();
    define_run();
    define_apikey();
    define_user();
    define_audit();
    define_transfer();
    define_secrets();
    define_plan();
    define_migrate();
    define_others();
}

void CommandLine::add_settings(CLI::App& command, Which which) {
    for (const server::Setting& setting : server::settings_table()) {
        if (setting.is_secret) continue; // command lines are visible to every user of the machine
        if (setting.is_for_serving && which == Which::working) continue;
        const std::string_view name = setting.name;
        if (which == Which::directory && name != "data") continue;
        if (which == Which::data && name != "data" && name != "store" &&
            !name.starts_with("master-key-"))
            continue;
        SettingFlag& given = setting_flags_.emplace_back(SettingFlag{&setting, nullptr, {}});
        const std::string flag = std::string("--") + setting.name;
        const std::string sentence = fmt::format("{} [{}, default {}]", setting.sentence,
                                                 setting.environment, setting.unset);
        given.option = setting.flag ? command.add_flag(flag, given.on, sentence)
                                    : command.add_option(flag, given.text, sentence);
    }
    command.add_option("--config", config_file_,
                       "Settings file [WEFT_CONFIG, default weft.conf in the data directory]");
}

server::SettingSources CommandLine::sources() const {
    server::SettingSources sources{{}, config_file_, &std::getenv};
    for (const SettingFlag& given : setting_flags_)
        if (given.option->count() > 0)
            sources.flags[given.setting->name] =
                given.setting->flag ? (given.on ? "on" : "off") : given.text;
    if (migrate->parsed()) sources.flags["data"] = migrate_options.from;
    return sources;
}

void CommandLine::define_serve() {
    add_settings(*serve, Which::all);
    serve->footer(settings_footer);
}

void CommandLine::define_run() {
    RunOptions& options = run_options;
    run->add_option("package", options.package_directory, "Directory of the packaged coworker")
        ->required();
    run->add_option("--file", options.file,
                    "The document to work on (default: the package's sample)");
    run->add_option("--goal", options.goal, "What to achieve (default: the flow's own goal)");
    run->add_option("--model", options.model,
                    "provider/name for every agent, such as openai/gpt-4o-mini");
    run->add_option("--server", options.server,
                    "Run on this server (URL) instead of one inside this process");
    run->add_option("--api-key", options.api_key, "Key for --server")->envname("WEFT_API_KEY");
    run->add_option("--project", options.project,
                    "Project on --server (default: the key's only one)");
    run->add_flag("--json", options.json, "Print one JSON object a step, and the result last");
    add_settings(*run, Which::working);
    run->footer(run_footer);
}

void CommandLine::define_apikey() {
    apikey->require_subcommand(1);
    ApiKeyOptions& options = apikey_options;
    apikey_create->add_option("--name", options.name, "What the key is for")->required();
    apikey_create->add_option("--role", options.role,
                              "What it may do: viewer, operator, editor or owner (default viewer)");
    apikey_create->add_option("--project", options.project,
                              "The only project it may enter (default: all)");
    apikey_create->add_option("--expires", options.expires,
                              "When it ends: a date such as 2027-01-31, or 12h, 30d, 8w from now "
                              "(default: never)");
    apikey_revoke->add_option("id", options.id, "The key's id, as `weft apikey list` shows it")
        ->required();
    for (CLI::App* command : {apikey_create, apikey_list, apikey_revoke}) {
        add_place(*command, options, "Key for the server");
        command->add_flag("--json", options.json, "Print JSON");
        add_settings(*command, Which::directory);
    }
}

void CommandLine::define_user() {
    user->require_subcommand(1);
    user->footer(user_footer);
    UserOptions& options = user_options;
    for (CLI::App* command : {user_add, user_set_role, user_reset_password, user_end_sessions})
        command->add_option("email", options.email, "The address of the account")->required();
    user_add->add_option("--name", options.name, "As others see him (default: the address)");
    user_add->add_flag("--admin", options.is_admin, "An admin, not a member");
    user_set_role->add_option("role", options.role, "admin or member")->required();
    for (CLI::App* command :
         {user_list, user_add, user_set_role, user_reset_password, user_end_sessions}) {
        add_place(*command, options, "Key for the server");
        command->add_flag("--json", options.json, "Print JSON");
        add_settings(*command, Which::data);
    }
}

void CommandLine::define_audit() {
    audit->require_subcommand(1);
    audit_verify->add_flag("--json", audit_options.json, "Print JSON");
    add_settings(*audit_verify, Which::data);
    audit_verify->footer(audit_footer);
}

void CommandLine::define_transfer() {
    TransferOptions& options = transfer_options;
    export_->add_option("--project", options.project, "Which project (default: the only one)");
    export_->add_flag("--records", options.records, "With the records of its tables");
    export_->add_option("--output", options.output, "The file (default: stdout)");
    import_->add_option("file", options.file, "What `weft export` has written")->required();
    import_->add_option("--name", options.name, "The project's name (default: as in the file)");
    import_->add_flag("--json", options.json, "Print JSON");
    for (CLI::App* command : {export_, import_}) {
        add_place(*command, options, "Key for the server: an owner's");
        add_settings(*command, Which::directory);
        command->footer(transfer_footer);
    }
}

void CommandLine::define_secrets() {
    secrets->require_subcommand(1);
    SecretsOptions& options = secrets_options;
    secrets_rotate_master->add_option("--new-master-key-file", options.new_file,
                                      "File with the new key (or WEFT_NEW_MASTER_KEY; default: a "
                                      "random one in master.key)");
    secrets_rotate_master->add_option("--new-master-key-command", options.new_command,
                                      "Program that prints the new key");
    secrets_rotate_data_keys->add_option("--project", options.project,
                                         "The only project whose key is replaced (default: all)");
    for (CLI::App* command : {secrets_rotate_master, secrets_rotate_data_keys, secrets_status}) {
        add_place(*command, options, "Key of an owner of the organization");
        command->add_flag("--json", options.json, "Print JSON");
        add_settings(*command, Which::data);
        command->footer(secrets_footer);
    }
}

void CommandLine::define_plan() {
    plan->require_subcommand(1);
    PlanOptions& options = plan_options;
    for (CLI::App* command : {plan_show, plan_set, plan_top_up})
        command->add_option("--organization", options.organization,
                            "Whose (default: the one of the first start, or of the key)");
    plan_set->add_option("--plan", options.plan, "self_hosted, trial, starter or team");
    plan_set->add_option("--limit", options.limits,
                         "NAME=NUMBER, NAME=none or NAME=plan: one limit that differs from the "
                         "plan's, such as number_of_projects or subscription_credits");
    plan_set->add_option("--cycle-start", options.cycle_start,
                         "A new billing cycle begins on this day, today at the latest");
    plan_set->add_option("--trial-end", options.trial_end, "A date, or none");
    plan_set->add_option("--support-end", options.support_end, "A date, or none");
    plan_set->add_option("--subscription-id", options.subscription_id,
                         "Your words for what was agreed, or none");
    plan_top_up->add_option("credits", options.credits, "How many, whole ones")->required();
    plan_top_up->add_option("--note", options.note, "What they are for");
    for (CLI::App* command : {plan_list, plan_show, plan_set, plan_top_up}) {
        add_place(*command, options, "Key of an owner of an organization");
        command->add_flag("--json", options.json, "Print JSON");
        add_settings(*command, Which::data);
        command->footer(plan_footer);
    }
}

void CommandLine::define_migrate() {
    MigrateOptions& options = migrate_options;
    migrate->add_option("--from", options.from, "The data directory")->required();
    migrate->add_option("--to", options.to,
                        "postgres://user@host/database, an empty one (default: the setting store, "
                        "from WEFT_STORE or weft.conf, where a password is seen by nobody)");
    migrate->add_flag("--json", options.json, "Print JSON");
    migrate->add_option("--config", config_file_,
                        "Settings file [WEFT_CONFIG, default weft.conf in the data directory]");
    migrate->footer(migrate_footer);
}

void CommandLine::define_others() {
    doctor->add_flag("--json", doctor_options.json, "Print JSON");
    doctor->add_flag("--deep", doctor_options.deep, "Read the whole database and check it");
    doctor->add_flag("--online", doctor_options.online,
                     "Also try to reach the models' services whose address is set");
    add_settings(*doctor, Which::all);
    doctor->footer("Exit codes: 0 nothing is wrong (warnings at most), 1 a problem was found.");

    settings->add_flag("--json", settings_options.json, "Print JSON");
    settings->add_flag("--markdown", settings_options.markdown,
                       "Print the table of docs/settings.md");
    add_settings(*settings, Which::all);

    completion->add_option("shell", shell, "bash, zsh or fish")->required();
    completion->footer(completion_footer);
    help->add_option("command", help_topic, "The command, such as: apikey create");
}

} // namespace weft::cli
