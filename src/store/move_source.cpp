// What a move reads: tables and rows of SQLite, and files of the directory.
#include "domain/file.h"
#include "store/file_pieces.h"
#include "store/move_rows.h"

#include <algorithm>

#include <sqlite3.h>

namespace weft::store::moving {

namespace {

constexpr std::size_t batch_bytes_max = 4UL * 1024 * 1024;
constexpr std::size_t batch_rows_max = 20'000;

std::unexpected<Error> cannot_read(sqlite3* source) {
    return fail(Code::unavailable, fmt::format("The data directory's database cannot be read: {}.",
                                               sqlite3_errmsg(source)));
}

/// A statement that is read from its first row to its last.
class Reading {
public:
    static Result<Reading> open(sqlite3* source, const std::string& sql) {
        Reading opened(source);
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(source, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
            return cannot_read(source);
        opened.statement_.reset(statement);
        return opened;
    }
    void bind(const Row& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const int n = static_cast<int>(i) + 1;
            if (const auto* number = std::get_if<std::int64_t>(&cells[i]))
                sqlite3_bind_int64(get(), n, *number);
            else if (const auto* real = std::get_if<double>(&cells[i]))
                sqlite3_bind_double(get(), n, *real);
        }
    }
    /// Kinds decide whether bytes are a text.
    void bind(const Row& cells, const Table& table) {
        bind(cells);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const auto* bytes = std::get_if<std::string>(&cells[i]);
            if (!bytes) continue;
            const int n = static_cast<int>(i) + 1;
            if (table.columns[table.key[i]].kind == ParameterKind::text)
                sqlite3_bind_text64(get(), n, bytes->data(), bytes->size(), SQLITE_TRANSIENT,
                                    SQLITE_UTF8);
            else
                sqlite3_bind_blob64(get(), n, bytes->data(), bytes->size(), SQLITE_TRANSIENT);
        }
    }
    /// False once and for all at the end, where SQLite would begin anew.
    Result<bool> step() {
        if (ended_) return false;
        const int rc = sqlite3_step(get());
        if (rc == SQLITE_ROW) return true;
        if (rc != SQLITE_DONE) return cannot_read(source_);
        ended_ = true;
        return false;
    }
    std::string text(int column) const {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(get(), column));
        return {bytes ? bytes : "",
                bytes ? static_cast<std::size_t>(sqlite3_column_bytes(get(), column)) : 0};
    }
    std::int64_t integer(int column) const { return sqlite3_column_int64(get(), column); }
    Cell cell(int column) const {
        switch (sqlite3_column_type(get(), column)) {
        case SQLITE_NULL: return std::monostate{};
        case SQLITE_INTEGER: return integer(column);
        case SQLITE_FLOAT: return sqlite3_column_double(get(), column);
        default: return text(column);
        }
    }
    int columns() const { return sqlite3_column_count(get()); }

private:
    explicit Reading(sqlite3* source) : source_(source) {}
    sqlite3_stmt* get() const { return statement_.get(); }

    sqlite3* source_;
    bool ended_ = false;
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_{nullptr, &sqlite3_finalize};
};

std::string names(const Table& table, const std::vector<std::size_t>& which) {
    std::string list;
    for (const std::size_t each : which)
        list += (list.empty() ? "\"" : ", \"") + table.columns[each].name + "\"";
    return list;
}

std::optional<ParameterKind> kind_of(const std::string& declared) {
    if (declared == "INTEGER") return ParameterKind::integer;
    if (declared == "REAL") return ParameterKind::real;
    if (declared == "TEXT") return ParameterKind::text;
    if (declared == "BLOB") return ParameterKind::bytes;
    return std::nullopt;
}

