// Deleted projects: nobody finds them, and nothing of them stays in any table.
#include "store/removal.h"
#include "store/aggregates_testing.h"
#include "store/connectors.h"
#include "store/database_testing.h"
#include "store/projects.h"
#include "store/records.h"
#include "store/tables.h"
#include "store/test_world.h"
#include "store/vault.h"

#include <map>

namespace weft::store {

namespace {

/// A table with a project_id, with its columns and their types.
using Columns = std::vector<std::pair<std::string, std::string>>;

struct SchemaWorld : World {
    std::vector<std::string> texts_of(const std::string& sql) {
        return must(connection.all<std::string>(Sql{"schema", kept(sql)}));
    }
    std::map<std::string, Columns> tables_of_projects() {
        std::map<std::string, Columns> tables;
        for (const std::string& table : texts_of(tables_sql())) {
            const auto named = [&](std::string_view what) {
                return texts_of(fmt::format(fmt::runtime(columns_sql()), what, table));
            };
            const auto names = named("name");
            const auto types = named("type");
            if (std::ranges::find(names, "project_id") == names.end()) continue;
            if (table == "file_piece") continue; // bytes of files go by Store::remove_files_of
            if (table == "audit") continue;      // outlives what it tells of
            for (std::size_t i = 0; i < names.size(); ++i)
                tables[table].emplace_back(names[i], types[i]);
        }
        return tables;
    }
    /// Rows with something in each column, of whatever table a migration has made.
    void fill(const std::string& table, const Columns& columns, const Scope& of, int rows) {
        for (int i = 0; i < rows; ++i) {
            std::string names;
            std::string values;
            for (const auto& [name, type] : columns) {
                names += (names.empty() ? "" : ", ") + name;
                values += values.empty() ? "" : ", ";
                if (name == "project_id")
                    values += bytes(of.project);
                else if (type == "BLOB")
                    values += bytes(fmt::format("{:024x}", ++number_));
                else if (type == "TEXT")
                    values += fmt::format("'{:016x}'", ++number_);
                else
                    values += std::to_string(++number_);
            }
            execute(fmt::format("INSERT INTO {} ({}) VALUES ({})", table, names, values));
        }
    }
    std::int64_t rows_of(const std::string& table, const Scope& of) {
        return count(fmt::format("{} WHERE project_id = {}", table, bytes(of.project)));
    }

private:
    static const char* tables_sql() {
        return on_postgres() ? "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
                             : "SELECT name FROM sqlite_schema WHERE type = 'table'";
    }
    /// The name or the type, in SQLite's words, of each column of a table.
    static std::string_view columns_sql() {
        return on_postgres()
                   ? R"(SELECT {0} FROM (SELECT column_name::text AS name, ordinal_position AS cid,
                        CASE data_type WHEN 'bytea' THEN 'BLOB' WHEN 'text' THEN 'TEXT'
                        ELSE 'INTEGER' END AS type FROM information_schema.columns
                        WHERE table_name = '{1}') c ORDER BY cid)"
                   : "SELECT {0} FROM pragma_table_info('{1}') ORDER BY cid";
    }

    int number_ = 7; ///< no state of an execution that is alive
};

Project in_scope(const Scope& scope) {
    return {.id = scope.project, .organization = scope.organization};
}

} // namespace

// A table that is added to the schema and forgotten in removal.cpp fails here.
TEST(Removal, leaves_no_row_in_any_table_of_the_schema_and_touches_no_other_project) {
    SchemaWorld world;
    const Scope other = world.project();
    const auto tables = world.tables_of_projects();
    EXPECT_GE(tables.size(), 18U);
    for (const auto& [table, columns] : tables) {
        const int rows = table == "data_key" ? 1 : 40;
        world.fill(table, columns, world.scope, rows);
        world.fill(table, columns, other, rows);
    }
    Tx tx = world.tx();
    must(projects::mark_deleted(tx, world.scope, world.scope.project));
    ASSERT_EQ(must(removal::pending(tx, tx.now())).size(), 1U);
    EXPECT_FALSE(must(removal::finish(tx, in_scope(world.scope))));
    while (!must(removal::remove_some(tx, world.scope.project))) {}
    EXPECT_TRUE(must(removal::finish(tx, in_scope(world.scope))));
    for (const auto& [table, columns] : tables) {
        EXPECT_EQ(world.rows_of(table, world.scope), 0) << table;
        EXPECT_EQ(world.rows_of(table, other), table == "data_key" ? 1 : 40) << table;
    }
    EXPECT_TRUE(must(removal::pending(tx, tx.now())).empty());
    EXPECT_EQ(world.count("project"), 1);
}

TEST(Removal, the_row_that_says_so_stays_while_anything_else_does) {
    SchemaWorld world;
    Tx tx = world.tx();
    must(projects::mark_deleted(tx, world.scope, world.scope.project));
    EXPECT_TRUE(must(removal::remove_some(tx, world.scope.project)));
    world.fill("task", world.tables_of_projects().at("task"), world.scope, 1); // a late write
    EXPECT_FALSE(must(removal::finish(tx, in_scope(world.scope))));
    EXPECT_EQ(must(removal::pending(tx, tx.now())).size(), 1U);
    EXPECT_TRUE(must(removal::remove_some(tx, world.scope.project)));
    EXPECT_TRUE(must(removal::finish(tx, in_scope(world.scope))));
}

