// How long a page of an inbox of a million items takes, by each filter: one request after the
// other over HTTP, a hundred items each, with the total. The items are put into the database beside
// the server, as it would have written them.
//   bench_inbox [ITEMS]      with WEFT_BENCH_STORE on PostgreSQL
#include "database.h"
#include "load.h"

#include <random>

namespace weft::bench {

namespace {

constexpr int executions = 1'000;
constexpr int requests_each = 200;

/// The statements that fill the inbox, for either database. Items have a status, a type and an
/// assignee that do not depend on each other; their words are in all of them, in one of twenty, in
/// one of ten thousand, or in one alone.
struct Fill {
    std::string project; ///< in hex, as the others
    std::string user;
    std::int64_t ordinal = 0;
    int items = 0;
    bool on_postgres = false;

    std::string bytes(const std::string& hex) const {
        return on_postgres ? "decode(" + hex + ", 'hex')" : "unhex(" + hex + ")";
    }
    std::string number(const std::string& value, int digits) const {
        return on_postgres ? fmt::format("lpad(to_hex({}), {}, '0')", value, digits)
                           : fmt::format("printf('%0{}x', {})", digits, value);
    }
    std::string numbers() const {
        if (on_postgres) return fmt::format("generate_series(0::bigint, {}) AS n (i)", items - 1);
        return fmt::format("(WITH RECURSIVE up (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM up "
                           "WHERE i < {}) SELECT i FROM up) AS n",
                           items - 1);
    }
    std::string words(const std::string& word) const {
        return fmt::format("INSERT INTO inbox_word (project_id, word, status, type, id) "
                           "SELECT {}, {}, status, type, id FROM made ORDER BY 2, 3, 4, 5;\n",
                           bytes("'" + project + "'"), word);
    }
    std::string sql() const;
};

std::string Fill::sql() const {
    const std::string id = number("1700000000 + i / 10", 8) + " || " +
                           number(std::to_string(ordinal), 6) + " || '0007' || " + number("i", 6);
    const std::string nobody = on_postgres ? "''::bytea" : "X''";
    std::string all = fmt::format(
        "CREATE TEMP TABLE runs AS SELECT row_number() OVER (ORDER BY id) - 1 AS k, id "
        "FROM execution;\n"
        "CREATE TEMP TABLE made AS SELECT i, {} AS id,\n"
        "  CASE WHEN i % 100 < 60 THEN 2 WHEN i % 100 < 75 THEN 3 WHEN i % 100 < 85 THEN 4\n"
        "       WHEN i % 100 < 94 THEN 5 WHEN i % 100 < 99 THEN 0 ELSE 1 END AS status,\n"
        "  CASE WHEN i / 100 % 100 < 70 THEN 0 WHEN i / 100 % 100 < 90 THEN 1\n"
        "       WHEN i / 100 % 100 < 99 THEN 2 ELSE 3 END AS type,\n"
        "  CASE WHEN i / 10000 % 10 = 0 THEN {} WHEN i / 10000 % 10 < 5 THEN {} ELSE {} END\n"
        "    AS assignee,\n"
        "  'c' || (i * 7919 % 10000) AS customer, 't' || (i / 3 % 20) AS topic, 'n' || i AS one\n"
        "  FROM {};\n",
        bytes(id), bytes("'" + user + "'"), bytes(number("1 + i / 10000 % 4", 24)), nobody,
        numbers());
    all += fmt::format(
        "INSERT INTO inbox (project_id, id, execution_id, seq, type, status, agent_id, agent_title,"
        " summary, asked, answer, created_at, updated_at, assignee)\n"
        "SELECT {}, m.id, r.id, 2, m.type, m.status, NULL, 'Writer',\n"
        "  '\"Writer\" asks whether it may send letter ' || one || ' to ' || customer ||\n"
        "  ' about ' || topic, '{{\"thoughts\":{{\"text\":\"It is what was asked for.\"}},"
        "\"tool\":\"post_send\",\"skill\":{{\"name\":\"Post\",\"id\":\"\",\"input\":"
        "{{\"to\":\"Ada\",\"text\":\"Dear Ada, as we have agreed.\"}}}}}}', '{{}}',\n"
        "  1700000000000000, 1700000000000000, m.assignee\n"
        "  FROM made m JOIN runs r ON r.k = m.i % {} ORDER BY m.id;\n",
        bytes("'" + project + "'"), executions);
    all += "INSERT INTO inbox_count (project_id, assignee, status, type, items)\n"
           "SELECT project_id, assignee, status, type, count(*) FROM inbox\n"
           " GROUP BY project_id, assignee, status, type;\n";
    for (const char* word : {"'about'", "'asks'", "customer", "'it'", "'letter'", "'may'", "one",
                             "'send'", "'to'", "topic", "'whether'", "'writer'"})
        all += words(word);
    return all;
}

void run_on_sqlite(const std::filesystem::path& data, const std::string& sql) {
    sqlite3* database = nullptr;
    CHECK(sqlite3_open((data / "weft.db").c_str(), &database) == SQLITE_OK);
    char* why = nullptr;
    const std::string whole = "PRAGMA cache_size = -200000; BEGIN;\n" + sql + "COMMIT;";
    if (sqlite3_exec(database, whole.c_str(), nullptr, nullptr, &why) != SQLITE_OK)
        fmt::print(stderr, "{}\n", why);
    CHECK(why == nullptr);
    sqlite3_close(database);
}

/// A page's query, anew for each request.
using Query = std::function<std::string(std::mt19937& random)>;

class Pages {
public:
    Pages(Connections& to, const Fill& fill) : to_(to), fill_(fill) {}