/// The columns of the first unique index over all rows, for a table without a primary key.
Result<std::vector<std::string>> unique_columns(sqlite3* source, const std::string& table) {
    auto reading = TRY(Reading::open(
        source,
        fmt::format("SELECT i.name FROM pragma_index_list('{}') l, pragma_index_info(l.name) "
                    "i WHERE l.\"unique\" = 1 AND l.partial = 0 AND l.seq = (SELECT "
                    "max(seq) FROM pragma_index_list('{}') WHERE \"unique\" = 1 AND "
                    "partial = 0) ORDER BY i.seqno",
                    table, table)));
    std::vector<std::string> columns;
    while (TRY(reading.step())) columns.push_back(reading.text(0));
    return columns;
}

Result<Table> table_of(sqlite3* source, const std::string& name) {
    Table table{name, {}, {}};
    std::vector<std::pair<std::int64_t, std::size_t>> primary; // place in the key, which column
    auto reading = TRY(Reading::open(
        source,
        fmt::format("SELECT name, type, pk FROM pragma_table_info('{}') ORDER BY cid", name)));
    while (TRY(reading.step())) {
        const auto kind = kind_of(reading.text(1));
        if (!kind)
            return fail(Code::internal, fmt::format("The column {}.{} has a type that cannot be "
                                                    "moved: {}.",
                                                    name, reading.text(0), reading.text(1)));
        if (reading.integer(2) > 0) primary.emplace_back(reading.integer(2), table.columns.size());
        table.columns.push_back({reading.text(0), *kind});
    }
    std::ranges::sort(primary);
    for (const auto& [place, column] : primary) table.key.push_back(column);
    if (table.key.empty())
        for (const std::string& each : TRY(unique_columns(source, name)))
            for (std::size_t i = 0; i < table.columns.size(); ++i)
                if (table.columns[i].name == each) table.key.push_back(i);
    if (table.key.empty())
        return fail(
            Code::internal,
            fmt::format("The table {} cannot be moved: nothing tells its rows apart.", name));
    return table;
}

class TableRows final : public Rows {
public:
    explicit TableRows(Reading reading) : reading_(std::move(reading)) {}
    Result<bool> next(Row& row) override {
        if (!TRY(reading_.step())) return false;
        row.clear();
        for (int i = 0; i < reading_.columns(); ++i) row.push_back(reading_.cell(i));
        return true;
    }

private:
    Reading reading_;
};

template <class Id> Id id_of(const std::string& bytes) {
    Id id;
    if (bytes.size() == id.bytes.size()) std::ranges::copy(bytes, id.bytes.begin());
    return id;
}

class FileRows final : public Rows {
public:
    FileRows(Reading reading, Directory& directory, std::optional<Row> after,
             std::function<void(const std::string&)> lost)
        : reading_(std::move(reading)), directory_(directory), after_(std::move(after)),
          lost_(std::move(lost)) {}
    Result<bool> next(Row& row) override;

private:
    Result<bool> open_next();

    Reading reading_; ///< project_id, id, status
    Directory& directory_;
    std::optional<Row> after_; ///< until the file that it names has been opened
    std::function<void(const std::string&)> lost_;
    std::string project_;
    std::string file_;
    std::string bytes_;
    std::int64_t number_ = 0;
    std::int64_t count_ = 0;
};

/// The next file that has bytes; false: there is none.
Result<bool> FileRows::open_next() {
    while (TRY(reading_.step())) {
        project_ = reading_.text(0);
        file_ = reading_.text(1);
        const auto id = id_of<FileId>(file_);
        auto bytes = directory_.read_file(id_of<ProjectId>(project_), id);
        if (!bytes && bytes.error().code != Code::not_found)
            return std::unexpected(std::move(bytes).error());
        if (!bytes) {
            if (reading_.integer(2) == static_cast<std::int64_t>(FileStatus::ready) && lost_)
                lost_(id.hex());
            continue;
        }
        bytes_ = *std::move(bytes);
        count_ = file_pieces::count(bytes_.size());
        number_ = 0;
        if (after_ && (*after_)[0] == Cell(project_) && (*after_)[1] == Cell(file_))
            number_ = std::get<std::int64_t>((*after_)[2]) + 1;
        after_.reset();
        if (number_ < count_) return true;
    }
    return false;
}

