#pragma once

#include "base/mutex.h"
#include "tests/support/kept_program.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct pg_conn; // of libpq

namespace weft::testing {

struct PostgresOptions {
    /// Off is enough for tests that only kill processes: what a process wrote is the kernel's and
    /// outlives it. Only a loss of power would lose it. So the cluster may lie in memory
    /// (/dev/shm, where there is plenty), and has little memory and a short log of its own. On: on
    /// the disk, as in production.
    enum class Fsync { off, on };
    Fsync fsync = Fsync::off;
    std::vector<std::pair<std::string, std::string>> settings = {}; ///< of postgresql.conf
};

/// A PostgreSQL 15 cluster of its own in a fresh folder, with UTF8, locale C and the superuser
/// `postgres`, who needs no password: by TCP on a free port of 127.0.0.1, and by a Unix socket. Run
/// by an ordinary user: `postgres` (or `nobody`) when the tests run as root. It ends, with its
/// folder, when this object goes or this process dies, however it dies (tools/postgres.sh).
///
/// Members throw InvariantBroken with the reason, and with `./dev setup` where that helps. They may
/// be called from any thread, but not while another stops or starts the cluster.
class PostgresCluster {
public:
    explicit PostgresCluster(const PostgresOptions& options = {});
    /// A cluster of somebody else on this machine, by the URL of a superuser. It goes on after
    /// this object, and cannot be stopped by it.
    explicit PostgresCluster(const std::string& url);
    ~PostgresCluster();
    PostgresCluster(const PostgresCluster&) = delete;
    PostgresCluster& operator=(const PostgresCluster&) = delete;

    /// One for the whole process, from its first use until exit: that of the environment variable
    /// WEFT_TEST_POSTGRES, which `./dev test` sets, or one of its own.
    static PostgresCluster& shared();

    // A `database` is a name, or the URL of a database of this cluster.
    std::string url(std::string_view database = "postgres") const; ///< by TCP
    std::string socket_url(std::string_view database) const;       ///< by Unix socket
    int port() const { return port_; }
    const std::string& socket_folder() const { return socket_folder_; }

    /// Makes a database with a name of its own and returns its URL by Unix socket: an empty one, or
    /// a copy of `model`, to which nobody may be connected meanwhile.
    std::string create_database(std::string_view model = {});
    void drop_database(std::string_view database); ///< throws its users out
    /// Ends all connections to it but the one that asks, and waits for their end; how many.
    int kill_backends(std::string_view database);
    /// Runs SQL. The last result as psql -At would write it: a row a line, columns parted by '|';
    /// or, without rows, what the server says: "UPDATE 3".
    std::string psql(std::string_view database, const std::string& sql) const;

    enum class Stop {
        fast,      ///< throws everybody out, writes all to the disk
        immediate, ///< as a crash; the next start recovers from the log
    };
    void stop(Stop how = Stop::immediate);
    void start(); ///< on the same port; returns when it answers
    /// The same, but does not wait: what follows is a stop(), perhaps in the middle of its
    /// recovery.
    void begin_start();
    /// What it has said since its last start.
    std::string log() const;

private:
    void take_answer();
    std::string manage(const std::string& sql);

    std::string folder_; ///< empty: somebody else's
    std::string socket_folder_;
    std::string user_ = "postgres";
    int port_ = 0;
    std::unique_ptr<KeptProgram> program_;
    Mutex mutex_;
    std::shared_ptr<pg_conn> manager_ GUARDED_BY(mutex_); ///< kept: a new one costs milliseconds
};

} // namespace weft::testing
