// What a move makes of rows: their order, their sums in both databases, what it does not know.
#include "store/move_rows.h"
#include "store/sqlite.h"
#include "tests/support/postgres_cluster.h"

#include <gmock/gmock.h>

namespace weft::store::moving {

namespace {

template <class T> T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message + result.error().log_text);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

class MoveRows : public ::testing::Test {
protected:
    MoveRows()
        : source_(must(SqliteConnection::open(":memory:", SqliteConnection::Access::write))),
          url_(testing::PostgresCluster::shared().create_database()) {}
    ~MoveRows() override { testing::PostgresCluster::shared().drop_database(url_); }

    void execute(const std::string& sql) { must(source_->execute(sql)); }
    Batch all_of(const Table& table, const Row& after = {}) {
        const auto rows = must(open_rows(source_->handle(), table, after));
        Batch batch = must(next_batch(*rows));
        EXPECT_TRUE(must(next_batch(*rows)).rows.empty()) << "the end stays the end";
        return batch;
    }

    std::unique_ptr<SqliteConnection> source_;
    std::string url_;
};

} // namespace

TEST_F(MoveRows, every_kind_of_value_has_the_same_sum_in_both) {
    execute("CREATE TABLE t (k BLOB NOT NULL, s TEXT NOT NULL, n INTEGER, r REAL, b BLOB, x TEXT, "
            "PRIMARY KEY (s, k)) STRICT");
    execute("INSERT INTO t VALUES (x'01ff', 'a', 1, 0.1, x'', ''), (x'00', 'B', -5, -0.0, NULL, "
            "NULL), (x'', '', NULL, 1e300, x'00', 'Größe 🦊'), (x'01', 'ä', 9223372036854775807, "
            "NULL, x'ff', '\\u0000 ''')");
    testing::PostgresCluster::shared().psql(
        url_, "CREATE TABLE t (x text, b bytea, r double precision, n bigint, s text COLLATE \"C\" "
              "NOT NULL, k bytea NOT NULL, PRIMARY KEY (s, k))");
    const std::vector<Table> tables = must(tables_of(source_->handle()));
    ASSERT_EQ(tables.size(), 1U);
    const Table& table = tables.front();
    EXPECT_THAT(table.key, ::testing::ElementsAre(1U, 0U));
    const Batch batch = all_of(table);
    ASSERT_EQ(batch.rows.size(), 4U);

    Reach reach(url_);
    PostgresConnection target(reach);
    const std::string insert = insert_sql(table);
    must(target.begin_writing());
    must(target.run_last({"t", insert.c_str()}, parameters_of(table, batch)));
    must(target.begin_reading());
    Sum whole;
    Row after;
    for (const Row& row : batch.rows) {
        Sum one;
        one.add(table, row);
        whole.add(one);
        const Row key = key_of(table, row);
        EXPECT_EQ(key_in(table, to_line(key)), key);
        EXPECT_EQ(must(sum_in(target, table, after, key)), one) << to_line(key);
        after = key;
        EXPECT_EQ(all_of(table, key).rows.size() + static_cast<std::size_t>(whole.rows), 4U);
    }
    EXPECT_EQ(must(sum_in(target, table, {}, {})), whole);
    EXPECT_EQ(must(sum_in(target, table, after, {})).rows, 0);
}

TEST_F(MoveRows, a_table_is_told_by_its_first_unique_index_or_refused) {
    execute("CREATE TABLE j (a INTEGER, b INTEGER, c TEXT) STRICT");
    EXPECT_THAT(tables_of(source_->handle()).error().message,
                ::testing::HasSubstr("nothing tells its rows apart"));
    execute("CREATE INDEX j0 ON j (c); CREATE UNIQUE INDEX j1 ON j (b, a);"
            "CREATE UNIQUE INDEX j2 ON j (c) WHERE a > 0");
    EXPECT_THAT(must(tables_of(source_->handle())).front().key, ::testing::ElementsAre(1U, 0U));
    execute("CREATE VIRTUAL TABLE words USING fts5(text)");
    EXPECT_THAT(tables_of(source_->handle()).error().message,
                ::testing::HasSubstr("cannot be moved"));
}

TEST_F(MoveRows, a_key_that_is_not_of_the_table_is_none) {
    EXPECT_FALSE(key_in(file_pieces_table(), "x00 x00"));
    EXPECT_FALSE(key_in(file_pieces_table(), "x00 x0g 1"));
    EXPECT_FALSE(key_in(file_pieces_table(), "x00 x00 one"));
    EXPECT_TRUE(key_in(file_pieces_table(), "x00 x00 1"));
}

} // namespace weft::store::moving