TEST(Removal, a_project_that_is_alive_is_never_removed) {
    World world;
    Tx tx = world.tx();
    EXPECT_TRUE(must(removal::remove_some(tx, world.scope.project)));
    must(removal::finish(tx, in_scope(world.scope)));
    EXPECT_TRUE(projects::find(tx, world.scope, world.scope.project));
}

TEST(Removal, nothing_ready_is_claimed_and_everything_alive_is_stopped) {
    World world;
    const Scope other = world.project();
    const Claim owned = (world.make(), world.claim_one());
    for (int i = 0; i < 5; ++i) world.make();
    const Execution theirs = world.make_in(other);
    Tx tx = world.tx();
    const Project project = must(projects::mark_deleted(tx, world.scope, world.scope.project));
    claims::Turn turn;
    const auto claimed = world.claim(10, turn);
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed[0].execution, theirs.id);
    EXPECT_FALSE(turn.more);

    EXPECT_EQ(must(removal::held(tx, project.id)), 1);
    auto stopped = must(removal::stop_some(tx, project, 4));
    EXPECT_EQ(stopped.count, 4);
    const auto rest = must(removal::stop_some(tx, project, 4));
    EXPECT_EQ(rest.count, 2);
    stopped.owned.insert(stopped.owned.end(), rest.owned.begin(), rest.owned.end());
    EXPECT_EQ(stopped.owned, std::vector{owned.execution});
    EXPECT_EQ(world.commit(world.step(owned)), Verdict::stopped);
    EXPECT_EQ(must(removal::held(tx, project.id)), 0);
    while (!must(removal::remove_some(tx, project.id))) {}
    EXPECT_EQ(world.commit(world.step(owned, 2)), Verdict::fenced); // a late write bounces
    EXPECT_TRUE(must(removal::finish(tx, project)));
    EXPECT_EQ(world.count("execution"), 1);
    EXPECT_EQ(world.count("journal"), 0);
}

class RemovalTest : public AggregateTest {};

TEST_F(RemovalTest, a_deleted_project_and_its_keys_are_nobodys_at_once) {
    const auto key = write([&](Tx& tx) {
        return api_keys::create(tx, store_->vault(), mine_,
                                {.name = "own", .project = mine_.project});
    });
    ASSERT_TRUE(key);
    const auto known = [&] {
        return read([&](Rx& rx) {
            return api_keys::find_by_secret(rx, store_->vault(), key->secret, clock_.now());
        });
    };
    EXPECT_TRUE(known());
    EXPECT_TRUE(
        is_code(write([&](Tx& tx) { return projects::mark_deleted(tx, foreign_, mine_.project); }),
                Code::not_found));
    const auto mark = [&] {
        return write([&](Tx& tx) { return projects::mark_deleted(tx, mine_, mine_.project); });
    };
    EXPECT_TRUE(mark());
    EXPECT_TRUE(is_code(mark(), Code::not_found));
    EXPECT_TRUE(is_code(known(), Code::unauthenticated));
    EXPECT_TRUE(is_code(read([&](Rx& rx) { return projects::find(rx, mine_, mine_.project); }),
                        Code::not_found));
    EXPECT_TRUE(is_code(
        read([&](Rx& rx) { return projects::find_by_ordinal(rx, mine_.project.ordinal()); }),
        Code::not_found));
    EXPECT_EQ(read([&](Rx& rx) { return projects::list(rx, mine_); })->total, 1);
    // Its name is free, its ordinal is not.
    const auto again =
        write([&](Tx& tx) { return projects::create(tx, mine_, {.name = "Project"}); });
    ASSERT_TRUE(again);
    EXPECT_NE(again->ordinal, mine_.project.ordinal());
}

TEST_F(RemovalTest, what_was_asked_for_before_makes_nothing_after_it) {
    ASSERT_TRUE(write([&](Tx& tx) { return projects::mark_deleted(tx, mine_, mine_.project); }));
    const auto refused = [&](auto fn) {
        return is_code(write([&](Tx& tx) { return fn(tx); }), Code::not_found);
    };
    EXPECT_TRUE(refused([&](Tx& tx) { return executions::create(tx, mine_, {}, "x", {}); }));
    EXPECT_TRUE(refused([&](Tx& tx) { return tables::create(tx, mine_, {.name = "t"}); }));
    EXPECT_TRUE(
        refused([&](Tx& tx) { return secrets::put(tx, store_->vault(), mine_, "name", "value"); }));
    EXPECT_TRUE(refused([&](Tx& tx) { return connectors::create(tx, mine_, kinds()[0]); }));
}

TEST_F(RemovalTest, bytes_of_files_go_with_it) {
    const FileId file = minter_.mint<FileTag>(1);
    for (const Scope* scope : {&mine_, &sibling_})
        ASSERT_TRUE(await(store_->write_file(scope->project, file, "bytes")));
    ASSERT_TRUE(await(store_->remove_files_of(mine_.project)));
    EXPECT_TRUE(is_code(await(store_->read_file(mine_.project, file)), Code::not_found));
    EXPECT_EQ(await(store_->read_file(sibling_.project, file)).value(), "bytes");
}

} // namespace weft::store
