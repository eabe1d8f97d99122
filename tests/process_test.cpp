// The built `weft serve` on machines that are not as they should be: what it says, that it says
// what to do, and that nothing is lost.
#include "store/test_home.h"
#include "weft_process.h"
#include "whole_server.h"

#include <sqlite3.h>

namespace weft {

namespace {

constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";

struct Ended {
    int code = -1; ///< -1: it did not end
    std::string said;
};

class Process : public ::testing::Test {
protected:
    std::string data() const { return (home_.path() / "data").string(); }

    std::unique_ptr<testing::WeftProcess> start(const std::string& data,
                                                const std::string& listen = "127.0.0.1:0",
                                                std::vector<std::string> environment = {}) {
        environment.push_back(std::string("WEFT_BOOTSTRAP_API_KEY=") + key);
        return std::make_unique<testing::WeftProcess>(
            std::vector<std::string>{"serve", "--data", data, "--listen", listen},
            (home_.path() / fmt::format("out{}", ++started_)).string(), std::move(environment));
    }
    /// Starts one that is expected not to serve.
    Ended refused(const std::string& data, const std::string& listen = "127.0.0.1:0",
                  std::vector<std::string> environment = {}) {
        const auto process = start(data, listen, std::move(environment));
        const auto code = process->wait_a_minute();
        return {code.value_or(-1), process->output() + process->errors()};
    }
    static std::string url_of(const testing::WeftProcess& process) {
        std::string url = process.url();
        while (url.ends_with('\n')) url.pop_back();
        return url;
    }
    static void stop(testing::WeftProcess& process) {
        process.kill(SIGTERM);
        EXPECT_EQ(process.wait_a_minute(), 0);
    }
    /// A directory that has served, with one flow in it.
    void serve_once() {
        const auto process = start(data());
        testing::TestClient owner(url_of(*process), key);
        EXPECT_EQ(owner.post("/agentflow", {{"name", "kept"}}).status, 200);
        stop(*process);
    }
    /// It serves, and the flow is still there.
    void expect_kept() {
        const auto process = start(data());
        testing::TestClient owner(url_of(*process), key);
        EXPECT_NE(owner.get("/agentflows").text.find("\"kept\""), std::string::npos);
        stop(*process);
    }
    void execute(const std::string& sql) const {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open((data() + "/weft.db").c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(database);
    }

    static void expect(const Ended& ended, int code, const std::vector<std::string>& words) {
        EXPECT_EQ(ended.code, code) << ended.said;
        for (const std::string& word : words)
            EXPECT_NE(ended.said.find(word), std::string::npos) << word << "\n" << ended.said;
    }

    testing::TemporaryDirectory home_;
    int started_ = 0;
};

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}
void write_content(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

} // namespace

TEST_F(Process, addresses_that_it_cannot_listen_on) {
    for (const char* listen :
         {"", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "localhost:0",
          "[::1:0", "127.0.0.1:0x", "http://127.0.0.1:0"})
        expect(refused(data(), listen), 2, {"127.0.0.1:8470"});
    expect(refused(data(), "203.0.113.7:0", {"WEFT_INSECURE_LISTEN=1"}), 3,
           {"no address 203.0.113.7:0", "127.0.0.1"});
    const auto first = start(data());
    const std::string address = url_of(*first).substr(7);
    expect(refused(data() + "2", address), 3, {"already listens on " + address, "--listen"});
    stop(*first);
}

TEST_F(Process, directories_that_it_cannot_use) {
    const std::string file = (home_.path() / "file").string();
    write_content(file, "x");
    expect(refused(file), 3, {file, "is a file", "--data"});
    expect(refused(file + "/below"), 3, {file, "cannot be made", "--data"});
    EXPECT_EQ(content_of(file), "x");
    expect(refused("/proc/weft"), 3, {"/proc/weft", "--data"});

    const auto first = start(data());
    const std::string url = url_of(*first);
    expect(refused(data()), 3, {data(), "Another process", "--data"});
    EXPECT_EQ(testing::TestClient(url, "").get("/health").status, 200);
    stop(*first);
}

TEST_F(Process, a_read_only_disk) {
    const store::SmallDisk disk("size=4m,mode=0700");
    if (!disk.mounted) GTEST_SKIP() << "this process may not mount a file system";
    const std::string data = (disk.directory.path / "data").string();
    {
        const auto process = start(data);
        testing::TestClient owner(url_of(*process), key);
        EXPECT_EQ(owner.post("/agentflow", {{"name", "kept"}}).status, 200);
        stop(*process);
    }
    const auto remount = [&](unsigned long flags) {
        return mount("none", disk.directory.path.c_str(), "tmpfs", MS_REMOUNT | flags, nullptr) ==
               0;
    };
    ASSERT_TRUE(remount(MS_RDONLY));
    expect(refused(data), 3, {data, "--data"});
    expect(refused((disk.directory.path / "new").string()), 3, {"--data"});
    ASSERT_TRUE(remount(0));
    const auto process = start(data);
    testing::TestClient owner(url_of(*process), key);
    EXPECT_NE(owner.get("/agentflows").text.find("\"kept\""), std::string::npos);
    stop(*process);
}

TEST_F(Process, a_directory_of_somebody_else) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    const std::string theirs = (home_.path() / "theirs").string();
    std::filesystem::create_directory(theirs);
    ::chmod(theirs.c_str(), 0700);
    ::chmod(home_.path().c_str(), 0755);
    const std::string out = (home_.path() / "nobody").string();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const int log = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(log, 1);
        ::dup2(log, 2);
        if (::setgid(65'534) != 0 || ::setuid(65'534) != 0) ::_exit(99);
        ::execl(WEFT_BINARY, WEFT_BINARY, "serve", "--data", theirs.c_str(), "--listen",
                "127.0.0.1:0", nullptr);
        ::_exit(98);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WEXITSTATUS(status) >= 98) GTEST_SKIP() << "nobody may not run the program here";
    expect({WEXITSTATUS(status), content_of(out)}, 3, {theirs, "Permission denied", "--data"});
}

