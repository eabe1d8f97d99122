#include "store/postgres_inbox.h"

#include "store/id_bytes.h"

namespace weft::store::postgres_inbox {

namespace {

// $2: the ranges. One after the other is read, until there are enough. Words that are not there are
// left out by a condition, as in inbox_pages.cpp.
constexpr Query<InboxId, ProjectId, json::array, InboxId, Blob, std::int64_t, std::int64_t,
                std::int64_t, Blob, Blob>
    of_words_sql{"postgres_inbox.of_words", R"sql(
    SELECT f.id
      FROM jsonb_to_recordset(CAST($2 AS JSONB))
           AS r (status BIGINT, type BIGINT, one TEXT, two TEXT, three TEXT, four TEXT)
     CROSS JOIN LATERAL (
           SELECT w.id FROM inbox_word w
            WHERE w.project_id = $1 AND w.word = r.one AND w.status = r.status AND w.type = r.type
              AND w.id < $3 AND w.id > $4
              AND (r.two = '' OR 1 = (SELECT 1 FROM inbox_word o
                    WHERE o.project_id = $1 AND o.word = r.two AND o.status = r.status
                      AND o.type = r.type AND o.id = w.id))
              AND (r.three = '' OR 1 = (SELECT 1 FROM inbox_word o
                    WHERE o.project_id = $1 AND o.word = r.three AND o.status = r.status
                      AND o.type = r.type AND o.id = w.id))
              AND (r.four = '' OR 1 = (SELECT 1 FROM inbox_word o
                    WHERE o.project_id = $1 AND o.word = r.four AND o.status = r.status
                      AND o.type = r.type AND o.id = w.id))
              AND ($7 = 0 OR 1 = (SELECT 1 FROM inbox i
                    WHERE i.project_id = $1 AND i.id = w.id AND i.assignee IN ($8, $9)))
            ORDER BY w.id DESC LIMIT $5) AS f
     LIMIT $6)sql"};

constexpr Query<InboxId, ProjectId, json::array, InboxId, Blob, std::int64_t, std::int64_t>
    of_assignees_sql{"postgres_inbox.of_assignees", R"sql(
    SELECT f.id
      FROM jsonb_to_recordset(CAST($2 AS JSONB))
           AS r (assignee TEXT, status BIGINT, type BIGINT, one TEXT, two TEXT, three TEXT,
                 four TEXT)
     CROSS JOIN LATERAL (
           SELECT i.id FROM inbox i
            WHERE i.project_id = $1 AND i.assignee = decode(r.assignee, 'hex')
              AND i.status = r.status AND i.type = r.type AND i.id < $3 AND i.id > $4
              AND (r.one = '' OR 1 = (SELECT 1 FROM inbox_word o
                    WHERE o.project_id = $1 AND o.word = r.one AND o.status = r.status
                      AND o.type = r.type AND o.id = i.id))
              AND (r.two = '' OR 1 = (SELECT 1 FROM inbox_word o
                    WHERE o.project_id = $1 AND o.word = r.two AND o.status = r.status
                      AND o.type = r.type AND o.id = i.id))
              AND (r.three = '' OR 1 = (SELECT 1 FROM inbox_word o
                    WHERE o.project_id = $1 AND o.word = r.three AND o.status = r.status
                      AND o.type = r.type AND o.id = i.id))
              AND (r.four = '' OR 1 = (SELECT 1 FROM inbox_word o
                    WHERE o.project_id = $1 AND o.word = r.four AND o.status = r.status
                      AND o.type = r.type AND o.id = i.id))
            ORDER BY i.id DESC LIMIT $5) AS f
     LIMIT $6)sql"};

// The newest $4 of each range; of these the $5 newest in which all words are, as far back as each
// range was read.
constexpr Query<InboxId, ProjectId, json::array, InboxId, std::int64_t, std::int64_t, std::int64_t,
                Blob, Blob>
    newest_of_words_sql{"postgres_inbox.newest_of_words", R"sql(
    WITH c AS MATERIALIZED (
        SELECT r.status, r.type, r.two, r.three, r.four, f.id, f.number
          FROM jsonb_to_recordset(CAST($2 AS JSONB))
               AS r (status BIGINT, type BIGINT, one TEXT, two TEXT, three TEXT, four TEXT)
         CROSS JOIN LATERAL (
               SELECT w.id, row_number() OVER (ORDER BY w.id DESC) AS number FROM inbox_word w
                WHERE w.project_id = $1 AND w.word = r.one AND w.status = r.status
                  AND w.type = r.type AND w.id < $3
                ORDER BY w.id DESC LIMIT $4) AS f)
    SELECT n.id
      FROM (SELECT * FROM c
             WHERE id >= coalesce((SELECT id FROM c WHERE number = $4 ORDER BY id DESC LIMIT 1), '')
             ORDER BY id DESC) AS n
     WHERE (n.two = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = n.two AND o.status = n.status
               AND o.type = n.type AND o.id = n.id))
       AND (n.three = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = n.three AND o.status = n.status
               AND o.type = n.type AND o.id = n.id))
       AND (n.four = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = n.four AND o.status = n.status
               AND o.type = n.type AND o.id = n.id))
       AND ($6 = 0 OR 1 = (SELECT 1 FROM inbox i
             WHERE i.project_id = $1 AND i.id = n.id AND i.assignee IN ($7, $8)))
     ORDER BY n.id DESC LIMIT $5)sql"};

