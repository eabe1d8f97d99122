#pragma once

#include "cli/apikey_command.h"
#include "cli/audit_command.h"
#include "cli/doctor_command.h"
#include "cli/migrate_command.h"
#include "cli/plan_command.h"
#include "cli/run_command.h"
#include "cli/secrets_command.h"
#include "cli/settings_command.h"
#include "cli/transfer_command.h"
#include "cli/user_command.h"
#include "server/settings_gather.h"

#include <deque>

#include <CLI/App.hpp>

namespace weft::cli {

/// Everything that may be typed after `weft`. Parsing fills the members; help, completion and the
/// explanation of wrong usage derive from `app`. One per process; not moved, since `app` points
/// into it.
class CommandLine {
public:
    CommandLine();
    CommandLine(const CommandLine&) = delete;

    CLI::App app;
    CLI::App* serve;
    CLI::App* run;
    CLI::App* apikey;
    CLI::App* apikey_create;
    CLI::App* apikey_list;
    CLI::App* apikey_revoke;
    CLI::App* user;
    CLI::App* user_list;
    CLI::App* user_add;
    CLI::App* user_set_role;
    CLI::App* user_reset_password;
    CLI::App* user_end_sessions;
    CLI::App* audit;
    CLI::App* audit_verify;
    CLI::App* export_;
    CLI::App* import_;
    CLI::App* secrets;
    CLI::App* secrets_rotate_master;
    CLI::App* secrets_rotate_data_keys;
    CLI::App* secrets_status;
    CLI::App* plan;
    CLI::App* plan_list;
    CLI::App* plan_show;
    CLI::App* plan_set;
    CLI::App* plan_top_up;
    CLI::App* migrate;
    CLI::App* doctor;
    CLI::App* settings;
    CLI::App* completion;
    CLI::App* help;

    RunOptions run_options;
    ApiKeyOptions apikey_options;
    UserOptions user_options;
    AuditOptions audit_options;
    TransferOptions transfer_options;
    SecretsOptions secrets_options;
    PlanOptions plan_options;
    MigrateOptions migrate_options;
    DoctorOptions doctor_options;
    SettingsOptions settings_options;
    std::string shell;                   ///< of completion
    std::vector<std::string> help_topic; ///< the command that `weft help` explains

    /// Flags and --config as they were typed; the environment is the process's.
    server::SettingSources sources() const;

private:
    /// A flag of a setting as one command takes it.
    struct SettingFlag {
        const server::Setting* setting;
        const CLI::Option* option;
        std::string text;
        bool on = false;
    };
    enum class Which { all, working, directory, data };

    void add_settings(CLI::App& command, Which which);
    void define_serve();
    void define_run();
    void define_apikey();
    void define_user();
    void define_audit();
    void define_transfer();
    void define_secrets();
    void define_plan();
    void define_migrate();
    void define_others();

    std::deque<SettingFlag> setting_flags_; ///< a deque: options point to its elements
    std::string config_file_;
};

/// One sentence for what is wrong with the command line, beginning with the command: what is
/// missing, too much or unknown, with what was probably meant.
std::string explain(const CLI::ParseError& error, const CLI::App& app);
/// "weft apikey create"
std::string path_of(const CLI::App& command);
std::string no_such_command(const CLI::App& above, const std::string& word);

} // namespace weft::cli
