#include "server/settings_gather.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace weft::server {

namespace fs = std::filesystem;

namespace {

using Variables = std::map<std::string, std::string>;

/// A data directory, and what gather reads.
class SettingsGather : public ::testing::Test {
protected:
    SettingsGather() {
        std::string name = (fs::temp_directory_path() / "weft-test-XXXXXX").string();
        if (!mkdtemp(name.data())) ADD_FAILURE() << "no temporary directory";
        directory_ = name;
    }
    ~SettingsGather() override { fs::remove_all(directory_); }

    fs::path write(const std::string& text, fs::perms mode = fs::perms::owner_read) {
        const fs::path path = directory_ / "weft.conf";
        fs::remove(path);
        std::ofstream(path) << text;
        fs::permissions(path, mode);
        return path;
    }
    Result<GatheredSettings> gathered(const Variables& variables, SettingSources sources = {}) {
        sources.environment = [&variables](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? nullptr : found->second.c_str();
        };
        if (!sources.flags.contains("data")) sources.flags["data"] = directory_;
        return gather(sources);
    }
    std::string refusal(const Variables& variables, SettingSources sources = {}) {
        const auto result = gathered(variables, std::move(sources));
        return result ? "accepted" : result.error().message;
    }

    fs::path directory_;
};

} // namespace

TEST_F(SettingsGather, a_flag_wins_over_the_environment_and_that_over_the_file) {
    const fs::path file = write("# ours\n\n threads = 2 \nlog-level=error\nlisten = 127.0.0.1:1\n");
    SettingSources flags;
    flags.flags["listen"] = "127.0.0.1:3";
    const Variables variables{{"WEFT_LOG_LEVEL", "warn"}, {"WEFT_LISTEN", "127.0.0.1:2"}};
    const auto all = gathered(variables, flags);
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(all->values.threads, 2);
    EXPECT_EQ(all->values.log_level, "warn");
    EXPECT_EQ(all->values.listen, "127.0.0.1:3");
    EXPECT_FALSE(all->values.allow_private_network);
    EXPECT_EQ(all->origins.at("threads").place, "line 3 of " + file.string());
    EXPECT_EQ(all->origins.at("log-level").place, "environment variable WEFT_LOG_LEVEL");
    EXPECT_EQ(all->origins.at("listen").place, "flag --listen");
    EXPECT_FALSE(all->is_given("allow-private-network"));
    EXPECT_EQ(all->file, file.string());
}

TEST_F(SettingsGather, each_setting_can_be_given_by_file_and_by_environment) {
    for (const Setting& setting : settings_table()) {
        const std::string name = setting.name;
        if (name == "data") continue;
        std::string value = setting.number ? "7" : setting.flag ? "on" : "info";
        for (const std::string candidate :
             {"https://x.example", "postgres://db.example/weft", "127.0.0.1:9",
              "0123456789abcdef01234567", "openai=5/7", "10.0.0.0/8", "smtp://mail.example",
              "weft@example.org", "example.org", "trial", "off"})
            if (setting.is_good && !setting.is_good(value)) value = candidate;
        if (setting.is_good && !setting.is_good(value)) value = std::string(64, 'a');
        write(name + " = " + value + "\n");
        const auto by_file = gathered({});
        ASSERT_TRUE(by_file) << by_file.error().message;
        EXPECT_EQ(value_of(by_file->values, setting), value) << name;
        write("");
        const Variables variables{{setting.environment, value}};
        const auto by_environment = gathered(variables);
        ASSERT_TRUE(by_environment) << by_environment.error().message;
        EXPECT_EQ(value_of(by_environment->values, setting), value) << name;
    }
}

