#pragma once

#include "store/migrations.h"
#include "store/test_queries.h"
#include "store/test_world.h"

#include <map>
#include <variant>

#include <libpq-fe.h>
#include <sqlite3.h>

/// The queries of the sources on a PostgreSQL database, and beside it on one of SQLite.
namespace weft::store {

/// Types of columns that the store can read, by PostgreSQL's numbers (pg_type.oid).
inline constexpr Oid oid_bool = 16, oid_bytea = 17, oid_int8 = 20, oid_int2 = 21, oid_int4 = 23,
                     oid_text = 25, oid_float4 = 700, oid_float8 = 701, oid_varchar = 1043;

/// As what a parameter of this C++ type is sent, by its name in the sources.
inline Oid oid_of(std::string type) {
    static const RE2 optional(R"((?:std::)?optional<(.*)>)");
    static const RE2 text(R"((?:std::)?string(?:_view)?|json::\w+)");
    static const RE2 bytes(R"(Blob|BytesView|Uuid|\w+Id)");
    static const RE2 integer(R"((?:std::)?u?int\d+_t|bool|Instant|\w*(?:State|Status|Kind|Type)|)"
                             R"(Role|OrganizationRole|Want|Relation|WaitReason|Trash|OnExpiry|)"
                             R"(Budget\w+)");
    std::string inner;
    if (RE2::FullMatch(type, optional, &inner)) type = inner;
    if (RE2::FullMatch(type, text)) return oid_text;
    if (RE2::FullMatch(type, bytes)) return oid_bytea;
    if (type == "double") return oid_float8;
    if (RE2::FullMatch(type, integer)) return oid_int8;
    throw std::runtime_error("a parameter of a type that this test does not know: " + type);
}

/// A connection to a fresh database with all tables, gone with its last one. Of libpq itself: what
/// it describes, and answers as text, the product's does not show.
class PostgresDatabase {
public:
    PostgresDatabase() : PostgresDatabase(std::make_shared<OwnDatabase>()) {}
    /// Another connection to the same.
    PostgresDatabase(const PostgresDatabase& other) : PostgresDatabase(other.database_) {}
    PostgresDatabase& operator=(const PostgresDatabase&) = delete;

    PostgresResult checked(PGresult* result) {
        PostgresResult answer(result);
        const auto status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            throw std::runtime_error(postgres_error(handle(), result, "test").log_text);
        return answer;
    }
    PostgresResult ask(const std::string& sql) { return checked(PQexec(handle(), sql.c_str())); }
    void execute(const std::string& sql) { ask(sql); }
    PGconn* handle() { return connection_.get(); }

private:
    explicit PostgresDatabase(std::shared_ptr<const OwnDatabase> database)
        : database_(std::move(database)),
          connection_(PQconnectdb(database_->url.c_str()), &PQfinish) {}

