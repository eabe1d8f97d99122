#include "store/move.h"

#include "base/utf8.h"
#include "store/migrations.h"
#include "store/move_target.h"
#include "store/postgres_backend.h"
#include "store/root_key.h"
#include "store/sqlite.h"
#include "store/sqlite_backend.h"

#include <fstream>

#include <fcntl.h>
#include <libpq-fe.h>
#include <unistd.h>

namespace weft::store {

namespace {

using moving::Batch;
using moving::Mark;
using moving::Row;
using moving::Sum;
using moving::Table;

constexpr std::size_t unfit_shown_max = 10;

constexpr SystemQuery<std::int64_t> version_sql{"move.version", R"sql(
    SELECT coalesce(max(number), 0) FROM schema_version)sql"};

std::string moved_sentence(const std::string& place, const std::string& at) {
    return fmt::format("This directory's data was moved to {} on {}. Start with --store and that "
                       "address, or remove the file {} in the directory to go back to the state of "
                       "that time.",
                       place, at, moved_file_name);
}

/// A move that the network or a disk broke off may go on.
Result<> resumable(Result<> done) {
    if (!done && done.error().code == Code::unavailable)
        done.error().message += " What was copied stays: run the same command again to go on.";
    return done;
}

/// One move from its first look to its end.
class Mover {
public:
    Mover(const MoveOptions& options, Clock& clock, const MoveWatch& watch)
        : options_(options), clock_(clock), watch_(watch), reach_(options.url), target_(reach_) {}

    Result<MoveReport> run();

private:
    Result<> open_source();
    Result<> read_source();
    Result<> open_target();
    Result<> check_target();
    Result<> check_texts();
    Result<> copy_all();
    Result<> compare_all();
    Result<> mark_directory();
    Result<std::unique_ptr<moving::Rows>> rows_after(const Table& table, const Row& after);
    Result<> copy(const Table& table, const std::string& insert);
    Result<> compare(const Table& table);
    std::string info(const std::string& name) const;
    bool is_file_pieces(const Table& table) const {
        return table.name == moving::file_pieces_table().name;
    }