TEST_F(SettingsGather, a_wrong_value_is_told_with_setting_source_value_and_bounds) {
    struct Case {
        Variables variables;
        const char* says;
    };
    const Case cases[] = {
        {{{"WEFT_THREADS", "many"}},
         "The setting threads (environment variable WEFT_THREADS) is \"many\" but must be a whole "
         "number from 0 to 64."},
        {{{"WEFT_THREADS", "65"}},
         "The setting threads (environment variable WEFT_THREADS) is \"65\" but must be a whole "
         "number from 0 to 64."},
        {{{"WEFT_LISTEN", "8470"}},
         "The setting listen (environment variable WEFT_LISTEN) is \"8470\" but must be an address "
         "and a port, such as 127.0.0.1:8470."},
        {{{"WEFT_LISTEN", "127.0.0.1:70000"}},
         "The setting listen (environment variable WEFT_LISTEN) is \"127.0.0.1:70000\" but must be "
         "an address and a port, such as 127.0.0.1:8470."},
        {{{"WEFT_KEY_IN_QUERY", "perhaps"}},
         "The setting key-in-query (environment variable WEFT_KEY_IN_QUERY) is \"perhaps\" but "
         "must be on or off (also 1 or 0, true or false)."},
        {{{"OLLAMA_BASE_URL", "localhost:11434"}},
         "The setting ollama-base-url (environment variable OLLAMA_BASE_URL) is "
         "\"localhost:11434\" but must be an address that begins with http:// or https://."},
        {{{"WEFT_MASTER_KEY", "not-so-secret"}},
         "The setting master-key (environment variable WEFT_MASTER_KEY) must be 64 hex digits."},
    };
    for (const Case& each : cases) EXPECT_EQ(refusal(each.variables), each.says);
}

TEST_F(SettingsGather, a_wrong_line_of_the_file_is_named) {
    const std::string file = (directory_ / "weft.conf").string();
    struct Case {
        const char* text;
        std::string says;
    };
    const Case cases[] = {
        {"threads = 2\nthread = 3\n", "There is no setting thread (line 2 of " + file +
                                          "). Did you mean threads? `weft settings` lists all."},
        {"banana = 3\n",
         "There is no setting banana (line 1 of " + file + "). `weft settings` lists all."},
        {"threads 2\n", "A settings file has one `name = value` a line; line 1 of " + file +
                            " is something else."},
        {"threads = 1\nthreads = 2\n",
         "The setting threads stands twice in the file (line 2 of " + file + ")."},
        {"\nthreads =\n", "The setting threads (line 2 of " + file +
                              ") is \"\" but must be a whole number from 0 to 64."},
        {"data = /elsewhere\n",
         file + " lies in the data directory, so it cannot set data: take that line out."},
    };
    for (const Case& each : cases) {
        write(each.text);
        SettingSources sources;
        EXPECT_EQ(refusal({{"WEFT_DATA", directory_}}, sources), each.says);
    }
}

TEST_F(SettingsGather, secrets_in_a_file_that_others_may_read_are_refused) {
    const fs::path file =
        write("openai-api-key = sk-not-real\n", fs::perms::owner_read | fs::perms::group_read);
    const std::string why = refusal({});
    EXPECT_EQ(why, "The setting openai-api-key (line 1 of " + file.string() +
                       ") is a secret, and others may read the file: chmod 600 " + file.string() +
                       ".");
    write("openai-api-key = sk-not-real\n");
    EXPECT_EQ(gathered({})->values.openai_api_key, "sk-not-real");
}

TEST_F(SettingsGather, a_named_file_must_be_there_and_may_set_the_data_directory) {
    SettingSources sources;
    sources.config_file = (directory_ / "absent").string();
    EXPECT_NE(refusal({}, sources).find("Cannot read the settings file"), std::string::npos);
    const fs::path named = directory_ / "named";
    std::ofstream(named) << "data = /somewhere\nthreads = 3\n";
    const Variables variables{{"WEFT_CONFIG", named}};
    SettingSources no_data;
    no_data.environment = [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    };
    const auto all = gather(no_data);
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(all->values.data, "/somewhere");
    EXPECT_EQ(all->values.threads, 3);
}

} // namespace weft::server
