// What the queries whose words differ, or mean something else, answer in SQLite and in PostgreSQL.
#include "store/test_postgres.h"

namespace weft::store {

namespace {

constexpr std::int64_t everything = std::numeric_limits<std::int64_t>::max();

/// A table with one record for each body, created in that order.
struct Records : Both {
    TableId table = mint<TableTag>();
    std::vector<RecordId> ids;

    explicit Records(const std::vector<std::string>& bodies) {
        for (const std::string& body : bodies) {
            ids.push_back(mint<RecordTag>());
            run("records.insert", {bytes_of(table), bytes_of(ids.back()), body, std::ssize(ids)});
        }
    }
    /// The numbers of the records, from 0, in the order of a query.
    std::string order(const std::string& name, std::vector<Value> more,
                      std::int64_t limit = everything, std::int64_t skip = 0) {
        std::vector<Value> values{bytes_of(table), limit, skip};
        values.insert(values.end(), more.begin(), more.end());
        std::string text;
        for (const std::string& line : run(name, values))
            for (std::size_t i = 0; i < ids.size(); ++i)
                if (line.starts_with(ids[i].hex()))
                    text += (text.empty() ? "" : " ") + std::to_string(i);
        return text;
    }
};

/// An execution of a task of its own.
struct Running : Both {
    ExecutionId id = mint<ExecutionTag>();
    TaskId task = mint<TaskTag>();

    Running() {
        run("executions.add_task", {bytes_of(task), "name", "me", 1});
        run("executions.add", {bytes_of(id), std::string(16, 'u'), bytes_of(task),
                               bytes_of(mint<AgentflowTag>()), 0, 0, 1, 1, Value{}});
        run("ready.add", {bytes_of(id), 5});
    }
    std::string column(int number) {
        std::vector<std::string> cells(1);
        const Lines found = run("executions.find", {bytes_of(id)});
        for (const char c : found.at(0))
            if (c == '|')
                cells.emplace_back();
            else
                cells.back() += c;
        return cells.at(static_cast<std::size_t>(number));
    }
    std::string state() { return column(3); }
    std::string settling() { return column(6); }
    std::string owner() { return column(7); }
    std::string epoch() { return column(8); }
    std::string next_seq() { return column(9); }
    Lines goes_on(std::int64_t next_seq) {
        return run("commit.goes_on", {bytes_of(id), 1, next_seq});
    }
    /// One row of the journal, after a step that used something.
    Lines append(std::int64_t seq, std::int64_t kind, const char* payload = "{}",
                 std::vector<Value> used = {10, 20, 30, 40}) {
        std::vector<Value> values{bytes_of(id), seq, kind, 9, payload, Value{}};
        values.insert(values.end(), used.begin(), used.end());
        return run("journal.append", values);
    }
};

const Lines none;
const Lines one_changed{"changed 1"};
const Lines nothing_changed{"changed 0"};

} // namespace

TEST(Dialects, records_by_value) {
    Records records({
        R"({"v":10})",               // 0
        R"({"v":"b","w":"\u0000"})", // 1
        R"({"v":9.5})",              // 2
        R"({"v":null})",             // 3
        R"({"v":true})",             // 4
        R"({"v":"ä"})",              // 5
        R"({"w":1})",                // 6
        R"({"v":"B"})",              // 7
        R"({"v":-3e300})",           // 8
        R"({"v":"10"})",             // 9
        R"({"v":1})",                // 10
        R"({"v":""})",               // 11
        R"({"v":["x",1]})",          // 12
        R"({"v":{"a":1}})",          // 13
        R"({"v":false})",            // 14
        R"({"v":"b\u0000c"})",       // 15
        R"({"v":"b\"\\n"})",         // 16
        R"({"v":9007199254740993})", // 17
        R"({"v":9007199254740992})", // 18
        R"({"v":1.0})",              // 19
    });
    EXPECT_EQ(records.order("record_pages.by_value", {"v"}),
              "8 14 4 10 19 2 0 18 17 11 9 7 12 1 15 16 13 5 3 6");
    EXPECT_EQ(records.order("record_pages.by_value_down", {"v"}),
              "5 13 16 15 1 12 7 9 11 17 18 0 2 19 10 4 14 8 6 3");
    EXPECT_EQ(records.order("record_pages.by_value", {"v"}, 3, 2), "4 10 19");
    EXPECT_EQ(records.order("record_pages.by_value", {"größe"}, 2), "0 1");
    EXPECT_EQ(records.order("record_pages.by_update_down", {}, 2), "19 18");
    EXPECT_EQ(records.order("record_pages.by_creation", {}, 2, 1), "1 2");
}