    void measure(const std::string& name, const Query& query) {
        std::vector<double> took_ms;
        json::value last;
        for (int i = 0; i < requests_each; ++i) {
            const std::string target =
                fmt::format("/inbox?projectID={}&{}", fill_.project, query(random_));
            const std::int64_t started = monotonic_us();
            const std::string whole = to_.bytes_of(request("GET", target));
            took_ms.push_back(static_cast<double>(monotonic_us() - started) / 1e3);
            if (i + 1 == requests_each)
                last = parse_json(whole.substr(whole.find("\r\n\r\n") + 4)).value();
        }
        sample("inbox." + name + ".p50_ms", percentile(took_ms, 0.5));
        sample("inbox." + name + ".p95_ms", percentile(took_ms, 0.95));
        slowest_p95_ms_ = std::max(slowest_p95_ms_, percentile(took_ms, 0.95));
        sample("inbox." + name + ".total", static_cast<double>(int_or(last, "total_count", -1)));
        sample("inbox." + name + ".page",
               static_cast<double>(last.at("inbox_requests").as_array().size()));
    }

    double slowest_p95_ms() const { return slowest_p95_ms_; }

private:
    Connections& to_;
    const Fill& fill_;
    std::mt19937 random_{7};
    double slowest_p95_ms_ = 0;
};

Query always(std::string query) {
    return [query = std::move(query)](std::mt19937&) { return query; };
}

void measure_all(Connections& to, const Fill& fill) {
    Pages pages(to, fill);
    const auto any = [&](std::mt19937& random) {
        return std::uniform_int_distribution(0, fill.items - 1)(random);
    };
    const auto after = [&](std::mt19937& random) {
        const int i = any(random);
        return fmt::format("&after_id={:08x}{:06x}0007{:06x}", 1'700'000'000 + i / 10, fill.ordinal,
                           i);
    };
    const std::string mine = "assignee=" + fill.user;
    pages.measure("all", always(""));
    pages.measure("deep", [&](auto& random) { return after(random).substr(1); });
    pages.measure("status", always("status=approved"));
    pages.measure("status_deep", [&](auto& r) { return "status=approved" + after(r); });
    pages.measure("status_rare", always("status=input_required"));
    pages.measure("type", always("type=preview"));
    pages.measure("type_rare_deep", [&](auto& r) { return "type=uncertain_effect" + after(r); });
    pages.measure("status_and_type", always("status=pending&type=preview"));
    pages.measure("status_and_type_deep", [&](auto& r) {
        return "status=input_required&type=uncertain_effect" + after(r);
    });
    pages.measure("assignee", always(mine));
    pages.measure("assignee_deep", [&](auto& r) { return mine + after(r); });
    pages.measure("assignee_status_type", always(mine + "&status=pending&type=preview"));
    pages.measure("nobodys", always("assignee=none"));
    pages.measure("view_ui", always("view=ui"));
    pages.measure("search_one_item",
                  [&](auto& r) { return fmt::format("search_key=n{}", any(r)); });
    pages.measure("search_rare",
                  [&](auto& r) { return fmt::format("search_key=c{}", any(r) % 10'000); });
    pages.measure("search_common", always("search_key=letter"));
    pages.measure("search_common_deep", [&](auto& r) { return "search_key=letter" + after(r); });
    pages.measure("search_rare_and_common",
                  [&](auto& r) { return fmt::format("search_key=letter%20c{}", any(r) % 10'000); });
    pages.measure("search_two_common", always("search_key=letter%20t7"));
    pages.measure("search_four_common", always("search_key=asks%20letter%20send%20whether"));
    pages.measure("search_status_type", [&](auto& r) {
        return "search_key=letter&status=input_required&type=uncertain_effect" + after(r);
    });
    pages.measure("search_assignee", always("search_key=letter&" + mine));
    pages.measure("search_assignee_status", always("search_key=t7&status=pending&" + mine));
    pages.measure("search_nothing", always("search_key=nobody"));
    sample("inbox.slowest.p95_ms", pages.slowest_p95_ms());
}

} // namespace

void measure(int items) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    const Database database(data);
    Fill fill{.items = items, .on_postgres = database.on_postgres()};
    {
        const ServerProcess server = serve(data, database.environment());
        Connections to(server.port(), 8);
        const Flow flow(to, 0);
        fill.project = flow.project;
        start_all(to, flow, executions);
        while (completed(to, flow.project) < executions) ::usleep(20'000);
        const json::value user = to.ask("POST", "/organization/users",
                                        R"({"email":"ada@example.org","name":"Ada",)"
                                        R"("password":"correct horse battery"})");
        fill.user = text_or(user, "_id");
        const json::value list =
            to.ask("GET", fmt::format("/{}/execution_flows?limit=1", fill.project));
        const std::string id(text_or(list.at("data").at(0), "_id"));
        fill.ordinal = std::stoll(id.substr(8, 6), nullptr, 16);
    }
    const std::int64_t started = monotonic_us();
    if (database.on_postgres()) {
        database.psql("BEGIN;" + fill.sql() + "COMMIT;");
        database.psql("VACUUM (ANALYZE)"); // or the server would begin it while pages are measured
    } else {
        run_on_sqlite(data, fill.sql());
    }
    sample("inbox.items", items);
    sample("inbox.fill_s", seconds_since(started));
    const ServerProcess server = serve(data, database.environment());
    Connections to(server.port(), 1);
    measure_all(to, fill);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 1'000'000);
}