    const MoveOptions& options_;
    Clock& clock_;
    const MoveWatch& watch_;
    MoveReport report_;
    std::optional<Directory> directory_;
    std::optional<Vault> vault_;
    std::unique_ptr<SqliteConnection> source_;
    moving::Infos infos_; ///< of the directory's store_info
    std::vector<Table> tables_;
    std::vector<std::string>
        inserts_; ///< of tables_; as long as target_, which knows them by place
    Reach reach_;
    PostgresConnection target_;
    std::optional<Mark> before_; ///< what the database said of a move
    Mark mark_;
};

std::string Mover::info(const std::string& name) const {
    for (const auto& [each, value] : infos_)
        if (each == name) return value;
    return {};
}

Result<> Mover::open_source() {
    std::error_code ignored;
    if (!std::filesystem::exists(options_.directory / sqlite_file_name, ignored))
        return fail(Code::not_found, "There is no Weft data in " + options_.directory.string() +
                                         ": name its data directory with --from.");
    directory_ = TRY(Directory::open(options_.directory));
    source_ = TRY(SqliteConnection::open(
        (std::filesystem::absolute(options_.directory) / sqlite_file_name).string(),
        SqliteConnection::Access::read));
    return source_->begin_reading();
}

/// What the directory is, and whether it is ours to move.
Result<> Mover::read_source() {
    const std::int64_t newest = newest_number(migrations(), Dialect::sqlite);
    const auto version = source_->maybe<std::int64_t>(version_sql.text());
    infos_ = TRY(moving::infos_of(source_->handle()));
    if (!version || **version < newest || info("root_key").empty())
        return fail(
            Code::conflict,
            fmt::format("An older version of Weft has written {}. Start this one there once "
                        "(weft serve --data {}), stop it, and run the same command again.",
                        options_.directory.string(), options_.directory.string()));
    if (**version > newest)
        return fail(Code::conflict, "A newer version of Weft has written this data directory: use "
                                    "that version.");
    vault_.emplace(TRY(Vault::open(directory_->fd(), options_.master_key, KeyFile::demand)));
    if (!vault_->master_of(root_key::sealed_root_of(info("root_key"))))
        return fail(Code::invalid,
                    "The master key is not the one that this data directory was made "
                    "with.");
    tables_ = TRY(moving::tables_of(source_->handle()));
    tables_.push_back(moving::file_pieces_table());
    for (const Table& table : tables_) inserts_.push_back(moving::insert_sql(table));
    mark_ = {
        false,
        TRY(directory_->instance()),
        std::atoll(info("node").c_str()),
        to_iso8601(clock_.now())
    };
    return {};
}

Result<> Mover::open_target() {
    if (auto opened = target_.open(); !opened)
        return fail(Code::unavailable, "The database " + report_.place +
                                           " does not answer: " + opened.error().log_text);
    return check_server(target_);
}

/// Whether the data may go there; nothing is changed.
Result<> Mover::check_target() {
    before_ = TRY(moving::mark_in(target_));
    const bool is_ours = before_ && before_->instance == mark_.instance;
    const auto moved = moved_away(options_.directory);
    if (moved && !is_ours) return fail(Code::conflict, *moved);
    TRY(moving::check_same_key(target_, *vault_));
    if (before_ && !is_ours)
        return fail(Code::conflict, "That database holds the data of another directory. Name an "
                                    "empty one.");
    if (!before_) return moving::check_empty(target_, tables_);
    if (!before_->is_finished) return {};
    report_.was_done_before = true;
    if (before_->start == mark_.start) return {};
    return fail(Code::conflict,
                fmt::format("This directory's data was moved there on {}, and the directory has "
                            "been used since. Name an empty database to move it once more.",
                            before_->at));
}

/// PostgreSQL keeps no U+0000 in texts, and nothing that is not UTF-8.
Result<> Mover::check_texts() {
    std::vector<std::string> unfit;
    std::size_t count = 0;
    for (const Table& table : tables_) {
        if (is_file_pieces(table)) continue;
        const auto rows = TRY(moving::open_rows(source_->handle(), table, {}));
        MoveStep step{MoveStep::Doing::looking, table.name};
        for (Row row; TRY(rows->next(row)); ++step.rows) {
            if (step.rows % 4096 == 0) watch_(step);
            for (std::size_t i = 0; i < row.size(); ++i) {
                if (table.columns[i].kind != ParameterKind::text) continue;
                const auto* text = std::get_if<std::string>(&row[i]);
                if (!text || (!text->contains('\0') && is_utf8(*text))) continue;
                if (++count <= unfit_shown_max)
                    unfit.push_back(fmt::format("\n  {} {}, column {}", table.name,
                                                moving::to_line(moving::key_of(table, row)),
                                                table.columns[i].name));
            }
        }
    }
    if (count == 0) return {};
    std::string list;
    for (const std::string& each : unfit) list += each;
    if (count > unfit.size()) list += fmt::format("\n  and {} more", count - unfit.size());
    return fail(Code::malformed,
                "PostgreSQL cannot keep texts with the character U+0000 or that are not UTF-8. "
                "Change these and run the same command again (ids are in hex after an x):" +
                    list);
}

Result<std::unique_ptr<moving::Rows>> Mover::rows_after(const Table& table, const Row& after) {
    if (!is_file_pieces(table)) return moving::open_rows(source_->handle(), table, after);
    return moving::open_file_pieces(source_->handle(), *directory_, after, {});
}

Result<> Mover::copy(const Table& table, const std::string& insert) {
    Row after = TRY(moving::progress(target_, table));
    const auto rows = TRY(rows_after(table, after));
    MoveStep step{MoveStep::Doing::copying, table.name};
    for (;;) {
        watch_(step);
        const Batch batch = TRY(moving::next_batch(*rows));
        if (batch.rows.empty()) return {};
        TRY(moving::write(target_, table, insert, batch, after));
        after = moving::key_of(table, batch.rows.back());
        step.rows += static_cast<std::int64_t>(batch.rows.size());
        step.bytes += batch.bytes;
    }
}

Result<> Mover::copy_all() {
    for (std::size_t i = 0; i < tables_.size(); ++i) TRY(copy(tables_[i], inserts_[i]));
    return {};
}

/// Batch by batch: the rows between two keys are the same on both sides, and none are outside.
Result<> Mover::compare(const Table& table) {
    std::unique_ptr<moving::Rows> rows;
    if (is_file_pieces(table))
        rows = TRY(moving::open_file_pieces(
            source_->handle(), *directory_, {},
            [this](const std::string& id) { report_.losses.push_back(id); }));
    else
        rows = TRY(moving::open_rows(source_->handle(), table, {}));
    MoveStep step{MoveStep::Doing::comparing, table.name};
    Sum all;
    Row after;
    for (;;) {
        watch_(step);
        const Batch batch = TRY(moving::next_batch(*rows));
        Sum here;
        for (const Row& row : batch.rows) here.add(table, row);
        const Row upto = batch.rows.empty() ? Row{} : moving::key_of(table, batch.rows.back());
        TRY(target_.begin_reading());
        const auto there = moving::sum_in(target_, table, after, upto);
        target_.end_reading();
        if (TRY(there) != here)
            return fail(
                Code::internal,
                fmt::format("The rows of {} behind \"{}\" are not the same in the database: "
                            "{} here, {} there. The directory is as it was; empty the "
                            "database and run the same command again.",
                            table.name, moving::to_line(after), here.rows, there->rows));
        all.add(here);
        if (batch.rows.empty()) break;
        after = upto;
        step.rows = all.rows;
        step.bytes += batch.bytes;
    }
    report_.tables.push_back({table.name, all.rows, all.hex()});
    return {};
}

Result<> Mover::compare_all() {
    for (const Table& table : tables_) TRY(compare(table));
    return {};
}

/// Before the database is opened to nodes: from here on the directory is not served by itself.
Result<> Mover::mark_directory() {
    if (moved_away(options_.directory)) return {};
    const Descriptor file(open_beneath(directory_->fd(), moved_file_name,
                                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) return system_failure("making the mark of the move");
    TRY(write_all(file.get(), report_.place + "\n" + mark_.at + "\n"));
    if (fsync(file.get()) != 0 || fsync(directory_->fd()) != 0)
        return system_failure("saving the mark of the move");
    return {};
}

Result<MoveReport> Mover::run() {
    report_.place = place_of(options_.url);
    TRY(open_source());
    TRY(read_source());
    TRY(open_target());
    TRY(check_target());
    if (report_.was_done_before) {
        TRY(mark_directory());
        return std::move(report_);
    }
    if (!before_ || before_->start != mark_.start) TRY(check_texts());
    TRY(migrate(target_, migrations(), clock_.now()));
    TRY(moving::check_columns(target_, tables_));
    TRY(moving::begin(target_, tables_, before_, mark_));
    TRY(resumable(copy_all()));
    TRY(resumable(compare_all()));
    mark_.is_finished = true;
    mark_.at = to_iso8601(clock_.now());
    TRY(mark_directory());
    TRY(resumable(moving::finish(target_, tables_, infos_, mark_)));
    return std::move(report_);
}

} // namespace

Result<MoveReport> move_to_postgres(const MoveOptions& options, Clock& clock,
                                    const MoveWatch& watch) {
    TRY(check_url(options.url));
    return Mover(options, clock, watch).run();
}

Result<> check_url(const std::string& url) {
    char* why = nullptr;
    PQconninfoOption* parsed = PQconninfoParse(url.c_str(), &why);
    PQfreemem(why); // it may quote the password
    if (!parsed)
        return fail(Code::invalid, "The address of the database cannot be read. It looks like "
                                   "postgres://user:password@host:5432/database, with the "
                                   "password's special characters as %40 and the like.");
    PQconninfoFree(parsed);
    return {};
}

std::optional<std::string> moved_away(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (!std::filesystem::exists(directory / moved_file_name, ignored)) return std::nullopt;
    std::ifstream in(directory / moved_file_name);
    std::string place = "PostgreSQL";
    std::string at = "a day that is not known";
    if (std::string line; std::getline(in, line) && !line.empty()) place = line;
    if (std::string line; std::getline(in, line) && !line.empty()) at = line;
    return moved_sentence(place, at);
}

std::string place_of(const std::string& url) {
    std::string host;
    std::string port;
    std::string database;
    PQconninfoOption* parsed = PQconninfoParse(url.c_str(), nullptr);
    for (const PQconninfoOption* each = parsed; each && each->keyword; ++each) {
        const std::string_view keyword = each->keyword;
        const std::string value = each->val ? each->val : "";
        if (keyword == "host") host = value;
        if (keyword == "port") port = value;
        if (keyword == "dbname") database = value;
    }
    PQconninfoFree(parsed);
    if (host.starts_with('/')) return "postgres:///" + database + " by the socket in " + host;
    if (!port.empty()) host += ":" + port;
    return "postgres://" + host + "/" + database;
}

} // namespace weft::store