TEST(Dialects, records_by_date) {
    Records records({
        R"({"d":"2026-01-02"})",                // 0
        R"({"d":1767225600})",                  // 1: 2026-01-01T00:00:00Z
        R"({"d":"no date"})",                   // 2
        R"({"d":"2026-01-01T01:00:00+02:00"})", // 3
        R"({"d":"2026-01-01 00:00:01Z"})",      // 4
        R"({"d":null})",                        // 5
        R"({"d":"2026-01-01T00:00:00.250"})",   // 6
        R"({"d":"2026-02-30"})",                // 7: as SQLite, the second of March
        R"({"d":"0001-01-01"})",                // 8
        R"({"d":"9999-12-31T23:59:59Z"})",      // 9
        R"({"d":"2026-13-01"})",                // 10
        R"({"d":"2026-01-01T25:00"})",          // 11
        R"({"d":"2026-03-01T12:00-05:00"})",    // 12
        R"({})",                                // 13
        R"({"d":"2026-01-02","e":"\u0000"})",   // 14
        R"({"d":-1.5})",                        // 15
        R"({"d":"1969-12-31T23:59"})",          // 16
        R"({"d":""})",                          // 17
    });
    EXPECT_EQ(records.order("record_pages.by_date", {"d", 1}),
              "8 16 15 3 1 6 4 0 14 12 7 9 2 5 10 11 13 17");
    EXPECT_EQ(records.order("record_pages.by_date", {"d", -1}),
              "9 7 12 14 0 4 6 1 3 15 16 8 17 13 11 10 5 2");
    EXPECT_EQ(records.order("record_pages.by_date", {"d", -1}, 2, 1), "7 12");
}

TEST(Dialects, values_of_a_column_and_their_removal) {
    Records records({R"({"b":"x\u0000\\u0000","a":[1,{"b":2}],"z":1.50})", R"({"b":null,"a":1})",
                     R"({"a":"b"})", R"({"b":{"c":"\\ue0b7\n\"ä"}})", R"({"b":7})"});
    const Value table = bytes_of(records.table);
    const std::string before(12, '\0');
    const auto values = [&](const char* column) {
        return run_on(records.postgres, "columns.values",
                      {bytes_of(records.project), table, column, before, 10})
            .size();
    };
    EXPECT_EQ(values("b"), 3U);
    EXPECT_EQ(records.run("columns.values", {table, "a", before, 10}).size(), 3U);
    EXPECT_EQ(records.run("columns.values", {table, "nothing", before, 10}), none);

    EXPECT_EQ(records.run("columns.slice_end", {table, before, 3}), Lines{records.ids[2].hex()});
    EXPECT_EQ(records.run("columns.slice_end", {table, before, 30}), Lines{records.ids[4].hex()});
    EXPECT_EQ(records.run("columns.slice_end", {table, bytes_of(records.ids[4]), 3}), none);

    const Value last = bytes_of(records.ids[3]);
    EXPECT_EQ(records.run("columns.forget", {table, "a", before, last}), Lines{"changed 3"});
    const Lines rest = records.run("record_pages.after", {table, before, 10});
    EXPECT_TRUE(rest.at(0).contains(R"({"b":"x\u0000\\u0000","z":1.50})")) << rest[0];
    EXPECT_EQ(records.run("columns.forget", {table, "b", before, last}), Lines{"changed 3"});
    const Lines empty = records.run("record_pages.after", {table, before, 10});
    EXPECT_TRUE(empty.at(0).contains(R"({"z":1.50})")) << empty[0];
    EXPECT_TRUE(empty.at(3).contains("|{}|")) << empty[3];
    EXPECT_TRUE(empty.at(4).contains(R"({"b":7})")) << "beyond the slice: " << empty[4];
}

