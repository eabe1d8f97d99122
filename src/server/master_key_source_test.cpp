#include "server/master_key_source.h"

#include "server/child_output.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include <poll.h>
#include <sys/stat.h>

namespace weft::server {

namespace {

using testing::HasSubstr;
using testing::Not;

const std::string digits(64, 'c');

struct OwnDirectory {
    std::filesystem::path path;

    OwnDirectory() {
        std::string name = testing::TempDir() + "weft-test-XXXXXX";
        if (!mkdtemp(name.data())) ADD_FAILURE() << "no temporary directory";
        path = name;
    }
    ~OwnDirectory() { std::filesystem::remove_all(path); }
    OwnDirectory(const OwnDirectory&) = delete;
};

class MasterKeySources : public ::testing::Test {
protected:
    static Result<std::string> read(const std::string& given, const std::string& file,
                                    const std::string& command) {
        return read_master_key({given, file, command, {"KEY", "key-file", "key-command"}});
    }
    std::string file(const std::string& content, unsigned mode = 0600) {
        const auto path = (directory_.path / "key").string();
        std::ofstream(path, std::ios::binary) << content;
        ::chmod(path.c_str(), mode);
        return path;
    }
    static void expect(const Result<std::string>& read, Code code, const std::string& says) {
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, code);
        EXPECT_THAT(read.error().message, HasSubstr(says));
    }

    OwnDirectory directory_;
};

} // namespace

TEST_F(MasterKeySources, one_of_three_or_none) {
    EXPECT_EQ(read("", "", "").value(), "");
    EXPECT_EQ(read(digits, "", "").value(), digits);
    EXPECT_EQ(read("", file(digits + "\n"), "").value(), digits);
    EXPECT_EQ(read("", file(std::string(32, '\xcc')), "").value(), digits);
    EXPECT_EQ(read("", "", "echo " + digits).value(), digits);
    EXPECT_EQ(read("", "", R"(["printf", "%s\n", ")" + digits + "\"]").value(), digits);
    expect(read(digits, file(digits), ""), Code::invalid, "more than once: keep one of KEY,");
    expect(read("", file(digits), "echo"), Code::invalid, "more than once");
}

TEST_F(MasterKeySources, a_file_that_others_may_read_or_that_is_none_is_refused) {
    for (const unsigned mode : {0640U, 0604U, 0622U, 0660U})
        expect(read("", file(digits, mode), ""), Code::invalid, "others may read it: chmod 600");
    expect(read("", directory_.path / "absent", ""), Code::unavailable,
           "absent that key-file names");
    expect(read("", "/dev/zero", ""), Code::invalid, "no master key");
    const std::string secret = "not-a-key-but-secret";
    for (const std::string& content : {secret, std::string(63, 'c'), std::string(5'000, 'c')}) {
        expect(read("", file(content), ""), Code::invalid, "What key-file gives is no master key");
        EXPECT_THAT(read("", file(content), "").error().message, Not(HasSubstr(content)));
    }
}

TEST_F(MasterKeySources, a_program_that_fails_says_how_and_shows_nothing_that_it_printed) {
    expect(read("", "", "/nowhere/at/all"), Code::unavailable, "/nowhere/at/all cannot be started");
    expect(read("", "", R"(["sh", "-c", "echo s3cret; exit 3"])"), Code::unavailable,
           "ended with code 3");
    expect(read("", "", R"(["sh", "-c", "kill -9 $$"])"), Code::unavailable, "ended by signal 9");
    expect(read("", "", "echo s3cret"), Code::invalid, "key-command gives is no master key");
    EXPECT_THAT(read("", "", "echo s3cret").error().message, Not(HasSubstr("s3cret")));
    expect(read("", "", "yes"), Code::unavailable, "wrote too much");
    for (const char* wrong : {"[1]", "[", "[]", "  "})
        expect(read("", "", wrong), Code::invalid, "must be a program and its arguments");
    // No shell reads the words.
    expect(read("", "", "echo " + digits + " ; true"), Code::invalid, "no master key");
    expect(read("", "", "echo $HOME"), Code::invalid, "no master key");
}

TEST(ChildOutput, what_takes_too_long_is_killed_with_all_that_it_started) {
    const OwnDirectory directory;
    const std::string mark = directory.path / "pid";
    const auto late =
        output_of({"sh", "-c", "sleep 1000 & echo $! >" + mark + "; wait"}, milliseconds(300), 100);
    ASSERT_FALSE(late);
    EXPECT_THAT(late.error().message, HasSubstr("did not end within"));
    std::string pid;
    std::getline(std::ifstream(mark) >> std::ws, pid);
    const auto lives = [&pid] {
        std::string stat;
        std::getline(std::ifstream("/proc/" + pid + "/stat"), stat);
        return !stat.empty() && !stat.contains(") Z "); // it may wait for its new parent to look
    };
    for (int i = 0; i < 3'000 && lives(); ++i) ::poll(nullptr, 0, 10);
    EXPECT_FALSE(lives());
    EXPECT_EQ(output_of({"sh", "-c", "cat; echo end"}, seconds(20), 100).value(), "end\n");
}

} // namespace weft::server
