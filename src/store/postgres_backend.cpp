#include "store/postgres_backend.h"

#include "base/log.h"
#include "store/postgres_inspect.h"
#include "store/postgres_node.h"
#include "store/postgres_steps.h"
#include "store/readers.h"
#include "store/root_key.h"

#include <semaphore>

#include <libpq-fe.h>

namespace weft::store {

namespace {

constexpr int prepare_attempts_max = 20;
constexpr int readers_least = 4; ///< each waits for the network most of the time
constexpr int others = 3;        ///< writer, steps, lease

/// Gives back some of what this node, and nodes that are no more, have leased of budgets.
struct GiveBack final : WriteJob {
    explicit GiveBack(std::int64_t node) : node(node) {}
    bool run(Tx& tx) override {
        const auto given = postgres_budgets::give_back(tx, node);
        if (!given) refuse(given.error());
        there_may_be_more = given.value_or(false);
        return given.has_value();
    }
    void refuse(Error why) override {
        there_may_be_more = false;
        log_warning("What is leased of budgets was not given back: a later start does it.",
                    {{"why", why.message}});
    }

    const std::int64_t node;
    bool there_may_be_more = false;
};

class PostgresBackend final : public Backend {
public:
    PostgresBackend(std::unique_ptr<Reach> reach, std::int64_t node, const std::string& instance,
                    const Options& options, Clock& clock, IdMinter& minter)
        : reach_(std::move(reach)), node_id_(node), node_(*reach_, node, instance),
          readers_(connections(std::max(options.readers, readers_least)), Hands::own),
          writer_(*reach_, tally_, node, clock, minter),
          steps_(*reach_, tally_, writer_, node, clock, minter) {}
    ~PostgresBackend() override { drain(); }

    Result<> start() {
        TRY(node_.start());
        give_back();
        return {};
    }

    void read(ReadJob& job) override;
    bool read_inline(ReadJob&) override { return false; }
    void write(WriteJob& job) override;
    void commit(StepJob& job) override;
    bool is_shared() const override { return true; }
    std::int64_t node() const override { return node_id_; }
    void watch_nodes(NodeWatch watch) override { node_.watch(std::move(watch)); }
    bool holds_lease() const override { return node_.holds_lease(); }
    bool inbox_due() const override { return node_.inbox_due(); }
    void hint() override { node_.hint(); }
    microseconds writer_age() const override;
    WriterStats stats() const override { return tally_.stats(); }
    std::int64_t statements() const override;
    void drain() override;
    bool work_writes() override { return false; }
    bool work_reads() override { return false; }
    bool has_writes() const override { return false; }
    bool has_reads() const override { return false; }
    void abandon() override { CHECK(!"a store of another process cannot be abandoned"); }

private:
    std::vector<std::unique_ptr<Connection>> connections(int count) {
        std::vector<std::unique_ptr<Connection>> all;
        for (int i = 0; i < count; ++i)
            all.push_back(std::make_unique<PostgresConnection>(*reach_));
        return all;
    }

    void give_back();

    std::unique_ptr<Reach> reach_;
    std::int64_t node_id_;
    PostgresNode node_;
    Readers readers_;
    WriterTally tally_;
    PostgresWriter writer_;
    PostgresSteps steps_;
};

void PostgresBackend::read(ReadJob& job) {
    if (!reach_->away()) return readers_.submit(job);
    turn_away(job, database_away("it is away"));
}

void PostgresBackend::write(WriteJob& job) {
    if (reach_->away()) return turn_away(job, database_away("it is away"));
    if (!writer_.submit(job)) turn_away(job, shutting_down());
}

void PostgresBackend::commit(StepJob& job) {
    if (reach_->away()) return turn_away(job, database_away("it is away"));
    if (!steps_.submit(job)) turn_away(job, shutting_down());
}

microseconds PostgresBackend::writer_age() const {
    std::int64_t oldest_us = 0;
    for (const std::int64_t each : {writer_.oldest_us(), steps_.oldest_us()})
        if (each != 0 && (oldest_us == 0 || each < oldest_us)) oldest_us = each;
    return microseconds(oldest_us == 0 ? 0 : monotonic_us() - oldest_us);
}

std::int64_t PostgresBackend::statements() const {
    return node_.statements() + readers_.statements() + writer_.statements() + steps_.statements();
}

void PostgresBackend::give_back() {
    for (bool more = true; more;) {
        GiveBack job(node_id_);
        std::binary_semaphore ended(0);
        job.done = [&ended] { ended.release(); };
        if (!writer_.submit(job)) return;
        ended.acquire();
        more = job.there_may_be_more;
    }
}

/// Steps are passed on to the writer, which therefore ends after them.
void PostgresBackend::drain() {
    reach_->stop();
    readers_.stop();
    steps_.stop();
    give_back();
    writer_.stop();
    node_.stop();
}

/// Another node may be doing the same on a new database: who comes second into one of the
/// transactions waits for the other, fails, and finds it done the next time.
Result<std::int64_t> prepared(PostgresConnection& connection, Vault& vault, Clock& clock) {
    for (int attempt = 1;; ++attempt) {
        auto node = prepare_database(connection, vault, clock.now());
        const bool may_pass =
            !node && (node.error().code == Code::internal || node.error().code == Code::conflict);
        if (!may_pass || attempt == prepare_attempts_max) return node;
    }
}

} // namespace

std::int64_t postgres_connections_of_node() {
    return std::max(Options{}.readers, readers_least) + others;
}

Result<> check_server(PostgresConnection& connection) {
    TRY(connection.begin_reading());
    const auto answer = TRY(
        connection.ask("SELECT current_setting('server_version_num'), "
                       "current_setting('server_encoding'), current_setting('server_version')"));
    connection.end_reading();
    if (std::stoi(field(answer, 0, 0)) < postgres_version_least)
        return fail(Code::unavailable, "The database is PostgreSQL " + field(answer, 0, 2) +
                                           "; Weft needs 15 or later.");
    if (field(answer, 0, 1) != "UTF8")
        return fail(Code::unavailable, "The database's encoding is " + field(answer, 0, 1) +
                                           "; make one with: CREATE DATABASE weft ENCODING 'UTF8' "
                                           "TEMPLATE template0");
    return {};
}

Result<std::unique_ptr<Backend>> open_postgres(const Options& options, const std::string& instance,
                                               Vault& vault, Clock& clock, IdMinter& minter) {
    auto reach = std::make_unique<Reach>(options.url, options.silence_ms_max);
    std::int64_t node = 0;
    {
        PostgresConnection connection(*reach);
        if (auto opened = connection.open(); !opened)
            return fail(Code::unavailable,
                        "The database does not answer: " + opened.error().log_text,
                        opened.error().log_text);
        TRY(check_server(connection));
        node = TRY(prepared(connection, vault, clock));
        TRY(root_key::open_mailbox(connection, vault, node));
        TRY(root_key::unlock(connection, vault)); // replaced meanwhile: no letter would come
    }
    auto backend =
        std::make_unique<PostgresBackend>(std::move(reach), node, instance, options, clock, minter);
    TRY(backend->start());
    return backend;
}

} // namespace weft::store
