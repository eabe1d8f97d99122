#include "store/move_target.h"

#include "store/root_key.h"

#include <map>
#include <sstream>

#include <libpq-fe.h>

namespace weft::store::moving {

namespace {

constexpr const char* mark_name = "moved_from";

/// What `does` does, in one transaction.
template <class Does> Result<> in_transaction(PostgresConnection& target, Does does) {
    TRY(target.begin_writing());
    Result<> done = does();
    if (done && target.in_transaction()) done = target.commit();
    if (!done) target.roll_back();
    return done;
}

/// The first row's columns; none: no row.
Result<std::optional<std::vector<std::string>>> first_row(PostgresConnection& target,
                                                          const std::string& sql) {
    const auto answer = TRY(target.ask(sql));
    if (PQntuples(answer.get()) == 0) return std::nullopt;
    std::vector<std::string> row;
    for (int i = 0; i < PQnfields(answer.get()); ++i) row.push_back(field(answer, 0, i));
    return row;
}

std::string quoted(const std::string& text) { return literal(ParameterKind::text, Cell(text)); }

std::string progress_name(const Table& table) { return "moved table " + table.name; }

/// A value of store_info; none also where there is no such table.
Result<std::optional<std::string>> info(PostgresConnection& target, const std::string& name) {
    TRY(target.begin_reading());
    auto found = [&]() -> Result<std::optional<std::string>> {
        const auto there =
            TRY(first_row(target, "SELECT (to_regclass('store_info') IS NOT NULL)::text"));
        if (!there || there->front() != "true") return std::nullopt;
        auto row =
            TRY(first_row(target, "SELECT value FROM store_info WHERE name = " + quoted(name)));
        if (!row) return std::nullopt;
        return std::move(row->front());
    }();
    target.end_reading();
    return found;
}

/// Nobody becomes a node until the transaction ends, and nobody is one.
Result<> shut_out_nodes(PostgresConnection& target) {
    TRY(target.ask("LOCK TABLE node IN SHARE ROW EXCLUSIVE MODE"));
    const auto alive =
        TRY(first_row(target, "SELECT count(*)::text FROM node WHERE lease_until > "
                              "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"));
    if (alive && alive->front() == "0") return {};
    return fail(Code::conflict, "A Weft server uses that database. Stop it, wait ten seconds, and "
                                "run the same command again.");
}

std::unexpected<Error> somebody_else() {
    return fail(Code::conflict,
                "Another process moves data into that database at the same time, or "
                "one that has just ended did. Run the same command again when "
                "there is none.");
}

Result<> put_info(PostgresConnection& target, const std::string& name, const std::string& value) {
    TRY(target.ask("INSERT INTO store_info (name, value) VALUES (" + quoted(name) + ", " +
                   quoted(value) + ") ON CONFLICT (name) DO UPDATE SET value = excluded.value"));
    return {};
}

/// Node numbers go on above those that own executions of either.
Result<> raise_node(PostgresConnection& target, const std::string& number) {
    TRY(target.ask("INSERT INTO store_info (name, value) VALUES ('node', " + quoted(number) +
                   ") ON CONFLICT (name) DO UPDATE SET value = "
                   "greatest(store_info.value::bigint, excluded.value::bigint)::text"));
    return {};
}

} // namespace

std::string Mark::line() const {
    return fmt::format("{} {} {} {}", is_finished ? "finished" : "copying", instance, start, at);
}

std::optional<Mark> Mark::parse(const std::string& line) {
    Mark mark;
    std::string state;
    std::istringstream words(line);
    if (!(words >> state >> mark.instance >> mark.start >> mark.at)) return std::nullopt;
    mark.is_finished = state == "finished";
    return mark;
}

Result<std::optional<Mark>> mark_in(PostgresConnection& target) {
    const auto line = TRY(info(target, mark_name));
    if (!line) return std::nullopt;
    auto mark = Mark::parse(*line);
    if (!mark) return fail(Code::internal, "The database's mark of a move cannot be read.");
    return mark;
}

Result<> check_same_key(PostgresConnection& target, const Vault& vault) {
    const auto there = TRY(info(target, "root_key"));
    if (!there || vault.master_of(root_key::sealed_root_of(*there))) return {};
    return fail(Code::conflict, "That database holds the data of another Weft, made with another "
                                "master key. Name an empty one.");
}

Result<> check_empty(PostgresConnection& target, const std::vector<Table>& tables) {
    TRY(target.begin_reading());
    auto done = [&]() -> Result<> {
        for (const Table& table : tables) {
            const auto there = TRY(first_row(target, "SELECT (to_regclass('\"" + table.name +
                                                         "\"') IS NOT NULL)::text"));
            if (!there || there->front() != "true") continue;
            if (TRY(first_row(target, "SELECT 'row' FROM \"" + table.name + "\" LIMIT 1")))
                return fail(Code::conflict,
                            "That database has data already (in the table " + table.name +
                                "), which did not come from this directory. Name an empty one.");
        }
        return {};
    }();
    target.end_reading();
    return done;
}

Result<> check_columns(PostgresConnection& target, const std::vector<Table>& tables) {
    static const std::map<ParameterKind, std::string> types{{ParameterKind::integer, "int8"},
                                                            {ParameterKind::real, "float8"},
                                                            {ParameterKind::text, "text"},
                                                            {ParameterKind::bytes, "bytea"}};
    TRY(target.begin_reading());
    auto done = [&]() -> Result<> {
        for (const Table& table : tables) {
            const auto answer = TRY(target.ask(
                "SELECT a.attname::text, t.typname::text FROM pg_attribute a JOIN pg_type t "
                "ON t.oid = a.atttypid WHERE a.attrelid = to_regclass('\"" +
                table.name + "\"') AND a.attnum > 0 AND NOT a.attisdropped"));
            std::map<std::string, std::string> there;
            for (int i = 0; i < PQntuples(answer.get()); ++i)
                there[field(answer, i, 0)] = field(answer, i, 1);
            for (const MovedColumn& column : table.columns)
                if (there[column.name] != types.at(column.kind))
                    return fail(Code::internal,
                                fmt::format("The column {}.{} of the directory has no counterpart "
                                            "in the database.",
                                            table.name, column.name));
        }
        return {};
    }();
    target.end_reading();
    return done;
}

Result<> begin(PostgresConnection& target, const std::vector<Table>& tables,
               const std::optional<Mark>& before, const Mark& mark) {
    return in_transaction(target, [&]() -> Result<> {
        TRY(shut_out_nodes(target));
        const auto now = TRY(
            first_row(target, "SELECT value FROM store_info WHERE name = " + quoted(mark_name)));
        if (now.has_value() != before.has_value() || (now && now->front() != before->line()))
            return somebody_else();
        if (before && before->start == mark.start) return {};
        if (before)
            for (const Table& table : tables) {
                // And what only a database has of it: the slices of a budget.
                TRY(target.ask("TRUNCATE \"" + table.name + "\" CASCADE"));
                TRY(target.ask("DELETE FROM store_info WHERE name = " +
                               quoted(progress_name(table))));
            }
        return put_info(target, mark_name, mark.line());
    });
}

Result<Row> progress(PostgresConnection& target, const Table& table) {
    const auto line = TRY(info(target, progress_name(table)));
    if (!line) return Row{};
    auto key = key_in(table, *line);
    if (!key) return fail(Code::internal, "How far the move is cannot be read.", *line);
    return *std::move(key);
}

Result<> write(PostgresConnection& target, const Table& table, const std::string& insert,
               const Batch& batch, const Row& after) {
    return in_transaction(target, [&]() -> Result<> {
        const std::string name = quoted(progress_name(table));
        const std::string upto = quoted(to_line(key_of(table, batch.rows.back())));
        const std::string moved =
            after.empty() ? "INSERT INTO store_info (name, value) VALUES (" + name + ", " + upto +
                                ") ON CONFLICT (name) DO NOTHING RETURNING 'moved'"
                          : "UPDATE store_info SET value = " + upto + " WHERE name = " + name +
                                " AND value = " + quoted(to_line(after)) + " RETURNING 'moved'";
        if (!TRY(first_row(target, moved))) return somebody_else();
        TRY(target.run_last(Sql{"move.rows", insert.c_str()}, parameters_of(table, batch)));
        return {};
    });
}

Result<> finish(PostgresConnection& target, const std::vector<Table>& tables, const Infos& infos,
                const Mark& mark) {
    for (const Table& table : tables) // what the planner knows of them, before the first query
        TRY(in_transaction(target, [&]() -> Result<> {
            TRY(target.ask("ANALYZE \"" + table.name + "\""));
            return {};
        }));
    return in_transaction(target, [&]() -> Result<> {
        TRY(shut_out_nodes(target));
        for (const auto& [name, value] : infos)
            TRY(name == "node" ? raise_node(target, value) : put_info(target, name, value));
        for (const Table& table : tables)
            TRY(target.ask("DELETE FROM store_info WHERE name = " + quoted(progress_name(table))));
        return put_info(target, mark_name, mark.line());
    });
}

} // namespace weft::store::moving