    std::shared_ptr<const OwnDatabase> database_;
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

/// A parameter; text for bytes too, which are told by the query's types.
using Value = std::variant<std::monostate, std::int64_t, std::string>;
template <class Tag> Value bytes_of(const Id<Tag>& id) {
    return std::string(id.bytes.begin(), id.bytes.end());
}

inline BytesView bytes_in(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// What a query answered: its rows, cells between bars, bytes in hex; else how many it changed.
using Lines = std::vector<std::string>;

inline const Found& query_named(const std::string& name) {
    static const std::map<std::string, Found> all = [] {
        std::map<std::string, Found> named;
        for (const Sources which : {Sources::store, Sources::testing})
            for (Found& each : all_queries(which)) named.emplace(each.name, std::move(each));
        return named;
    }();
    return all.at(name);
}

inline Lines run_on(PostgresDatabase& database, const std::string& name,
                    const std::vector<Value>& values) {
    const Found& query = query_named(name);
    std::vector<Oid> types;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < query.types.size(); ++i) {
        types.push_back(oid_of(query.types[i]));
        if (const auto* number = std::get_if<std::int64_t>(&values.at(i)))
            texts.push_back(std::to_string(*number));
        else if (const auto* text = std::get_if<std::string>(&values[i]))
            texts.push_back(types.back() == oid_bytea ? "\\x" + to_hex(bytes_in(*text)) : *text);
        else
            texts.emplace_back();
    }
    std::vector<const char*> pointers;
    for (std::size_t i = 0; i < texts.size(); ++i)
        pointers.push_back(values[i].index() == 0 ? nullptr : texts[i].c_str());
    const auto answer = database.checked(PQexecParams(database.handle(), query.postgres.c_str(),
                                                      static_cast<int>(types.size()), types.data(),
                                                      pointers.data(), nullptr, nullptr, 0));
    if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK)
        return {std::string("changed ") + PQcmdTuples(answer.get())};
    Lines lines;
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
        std::string line;
        for (int column = 0; column < PQnfields(answer.get()); ++column) {
            const std::string cell = field(answer, row, column);
            line += column ? "|" : "";
            line +=
                PQftype(answer.get(), column) == oid_bytea && !cell.empty() ? cell.substr(2) : cell;
        }
        lines.push_back(line);
    }
    return lines;
}

inline Lines run_on(SqliteConnection& connection, const std::string& name,
                    const std::vector<Value>& values) {
    const Found& query = query_named(name);
    Prepared& prepared =
        *must(connection.prepare(query.name.c_str(), query.sqlite.c_str(), query.types.size()));
    SqliteCursor cursor;
    cursor.begin(connection.handle(), prepared, query.name.c_str());
    for (std::size_t i = 0; i < query.types.size(); ++i) {
        const int n = static_cast<int>(i) + 1;
        if (const auto* number = std::get_if<std::int64_t>(&values.at(i)))
            cursor.bind(n, *number);
        else if (const auto* text = std::get_if<std::string>(&values[i]))
            oid_of(query.types[i]) == oid_bytea ? cursor.bind(n, bytes_in(*text))
                                                : cursor.bind(n, std::string_view(*text));
    }
    Lines lines;
    while (must(cursor.step())) {
        std::string line;
        for (int column = 0; column < cursor.columns(); ++column) {
            const auto* bytes =
                static_cast<const char*>(sqlite3_column_blob(prepared.statement, column));
            const std::string cell(
                bytes ? bytes : "",
                static_cast<std::size_t>(sqlite3_column_bytes(prepared.statement, column)));
            line += column ? "|" : "";
            line += sqlite3_column_type(prepared.statement, column) == SQLITE_BLOB
                        ? to_hex(bytes_in(cell))
                        : cell;
        }
        lines.push_back(line);
    }
    if (cursor.columns() == 0)
        lines.push_back(fmt::format("changed {}", sqlite3_changes64(connection.handle())));
    cursor.end();
    return lines;
}

/// The same two databases, SQLite's and PostgreSQL's.
struct Both {
    std::unique_ptr<SqliteConnection> sqlite =
        must(SqliteConnection::open(":memory:", SqliteConnection::Access::write));
    PostgresDatabase postgres;
    FakeClock clock;
    IdMinter minter{clock};
    ProjectId project = minter.mint<ProjectTag>(1);

    Both() { must(migrate(*sqlite, migrations(), Instant{})); }

    /// Runs a query of the sources on both; what they answer, which must be the same. `values`
    /// follow the project.
    Lines run(const std::string& name, std::vector<Value> values = {}) {
        values.insert(values.begin(), bytes_of(project));
        return run_all(name, values);
    }
    /// A query of all projects.
    Lines run_all(const std::string& name, const std::vector<Value>& values = {}) {
        const Lines in_sqlite = run_on(*sqlite, name, values);
        const Lines in_postgres = run_on(postgres, name, values);
        EXPECT_EQ(in_postgres, in_sqlite) << name;
        return in_sqlite;
    }
    template <class Tag> Id<Tag> mint() { return minter.mint<Tag>(1); }
};

} // namespace weft::store