Result<bool> FileRows::next(Row& row) {
    if (number_ >= count_ && !TRY(open_next())) return false;
    row = {project_, file_, number_,
           bytes_.substr(static_cast<std::size_t>(number_) * file_pieces::bytes_at_once_max,
                         file_pieces::bytes_at_once_max)};
    ++number_;
    return true;
}

std::size_t size_of(const Row& row) {
    std::size_t bytes = 0;
    for (const Cell& cell : row) {
        const auto* text = std::get_if<std::string>(&cell);
        bytes += text ? text->size() + 4 : 12;
    }
    return bytes;
}

} // namespace

Result<Infos> infos_of(sqlite3* source) {
    auto reading = TRY(Reading::open(source, "SELECT name, value FROM store_info ORDER BY name"));
    Infos infos;
    while (TRY(reading.step())) infos.emplace_back(reading.text(0), reading.text(1));
    return infos;
}

Result<std::vector<Table>> tables_of(sqlite3* source) {
    auto reading = TRY(Reading::open(source, R"sql(
        SELECT name, sql LIKE 'CREATE VIRTUAL%' FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
           AND name NOT IN ('store_info', 'schema_version') ORDER BY name)sql"));
    std::vector<Table> tables;
    while (TRY(reading.step())) {
        if (reading.integer(1) != 0)
            return fail(Code::internal, fmt::format("The table {} is one of an extension and "
                                                    "cannot be moved.",
                                                    reading.text(0)));
        tables.push_back(TRY(table_of(source, reading.text(0))));
    }
    return tables;
}

const Table& file_pieces_table() {
    static const Table table{"file_piece",
                             {{"project_id", ParameterKind::bytes},
                              {"file_id", ParameterKind::bytes},
                              {"number", ParameterKind::integer},
                              {"body", ParameterKind::bytes}},
                             {0, 1, 2}};
    return table;
}

Result<std::unique_ptr<Rows>> open_rows(sqlite3* source, const Table& table, const Row& after) {
    std::vector<std::size_t> all(table.columns.size());
    std::ranges::generate(all, [n = std::size_t{0}]() mutable { return n++; });
    const std::string key = names(table, table.key);
    std::string sql = "SELECT " + names(table, all) + " FROM \"" + table.name + "\"";
    if (!after.empty()) {
        std::string places;
        for (std::size_t i = 1; i <= after.size(); ++i)
            places += fmt::format("{}?{}", i > 1 ? ", " : "", i);
        sql += " WHERE (" + key + ") > (" + places + ")";
    }
    auto reading = TRY(Reading::open(source, sql + " ORDER BY " + key));
    reading.bind(after, table);
    return std::make_unique<TableRows>(std::move(reading));
}

Result<std::unique_ptr<Rows>> open_file_pieces(sqlite3* source, Directory& directory,
                                               const Row& after,
                                               std::function<void(const std::string&)> lost) {
    const std::string from = after.empty() ? "" : " WHERE (project_id, id) >= (?1, ?2)";
    auto reading = TRY(Reading::open(source, "SELECT project_id, id, status FROM file" + from +
                                                 " ORDER BY project_id, id"));
    std::optional<Row> begun;
    if (!after.empty()) {
        begun = after;
        reading.bind({after[0], after[1]}, file_pieces_table());
    }
    return std::make_unique<FileRows>(std::move(reading), directory, std::move(begun),
                                      std::move(lost));
}

Result<Batch> next_batch(Rows& rows) {
    Batch batch;
    Row row;
    while (batch.rows.size() < batch_rows_max &&
           static_cast<std::size_t>(batch.bytes) < batch_bytes_max && TRY(rows.next(row))) {
        batch.bytes += static_cast<std::int64_t>(size_of(row));
        batch.rows.push_back(std::move(row));
        row = {};
    }
    return batch;
}

} // namespace weft::store::moving