TEST(Dialects, tags_of_files) {
    Both both;
    for (const char* tags : {R"(["a","B","ä"])", R"([",","a\"b"])", "[]", R"(["a"])"})
        both.run("files.insert", {bytes_of(both.mint<FileTag>()), "name", "text/plain", tags, 1});
    EXPECT_EQ(both.run("files.count", {"", "%"}), Lines{"4"});
    EXPECT_EQ(both.run("files.count", {"a", "%"}), Lines{"2"});
    EXPECT_EQ(both.run("files.count", {"b", "%"}), Lines{"0"});
    EXPECT_EQ(both.run("files.count", {R"(a"b)", "%"}), Lines{"1"});
    EXPECT_EQ(both.run("files.list", {"ä", "%", 10, 0}).size(), 1U);
    EXPECT_EQ(both.run("files.list", {"", "%", 2, 1}).size(), 2U);
    EXPECT_EQ(both.run("files.tags"), (Lines{",|1", "B|1", "a|2", "a\"b|1", "ä|1"}));
}

TEST(Dialects, lists_of_the_inbox) {
    Both both;
    std::vector<InboxId> ids;
    for (const char* word : {"mail", "letter", "mail"}) {
        ids.push_back(both.mint<InboxTag>());
        both.run("inbox.add", {bytes_of(ids.back()), bytes_of(both.mint<ExecutionTag>()), 1, 0,
                               Value{}, "agent", word, "{}", Value{}, 1, "", Value{}, 0, 0});
        both.run("inbox_index.add_word", {word, 0, 0, bytes_of(ids.back())});
        both.run("inbox_index.count", {"", 0, 0, 1});
    }
    const std::string newest(12, '\xff');
    EXPECT_EQ(
        both.run("inbox.list", {fmt::format(R"(["{}","{}"])", ids[0].hex(), ids[2].hex())}).size(),
        2U);
    EXPECT_EQ(both.run("inbox.list", {"[]"}), none);
    const auto found = [&](const char* word, std::int64_t assigned, const char* assignee) {
        return both.run("inbox_pages.of_word",
                        {newest, 10, 0, 0, word, "", "", "", assigned, assignee, assignee, ""});
    };
    EXPECT_EQ(found("mail", 0, ""), (Lines{ids[2].hex(), ids[0].hex()}));
    EXPECT_EQ(found("mail", 1, "").size(), 2U);
    EXPECT_EQ(found("mail", 1, "x"), none);
    EXPECT_EQ(found("MAIL", 0, ""), none);
    const auto reach = [&](const Value& status) {
        return both.run("inbox_pages.reach", {"mail", "nowhere", "", "", 1, status, Value{}});
    };
    EXPECT_EQ(reach(Value{}), Lines{"0|0|" + ids[0].hex() + "|||"});
    EXPECT_EQ(reach(1), none);
    EXPECT_EQ(both.run("inbox_pages.states"), Lines{"0|0|3"});
    EXPECT_EQ(both.run("inbox_pages.of_assignee", {newest, 1, 0, 0, ""}), Lines{ids[2].hex()});
}

TEST(Dialects, an_execution_is_claimed_carried_on_and_let_go) {
    Running run;
    const Value id = bytes_of(run.id);
    EXPECT_EQ(run.run_all("claims.next_project", {std::string(12, '\0')}),
              Lines{run.project.hex()});
    EXPECT_EQ(run.run("claims.first", {10}), Lines{run.id.hex()});
    EXPECT_EQ(run.run("ready.add", {id, 6}), nothing_changed);
    EXPECT_EQ(run.run("ready.remove", {id}), one_changed);
    EXPECT_EQ(run.run("claims.take", {id, 7, 2}), Lines{"1"});
    EXPECT_EQ(run.run("claims.take", {id, 8, 2}), none);
    EXPECT_EQ(run.goes_on(1), Lines{"1"});
    EXPECT_EQ(run.append(1, 1), one_changed);
    EXPECT_EQ(run.goes_on(1), none) << "of a number that was before";
    EXPECT_EQ(run.run("commit.facts", {id}), Lines{"1|0|0|0|0|7|1|2|"});
    EXPECT_EQ(run.run_all("claims.lost", {7, 10}), none);
    EXPECT_EQ(run.run_all("claims.lost", {9, 10}).size(), 1U);
    EXPECT_EQ(run.run("claims.disown", {id, 7}), none) << "its owner lives";
    EXPECT_EQ(run.run("claims.disown", {id, 9}), Lines{"1"});
    EXPECT_EQ(run.run("claims.disown", {id, 9}), none) << "another node did it";
    EXPECT_EQ(run.owner() + " " + run.epoch(), "0 2");
    EXPECT_EQ(run.run("tasks.usage", {bytes_of(run.task)}), Lines{"10|20|30|40"});
    EXPECT_EQ(run.append(2, 2), one_changed);
    EXPECT_EQ(run.run("tasks.usage", {bytes_of(run.task)}), Lines{"20|40|60|80"});
    EXPECT_EQ(run.run("tasks.usage", {bytes_of(run.mint<TaskTag>())}), Lines{"0|0|0|0"});
}

TEST(Dialects, a_step_sees_what_the_task_was_asked) {
    Running run;
    const Value id = bytes_of(run.id);
    run.run("claims.take", {id, 7, 2});
    EXPECT_EQ(run.goes_on(1), Lines{"1"});
    EXPECT_EQ(run.run("tasks.want", {bytes_of(run.task), 3, 2}), one_changed);
    EXPECT_EQ(run.goes_on(1), none);
    EXPECT_EQ(run.run("tasks.note_stop", {bytes_of(run.task), 3, "id", "name"}), one_changed);
    EXPECT_EQ(run.run("tasks.stop", {bytes_of(run.task), 3}), one_changed);
    EXPECT_EQ(run.state() + " " + run.settling(), "6 1") << "its owner is awaited";
    EXPECT_EQ(run.run_all("claims.overdue", {4, 10}).size(), 1U);
    EXPECT_EQ(run.run("claims.disown", {id, -1}), Lines{"6"});
    EXPECT_EQ(run.run_all("claims.overdue", {4, 10}), none);
    Running idle;
    EXPECT_EQ(idle.run("executions.stop", {bytes_of(idle.id), 3}), one_changed);
    EXPECT_EQ(idle.state() + " " + idle.settling(), "6 0");
}

TEST(Dialects, who_waits_is_woken_once) {
    Running run;
    const Value id = bytes_of(run.id);
    run.run("claims.take", {id, 7, 2});
    run.append(1, 1);
    run.run("commit.change", {id, 2, 0, 0, 0, 50, 2, Value{}});
    EXPECT_EQ(run.run_all("claims.due", {49, 10}), none);
    EXPECT_EQ(run.run_all("claims.next_wake"), Lines{"50"});
    EXPECT_EQ(run.run_all("claims.due", {50, 10}).size(), 1U);
    EXPECT_EQ(run.run("claims.woken", {id, 49}), nothing_changed) << "it waits for another time";
    EXPECT_EQ(run.run("claims.woken", {id, 50}), one_changed);
    EXPECT_EQ(run.run("claims.woken", {id, 50}), nothing_changed);

    EXPECT_EQ(run.run("waits.begin", {id, 2, 3, "event", "{}", Value{}}), one_changed);
    EXPECT_EQ(run.run("waits.answered", {id, "done", 60, "me"}), one_changed);
    EXPECT_EQ(run.run("waits.begin", {id, 4, 3, "other", "{}", bytes_of(run.id)}), one_changed);
    const Lines facts = run.run("waits.facts", {id});
    EXPECT_TRUE(facts.at(0).ends_with("|4|3|other|{}|" + run.id.hex() + "|||")) << facts[0];
    EXPECT_EQ(run.run("waits.go_on", {id, 61}), Lines{"1"});
    EXPECT_EQ(run.epoch() + " " + run.next_seq(), "1 2");
    run.run("claims.take", {id, 7, 62});
    EXPECT_EQ(run.run("waits.go_on", {id, 63}), Lines{"1"});
    EXPECT_EQ(run.epoch() + " " + run.owner(), "3 0");
}

TEST(Dialects, what_is_live_and_what_has_ended) {
    Running run;
    EXPECT_EQ(run.run("removal.live", {10}), Lines{run.id.hex()});
    EXPECT_EQ(run.run("removal.held"), Lines{"0"});
    run.run("claims.take", {bytes_of(run.id), 7, 2});
    EXPECT_EQ(run.run("removal.held"), Lines{"1"});
    EXPECT_EQ(run.run("executions.count_state", {1}), Lines{"1"});
    EXPECT_EQ(run.run("executions.family", {bytes_of(run.id)}), Lines{run.task.hex() + "|0|1"});
    EXPECT_EQ(run.run("executions.pause", {bytes_of(run.id), 10}), one_changed);
    EXPECT_EQ(run.run("executions.resume", {bytes_of(run.id), 15}), one_changed);
    EXPECT_EQ(run.column(14), "5");
}

TEST(Dialects, rows_of_a_project_are_removed_a_few_at_a_time) {
    Records records(std::vector<std::string>(5, "{}"));
    records.run("secrets.put", {"name", "sealed", 1});
    records.run("data_keys.insert", {"sealed", 1});
    records.run("effects.insert", {"key", "1", 1});
    const auto run = bytes_of(records.mint<ExecutionTag>());
    for (std::int64_t seq = 1; seq <= 20; ++seq)
        records.run("journal.append", {run, seq, 1, 1, "{}", Value{}, 0, 0, 0, 0});
    for (std::int64_t number = 0; number < 3; ++number)
        records.run("blobs.put_piece", {"hash", number, "body"});
    int tables = 0;
    int rows = 0;
    for (const Found& query : all_queries()) {
        if (!query.name.starts_with("removal.") || query.types.size() != 2 ||
            query.types.back() != "std::int64_t" || !query.sqlite.contains("DELETE"))
            continue;
        ++tables;
        for (Lines changed; changed != nothing_changed;) {
            changed = records.run(query.name, {2});
            rows += std::atoi(changed.at(0).substr(8).c_str());
            ASSERT_TRUE(changed.at(0) <= "changed 2") << query.name;
        }
    }
    EXPECT_EQ(tables, 33);
    EXPECT_EQ(rows, 5 + 3 + 20 + 3);
}

TEST(Dialects, invariants_are_broken_alike) {
    Running run;
    const Value id = bytes_of(run.id);
    const std::vector<Value> nothing{0, 0, 0, 0};
    run.append(1, 2, R"({"s":0,"n":1,"a":1,"u":[10,20,30,40],"d":{"cr":60},"t":"\u0000"})",
               nothing);
    run.append(2, 1, R"({"s":0,"n":2,"a":1})", nothing);
    run.append(3, 1, R"({"s":0,"n":2,"a":1})", nothing);
    run.append(5, 4, R"({})", nothing);
    const std::string is = run.id.hex() + "|";
    EXPECT_EQ(run.run_all("invariants.numbering"), Lines{is + "rows 4, last 5"});
    EXPECT_EQ(run.run_all("invariants.counters"),
              Lines{is + "counters 0 0 0 0, journal 10 20 30 100"});
    EXPECT_EQ(run.run_all("invariants.charges"), none);
    EXPECT_EQ(run.run_all("invariants.attempts"),
              Lines{is + "2 rows of kind 1 for step 0, effect 2, attempt 1"});
    EXPECT_EQ(run.run_all("invariants.unmeant"), Lines{is + "result 1 without its intent"});
    EXPECT_EQ(run.run_all("invariants.ends"), Lines{is + "state 0, 1 finished, the last as row 5"});
    EXPECT_EQ(run.run_all("invariants.owners"), none);
    EXPECT_EQ(run.run_all("invariants.forgotten"), none);
    run.run("ready.remove", {id});
    EXPECT_EQ(run.run_all("invariants.forgotten"),
              Lines{is + "in state 0 and nothing will carry it on"});
    run.run("ledger.append",
            {bytes_of(run.mint<struct ChargeTag>()), id, Value{}, "agent", "model", 1, 2, 3, 4, 5});
    EXPECT_EQ(run.run_all("invariants.charges"),
              Lines{is + "credits 0, cost 0, tokens 0, ledger 4, 3, 3"});
}

TEST(Dialects, numbers_of_nodes_and_expiry) {
    Both both;
    EXPECT_EQ(both.run_all("store.next_node"), Lines{"1"});
    EXPECT_EQ(both.run_all("store.next_node"), Lines{"2"});
    EXPECT_EQ(both.run_all("writer.probe", {5}), one_changed);
    EXPECT_EQ(both.run_all("writer.probe", {6}), one_changed);
    for (int i = 0; i < 3; ++i)
        both.run("effects.insert", {std::string(1, static_cast<char>('a' + i)), "1", i});
    EXPECT_EQ(both.run_all("effects.forget", {2, 1}), one_changed);
    EXPECT_EQ(both.run_all("effects.forget", {2, 10}), one_changed);
    const auto flow = bytes_of(both.mint<AgentflowTag>());
    both.run("agentflows.insert", {flow, "name", 1, bytes_of(both.mint<VersionTag>()), 1, Value{}});
    EXPECT_EQ(both.run("agentflows.touch", {flow, 20}), one_changed);
    EXPECT_EQ(both.run("agentflows.touch", {flow, 10}), one_changed) << "the later one stays";
}

// --- of PostgreSQL alone, whose writers do not queue

TEST(Dialects, two_nodes_claim_different_executions) {
    Running run;
    const auto second = bytes_of(run.mint<ExecutionTag>());
    run.run("ready.add", {second, 6});
    PostgresDatabase other(run.postgres);
    const auto first_of = [&](PostgresDatabase& node) {
        return run_on(node, "claims.first", {bytes_of(run.project), 1});
    };
    run.postgres.execute("BEGIN");
    other.execute("BEGIN");
    EXPECT_EQ(first_of(run.postgres), Lines{run.id.hex()});
    const Lines theirs = first_of(other);
    ASSERT_EQ(theirs.size(), 1U);
    EXPECT_NE(theirs, Lines{run.id.hex()});
    other.execute("ROLLBACK");
    run.postgres.execute("ROLLBACK");
}

} // namespace weft::store