constexpr Query<InboxId, ProjectId, json::array, InboxId, std::int64_t, std::int64_t>
    newest_of_assignees_sql{"postgres_inbox.newest_of_assignees", R"sql(
    WITH c AS MATERIALIZED (
        SELECT r.status, r.type, r.one, r.two, r.three, r.four, f.id, f.number
          FROM jsonb_to_recordset(CAST($2 AS JSONB))
               AS r (assignee TEXT, status BIGINT, type BIGINT, one TEXT, two TEXT, three TEXT,
                     four TEXT)
         CROSS JOIN LATERAL (
               SELECT i.id, row_number() OVER (ORDER BY i.id DESC) AS number FROM inbox i
                WHERE i.project_id = $1 AND i.assignee = decode(r.assignee, 'hex')
                  AND i.status = r.status AND i.type = r.type AND i.id < $3
                ORDER BY i.id DESC LIMIT $4) AS f)
    SELECT n.id
      FROM (SELECT * FROM c
             WHERE id >= coalesce((SELECT id FROM c WHERE number = $4 ORDER BY id DESC LIMIT 1), '')
             ORDER BY id DESC) AS n
     WHERE (n.one = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = n.one AND o.status = n.status
               AND o.type = n.type AND o.id = n.id))
       AND (n.two = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = n.two AND o.status = n.status
               AND o.type = n.type AND o.id = n.id))
       AND (n.three = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = n.three AND o.status = n.status
               AND o.type = n.type AND o.id = n.id))
       AND (n.four = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = n.four AND o.status = n.status
               AND o.type = n.type AND o.id = n.id))
     ORDER BY n.id DESC LIMIT $5)sql"};

json::array to_json(const Ranges& ranges) {
    json::array all;
    for (const Range& each : ranges)
        all.push_back(json::object{{"assignee", to_hex(each.assignee.bytes)},
                                   {"status", static_cast<std::int64_t>(each.status)},
                                   {"type", static_cast<std::int64_t>(each.type)},
                                   {"one", each.words[0]},
                                   {"two", each.words[1]},
                                   {"three", each.words[2]},
                                   {"four", each.words[3]}});
    return all;
}

} // namespace

Result<std::vector<InboxId>> some(Rx& rx, const Scope& scope, const Ranges& of_words,
                                  const Ranges& of_assignees, const std::vector<Blob>& assignees,
                                  const Part& part) {
    const auto& [before, after, each, most] = part;
    const bool assigned = !assignees.empty();
    std::vector<InboxId> all;
    if (!of_words.empty())
        all = TRY(rx.all(of_words_sql, scope.project, to_json(of_words), before, bytes_of(after),
                         each, most, assigned ? 1 : 0, assigned ? assignees.front() : Blob{},
                         assigned ? assignees.back() : Blob{}));
    const std::int64_t left = most - std::ssize(all);
    if (of_assignees.empty() || left <= 0) return all;
    const auto others = TRY(rx.all(of_assignees_sql, scope.project, to_json(of_assignees), before,
                                   bytes_of(after), each, left));
    all.insert(all.end(), others.begin(), others.end());
    return all;
}

Result<std::vector<InboxId>> newest(Rx& rx, const Scope& scope, const Ranges& of_words,
                                    const Ranges& of_assignees, const std::vector<Blob>& assignees,
                                    const InboxId& before, std::int64_t limit) {
    const bool assigned = !assignees.empty();
    if (of_assignees.empty())
        return rx.all(newest_of_words_sql, scope.project, to_json(of_words), before, limit, limit,
                      assigned ? 1 : 0, assigned ? assignees.front() : Blob{},
                      assigned ? assignees.back() : Blob{});
    if (of_words.empty())
        return rx.all(newest_of_assignees_sql, scope.project, to_json(of_assignees), before, limit,
                      limit);
    return std::vector<InboxId>{};
}

} // namespace weft::store::postgres_inbox