TEST_F(Process, a_master_key_that_is_lost_wrong_or_damaged) {
    serve_once();
    const std::string path = data() + "/master.key";
    const std::string right = content_of(path);
    ASSERT_EQ(right.size(), 32U);

    const std::string zeros = "WEFT_MASTER_KEY=" + std::string(64, '0');
    expect(refused(data(), "127.0.0.1:0", {zeros}), 2, {"not the one", "backup"});
    expect(refused(data(), "127.0.0.1:0", {"WEFT_MASTER_KEY=short"}), 2, {"64 hex"});
    write_content(path, right.substr(0, 31));
    expect(refused(data()), 2, {"master.key", "damaged", "backup"});
    write_content(path, std::string(32, 'x'));
    expect(refused(data()), 2, {"not the one", "backup"});
    std::filesystem::remove(path);
    expect(refused(data()), 2, {"master.key", "missing", "WEFT_MASTER_KEY"});
    EXPECT_FALSE(std::filesystem::exists(path))
        << "another key would hide that the right one is lost";
    write_content(path, right);
    expect_kept();
}

TEST_F(Process, a_database_that_is_newer_foreign_cut_or_damaged) {
    serve_once();
    const std::string path = data() + "/weft.db";
    execute("INSERT INTO schema_version (number, name, applied_at) VALUES (9999, 'x', 0)");
    expect(refused(data()), 3, {"newer version"});
    execute("DELETE FROM schema_version WHERE number = 9999");
    expect_kept();

    const std::string right = content_of(path);
    write_content(path, "This is a diary." + std::string(9'000, '.'));
    expect(refused(data()), 3, {"weft.db", "not a Weft database", "--data"});
    for (const std::size_t bytes : {right.size() / 2, right.size() - 4'096, std::size_t{4'096}}) {
        write_content(path, std::string_view(right).substr(0, bytes));
        expect(refused(data()), 3, {path, "damaged", "backup"});
    }
    std::string holed = right;
    for (std::size_t page = 1; page * 4'096 < holed.size(); ++page)
        std::fill_n(holed.begin() + static_cast<std::ptrdiff_t>(page * 4'096), 64, '\xEE');
    write_content(path, holed);
    expect(refused(data()), 3, {path, "damaged", "backup"});
    EXPECT_EQ(content_of(path), holed) << "nothing may be written over it";
    write_content(path, right);
    expect_kept();
}

/// Takes what is left of a disk; gives it back when it goes.
class Filler {
public:
    explicit Filler(const std::filesystem::path& directory) : path_(directory / "filler") {
        const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        for (std::size_t bytes : {65'536, 512, 1}) {
            const std::string zeros(bytes, '\0');
            while (::write(file, zeros.data(), bytes) > 0) {}
        }
        ::close(file);
    }
    ~Filler() { std::filesystem::remove(path_); }
    Filler(const Filler&) = delete;

private:
    std::filesystem::path path_;
};

TEST_F(Process, a_full_disk_refuses_what_is_new_and_keeps_what_was_acknowledged) {
    const store::SmallDisk disk("size=8m,mode=0700");
    if (!disk.mounted) GTEST_SKIP() << "this process may not mount a file system";
    const std::string data = (disk.directory.path / "data").string();
    {
        const Filler filler(disk.directory.path);
        expect(refused(data), 3, {""});
    }
    auto process = start(data);
    auto owner = std::make_unique<testing::TestClient>(url_of(*process), key);
    const json::value prompt{{"template", "Say what there is to say."}};
    const json::value agents =
        json::array{{{"title", "one"}, {"prompt", prompt}, {"next_agent", "two"}},
                    {{"title", "two"}, {"prompt", prompt}}};
    const auto flow = owner->post("/agentflow", {{"name", "kept"}, {"agents", agents}}).at("_id");
    std::vector<std::string> acknowledged;
    const auto start_run = [&] {
        auto reply = owner->post("/execute_flow", {{"agentflow_id", flow}});
        if (reply.status == 200) acknowledged.push_back(reply.at("_id"));
        return reply;
    };
    for (int i = 0; i < 20; ++i) EXPECT_EQ(start_run().status, 200);
    {
        const Filler filler(disk.directory.path); // while the runs are on their way
        testing::Reply last;
        for (int i = 0; i < 2'000 && last.status != 503; ++i) last = start_run();
        EXPECT_EQ(last.status, 503);
        EXPECT_EQ(last.at("code"), "unavailable");
        EXPECT_NE(last.at("detail").find("disk"), std::string::npos) << last.text;
        EXPECT_EQ(owner->post("/agentflow", {{"name", "lost"}}).status, 503);
        EXPECT_EQ(owner->get("/health").status, 200);
        EXPECT_EQ(owner->get("/agentflow/" + flow).status, 200);
        EXPECT_NE(process->errors().find("full"), std::string::npos) << process->errors();
    }
    // With room again it goes on by itself.
    testing::Reply again = start_run();
    for (int i = 0; i < 200 && again.status == 503; ++i) {
        usleep(50'000);
        again = start_run();
    }
    EXPECT_EQ(again.status, 200) << again.text;
    const auto all_end = [&] {
        for (const std::string& id : acknowledged) {
            std::string status;
            for (int i = 0; i < 1'200 && status != "completed"; ++i) {
                status = owner->get("/execute_flow/" + id).at("status");
                if (status != "completed") usleep(25'000);
            }
            EXPECT_EQ(status, "completed") << id;
        }
    };
    all_end();
    process->kill(SIGKILL);
    process->wait();
    process = start(data);
    owner = std::make_unique<testing::TestClient>(url_of(*process), key);
    all_end();
    EXPECT_EQ(int_or(owner->get("/agentflows").body, "total_count"), 1);
    stop(*process);
}

} // namespace weft
