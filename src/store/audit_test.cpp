// The chain of who changed what: whole after mixed changes, and whatever is done to it by hand is
// found, with the row where it was done.
#include "store/audit.h"
#include "store/test_world.h"

namespace weft::store {

namespace {

struct AuditWorld : World {
    Vault vault = must(Vault::open(-1, std::string(64, '7')));
    audit::Chain chain{scope.organization, false};

    AuditWorld() {
        scope.principal = {Principal::Kind::api_key, "0123456789abcdef01234567", "Ada",
                           Role::owner};
    }

    void append(const Scope& of, audit::Entry entry) {
        Tx to = tx();
        must(audit::append(to, vault, of, entry));
    }
    void append(int rows) {
        for (int i = 0; i < rows; ++i)
            append(scope, {.what = "flows.update",
                           .object = fmt::format("{}", i),
                           .details = {{"members", json::array{"name"}}},
                           .address = "127.0.0.1",
                           .request_id = "r"});
    }
    audit::Walk walk(const Vault& with, const audit::Chain& of) {
        audit::Walk walk;
        Tx to = tx();
        while (!walk.is_done) must(audit::verify(to, with, of, walk));
        return walk;
    }
    audit::Walk walk() { return walk(vault, chain); }
    /// "7 was changed", or "whole".
    std::string fault() {
        const audit::Walk found = walk();
        return found.fault ? fmt::format("{} {}", found.fault->seq, found.fault->what) : "whole";
    }
    std::string own(std::string_view more = "") const {
        return fmt::format(" WHERE organization_id = {}{}", bytes(chain.organization), more);
    }
    audit::Page list(const audit::Filter& filter) {
        Tx to = tx();
        return must(audit::list(to, scope, filter));
    }
    std::vector<std::int64_t> seqs(const audit::Filter& filter) {
        std::vector<std::int64_t> all;
        for (const audit::Row& row : list(filter).rows) all.push_back(row.seq);
        return all;
    }
    /// Three rows by two keys, of two objects, a minute apart; the second one is of no project.
    void append_different() {
        append(scope, {.what = "flows.create", .object = "a"});
        clock.advance(seconds(60));
        Scope other = scope;
        other.project = {};
        other.principal.name = "Grace_";
        append(other, {.what = "api_keys.create", .object = "b"});
        clock.advance(seconds(60));
        append(scope, {.what = "flows.update", .object = "a"});
    }
};

} // namespace

TEST(Audit, each_organization_has_a_chain_of_its_own_that_is_whole) {
    AuditWorld world;
    EXPECT_EQ(world.fault(), "whole");
    world.append(7);
    Scope other = world.project();
    world.append(other, {.what = "x", .object = ""});
    EXPECT_EQ(world.fault(), "whole");
    const audit::Walk walk = world.walk();
    EXPECT_EQ(walk.seq, 7);
    const audit::Page page = world.list({});
    ASSERT_EQ(page.rows.size(), 7U);
    EXPECT_EQ(page.total, 7);
    EXPECT_EQ(page.rows[0].hash, walk.hash);
    EXPECT_EQ(page.rows[0].previous, page.rows[1].hash);
    EXPECT_EQ(page.rows[0].who_name, "Ada");
    EXPECT_EQ(page.rows[0].details, R"({"members":["name"]})");
    EXPECT_EQ(world.walk(world.vault, {other.organization, false}).seq, 1);
}

TEST(Audit, a_chain_longer_than_one_look_is_looked_at_to_its_end) {
    AuditWorld world;
    world.append(static_cast<int>(audit::rows_per_look) + 1);
    EXPECT_EQ(world.walk().seq, audit::rows_per_look + 1);
    EXPECT_EQ(world.fault(), "whole");
    world.execute("DELETE FROM audit" +
                  world.own(fmt::format(" AND seq = {}", audit::rows_per_look)));
    EXPECT_EQ(world.fault(), fmt::format("{} is missing", audit::rows_per_look));
}

TEST(Audit, a_change_of_any_column_is_found_in_its_row) {
    const char* changes[] = {"at = at + 1",    "project_id = NULL",
                             "who_kind = 1",   "who_id = 'x'",
                             "who_name = 'x'", "what = 'x'",
                             "object = 'x'",   "details = '{}'",
                             "address = 'x'",  "request_id = request_id || ' '"};
    for (const char* change : changes) {
        AuditWorld world;
        world.append(5);
        world.execute(fmt::format("UPDATE audit SET {}", change) + world.own(" AND seq = 3"));
        EXPECT_EQ(world.fault(), "3 was changed") << change;
    }
    for (const char* column : {"hash", "previous"}) {
        AuditWorld world;
        world.append(5);
        world.execute(
            fmt::format("UPDATE audit SET {} = {}", column, world.bytes(std::string(64, '0'))) +
            world.own(" AND seq = 3"));
        EXPECT_TRUE(world.fault().starts_with("3 was changed")) << column;
    }
}

TEST(Audit, text_moved_from_one_column_to_the_next_is_a_change) {
    AuditWorld world;
    world.append(world.scope, {.what = "ab", .object = "cd"});
    world.execute("UPDATE audit SET what = 'abc', object = 'd'" + world.own());
    EXPECT_EQ(world.fault(), "1 was changed");
}

TEST(Audit, a_row_that_is_missing_or_stands_elsewhere_is_found) {
    struct Case {
        std::vector<std::string> sql;
        std::string fault;
    };
    const Case cases[] = {
        {{"DELETE FROM audit{} AND seq = 1"}, "1 is missing"},
        {{"DELETE FROM audit{} AND seq = 3"}, "3 is missing"},
        {{"DELETE FROM audit{} AND seq = 3", "UPDATE audit SET seq = 3{} AND seq = 4",
          "UPDATE audit SET seq = 4{} AND seq = 5"},
         "3 was changed or is out of order"},
        {{"UPDATE audit SET seq = 9{} AND seq = 2", "UPDATE audit SET seq = 2{} AND seq = 3",
          "UPDATE audit SET seq = 3{} AND seq = 9"},
         "2 was changed or is out of order"},
        {{"DELETE FROM audit{} AND seq = 5"}, "5 is missing, as are all to row 5, the last one"},
        {{"DELETE FROM audit{} AND seq > 2"}, "3 is missing, as are all to row 5, the last one"},
        {{"DELETE FROM audit{}"}, "1 is missing, as are all to row 5, the last one"},
        {{"DELETE FROM audit{} AND seq = 5", "UPDATE audit_head SET seq = 4{}"},
         "4 is the last one, but the chain's head was changed: rows may have been cut off before "
         "or after it"},
        {{"UPDATE audit_head SET seq = 4{}"}, "5 is there, but the chain's head ends before it"},
        {{"DELETE FROM audit_head{}"},
         "5 is the last one, but nothing says so: the chain's head is missing"},
    };
    for (const Case& each : cases) {
        AuditWorld world;
        world.append(5);
        for (const std::string& sql : each.sql)
            world.execute(fmt::format(fmt::runtime(sql), world.own()));
        EXPECT_EQ(world.fault(), each.fault) << each.sql[0];
    }
}

// What was cut off must not be forgotten because the next change makes a new head.
TEST(Audit, rows_that_follow_a_cut_do_not_mend_it) {
    const std::vector<std::string> cuts[] = {
        {"DELETE FROM audit{} AND seq > 3"},
        {"DELETE FROM audit{} AND seq > 3", "DELETE FROM audit_head{}"},
        {"DELETE FROM audit{} AND seq > 3",
         "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit{} AND seq = 3){}"},
    };
    for (const auto& cut : cuts) {
        AuditWorld world;
        world.append(5);
        for (const std::string& sql : cut) {
            std::string text = sql;
            for (auto at = text.find("{}"); at != text.npos; at = text.find("{}"))
                text.replace(at, 2, world.own());
            world.execute(text);
        }
        world.append(2);
        EXPECT_NE(world.fault(), "whole") << cut.back();
        world.append(1);
        EXPECT_NE(world.fault(), "whole") << cut.back();
    }
}

TEST(Audit, another_master_key_makes_no_row_that_is_believed) {
    AuditWorld world;
    world.append(2);
    const Vault forger = must(Vault::open(-1, std::string(64, '8')));
    Tx to = world.tx();
    must(audit::append(to, forger, world.scope, {.what = "forged", .object = ""}));
    EXPECT_EQ(world.fault(), "3 was changed");
    EXPECT_TRUE(world.walk(forger, world.chain).fault);
}

TEST(Audit, an_organization_that_began_with_its_chain_cannot_lose_it_unseen) {
    AuditWorld world;
    world.chain.from_the_start = true;
    EXPECT_EQ(world.fault(), "1 is missing, as are all others");
    world.append(world.scope, {.what = std::string(audit::made_organization), .object = "o"});
    world.append(2);
    EXPECT_EQ(world.fault(), "whole");
    world.execute("DELETE FROM audit" + world.own());
    world.execute("DELETE FROM audit_head" + world.own());
    world.append(3);
    EXPECT_EQ(world.fault(),
              "1 is not the one that made the organization: all before it were removed");
}

TEST(Audit, pages_and_filters) {
    AuditWorld world;
    world.append_different();
    using Seqs = std::vector<std::int64_t>;
    EXPECT_EQ(world.seqs({}), (Seqs{3, 2, 1}));
    EXPECT_EQ(world.seqs({.limit = 2}), (Seqs{3, 2}));
    EXPECT_EQ(world.seqs({.below = 2, .limit = 2}), Seqs{1});
    EXPECT_EQ(world.list({.below = 2}).total, 3);
    EXPECT_EQ(world.seqs({.project = world.scope.project}), (Seqs{3, 1}));
    EXPECT_EQ(world.seqs({.object = "a"}), (Seqs{3, 1}));
    EXPECT_EQ(world.seqs({.project = world.scope.project, .object = "b"}), Seqs{});
    EXPECT_EQ(world.seqs({.who = "Grace_"}), Seqs{2});
    EXPECT_EQ(world.seqs({.who = world.scope.principal.id}), (Seqs{3, 2, 1}));
    EXPECT_EQ(world.seqs({.what = "flows."}), (Seqs{3, 1}));
    EXPECT_EQ(world.seqs({.what = "api_keys.create"}), Seqs{2});
    EXPECT_EQ(world.seqs({.what = "api%"}), Seqs{});
    const Instant second = world.list({}).rows[1].at;
    EXPECT_EQ(world.seqs({.from = second}), (Seqs{3, 2}));
    EXPECT_EQ(world.seqs({.before = second}), Seqs{1});
    for (const audit::Filter& filter :
         {audit::Filter{.object = "a", .what = "flows.u"},
          audit::Filter{.project = world.scope.project, .from = second}})
        EXPECT_EQ(world.list(filter).total, 1);
}

} // namespace weft::store
