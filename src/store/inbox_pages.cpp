#include "store/inbox_pages.h"

#include "store/id_bytes.h"
#include "store/inbox_index.h"
#include "store/postgres_inbox.h"

namespace weft::store::inbox {

namespace {

/// How many items of one kind there are.
struct Kind {
    Blob assignee;
    InboxStatus status = InboxStatus::pending;
    InboxType type = InboxType::preview;
    std::int64_t items = 0;
};
struct State {
    InboxStatus status = InboxStatus::pending;
    InboxType type = InboxType::preview;
    std::int64_t items = 0;
};
constexpr Query<State, ProjectId> states_sql{"inbox_pages.states", R"sql(
    SELECT status, type, CAST(sum(items) AS BIGINT) FROM inbox_count
     WHERE project_id = $1 GROUP BY status, type HAVING sum(items) > 0 ORDER BY status, type)sql"};
constexpr Query<Kind, ProjectId, Blob, Blob> kinds_sql{"inbox_pages.kinds", R"sql(
    SELECT assignee, status, type, items FROM inbox_count
     WHERE project_id = $1 AND assignee IN ($2, $3) AND items > 0 ORDER BY status, type)sql"};

// Pages of one range each.
constexpr Query<InboxId, ProjectId, InboxId, std::int64_t> all_sql{"inbox_pages.all", R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3)sql"};
constexpr Query<InboxId, ProjectId, InboxId, std::int64_t, InboxStatus, InboxType> of_state_sql{
    "inbox_pages.of_state", R"sql(
    SELECT id FROM inbox WHERE project_id = $1 AND status = $4 AND type = $5 AND id < $2
     ORDER BY id DESC LIMIT $3)sql"};
constexpr Query<InboxId, ProjectId, InboxId, std::int64_t, InboxStatus, InboxType, Blob>
    of_assignee_sql{"inbox_pages.of_assignee", R"sql(
    SELECT id FROM inbox
     WHERE project_id = $1 AND assignee = $6 AND status = $4 AND type = $5 AND id < $2
     ORDER BY id DESC LIMIT $3)sql"};

// With words: $6 is the rarest, $7 … $9 are the others or empty; PostgreSQL would make one join of
// a condition that is not optional, and read all of it. By the word: $10 says whether the assignee
// counts, $11 or $12. The last: only what is newer.
constexpr Query<InboxId, ProjectId, InboxId, std::int64_t, InboxStatus, InboxType, std::string,
                std::string, std::string, std::string, std::int64_t, Blob, Blob, Blob>
    of_word_sql{"inbox_pages.of_word", R"sql(
    SELECT w.id FROM inbox_word w
     WHERE w.project_id = $1 AND w.word = $6 AND w.status = $4 AND w.type = $5 AND w.id < $2
       AND w.id > $13
       AND ($7 = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $7 AND o.status = $4 AND o.type = $5
               AND o.id = w.id))
       AND ($8 = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $8 AND o.status = $4 AND o.type = $5
               AND o.id = w.id))
       AND ($9 = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $9 AND o.status = $4 AND o.type = $5
               AND o.id = w.id))
       AND ($10 = 0 OR 1 = (SELECT 1 FROM inbox i
             WHERE i.project_id = $1 AND i.id = w.id AND i.assignee IN ($11, $12)))
     ORDER BY w.id DESC LIMIT $3)sql"};
constexpr Query<InboxId, ProjectId, InboxId, std::int64_t, InboxStatus, InboxType, std::string,
                std::string, std::string, std::string, Blob, Blob>
    of_assignee_with_words_sql{"inbox_pages.of_assignee_with_words", R"sql(
    SELECT i.id FROM inbox i
     WHERE i.project_id = $1 AND i.assignee = $10 AND i.status = $4 AND i.type = $5 AND i.id < $2
       AND i.id > $11
       AND ($6 = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $6 AND o.status = $4 AND o.type = $5
               AND o.id = i.id))
       AND ($7 = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $7 AND o.status = $4 AND o.type = $5
               AND o.id = i.id))
       AND ($8 = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $8 AND o.status = $4 AND o.type = $5
               AND o.id = i.id))
       AND ($9 = '' OR 1 = (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $9 AND o.status = $4 AND o.type = $5
               AND o.id = i.id))
     ORDER BY i.id DESC LIMIT $3)sql"};

/// Of each word the newest row but $6 in one kind; none: it has no more there, or is empty.
struct Reach {
    InboxStatus status = InboxStatus::pending;
    InboxType type = InboxType::preview;
    InboxId first;
    InboxId second;
    InboxId third;
    InboxId fourth;
};
constexpr Query<Reach, ProjectId, std::string, std::string, std::string, std::string, std::int64_t,
                std::optional<InboxStatus>, std::optional<InboxType>>
    reach_sql{"inbox_pages.reach", R"sql(
    SELECT k.status, k.type,
           (SELECT id FROM inbox_word
             WHERE project_id = $1 AND word = $2 AND status = k.status AND type = k.type
             ORDER BY id DESC LIMIT 1 OFFSET $6),
           (SELECT id FROM inbox_word
             WHERE project_id = $1 AND word = $3 AND status = k.status AND type = k.type
             ORDER BY id DESC LIMIT 1 OFFSET $6),
           (SELECT id FROM inbox_word
             WHERE project_id = $1 AND word = $4 AND status = k.status AND type = k.type
             ORDER BY id DESC LIMIT 1 OFFSET $6),
           (SELECT id FROM inbox_word
             WHERE project_id = $1 AND word = $5 AND status = k.status AND type = k.type
             ORDER BY id DESC LIMIT 1 OFFSET $6)
      FROM (SELECT DISTINCT status, type FROM inbox_count
             WHERE project_id = $1 AND items > 0 AND ($7 IS NULL OR status = $7)
               AND ($8 IS NULL OR type = $8)) AS k)sql"};

/// What is asked for.
struct Sought {
    std::vector<Blob> assignees; ///< empty: whoever is to answer
    std::vector<Kind> kinds;     ///< that may hold it
    std::vector<std::string> words;
    bool is_everything = false;
    std::int64_t total = 0; ///< without regard to the words
};

/// Items of one kind that lie in the order of their ids, and how the words are looked for in them.
struct Range {
    Kind kind;
    std::vector<std::string> words = {}; ///< the rarest in it first
    bool by_word = false;                ///< it is of the rarest word, or else of the assignee
};

bool is_wanted(const Filter& filter, const Kind& kind) {
    if (filter.status && *filter.status != kind.status) return false;
    if (filter.type && *filter.type != kind.type) return false;
    return !filter.to_do_of || is_open(kind.status);
}

/// Of several assignees: the status and type are one range.
void merge(std::vector<Kind>& kinds) {
    std::vector<Kind> merged;
    for (Kind& kind : kinds) {
        kind.assignee = {};
        if (!merged.empty() && merged.back().status == kind.status &&
            merged.back().type == kind.type)
            merged.back().items += kind.items;
        else
            merged.push_back(std::move(kind));
    }
    kinds = std::move(merged);
}

/// In the order of status and type.
Result<std::vector<Kind>> kinds_of(Rx& rx, const Scope& scope, const std::vector<Blob>& assignees) {
    if (!assignees.empty())
        return rx.all(kinds_sql, scope.project, assignees.front(), assignees.back());
    std::vector<Kind> kinds;
    for (const State& state : TRY(rx.all(states_sql, scope.project)))
        kinds.push_back({{}, state.status, state.type, state.items});
    return kinds;
}

Result<Sought> sought_by(Rx& rx, const Scope& scope, const Filter& filter) {
    Sought sought;
    if (filter.assignee) sought.assignees = {inbox_index::assignee_bytes(*filter.assignee)};
    if (filter.to_do_of && !filter.assignee)
        sought.assignees = {{}, inbox_index::assignee_bytes(*filter.to_do_of)};
    for (Kind& kind : TRY(kinds_of(rx, scope, sought.assignees))) {
        if (!is_wanted(filter, kind)) continue;
        sought.total += kind.items;
        sought.kinds.push_back(std::move(kind));
    }
    sought.is_everything =
        sought.assignees.empty() && !filter.status && !filter.type && !filter.to_do_of;
    sought.words = summary_words(filter.search);
    std::ranges::sort(sought.words, [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    if (sought.words.size() > search_words_max) sought.words.resize(search_words_max);
    return sought;
}

constexpr std::int64_t few_rows = 50; ///< of a word in one kind: all of them are looked at

/// The rarest of the words first: the one that has only a few rows in the kind, or whose newest
/// reach furthest back. Whether it has only a few.
bool sort_by_rarity(std::vector<std::string>& words, const Reach& reach) {
    const InboxId* const of_word[] = {&reach.first, &reach.second, &reach.third, &reach.fourth};
    std::size_t rarest = 0;
    for (std::size_t i = 1; i < words.size(); ++i)
        if (of_word[i]->bytes < of_word[rarest]->bytes) rarest = i;
    std::swap(words.front(), words[rarest]);
    return !*of_word[rarest];
}

/// A word may be common and yet rare in one status and type, where all of another word's rows would
/// be looked at in vain: each range begins with what is rarest in it. The fullest first.
Result<std::vector<Range>> ranges_with_words(Rx& rx, const Scope& scope, const Filter& filter,
                                             const Sought& sought) {
    const auto word = [&](std::size_t i) {
        return i < sought.words.size() ? sought.words[i] : std::string{};
    };
    const auto reaches = TRY(rx.all(reach_sql, scope.project, word(0), word(1), word(2), word(3),
                                    few_rows, filter.status, filter.type));
    std::vector<Kind> states = sought.kinds;
    merge(states);
    std::vector<Range> ranges;
    for (const Kind& state : states) {
        std::vector<std::string> words = sought.words;
        const auto reach = std::ranges::find_if(reaches, [&](const Reach& each) {
            return each.status == state.status && each.type == state.type;
        });
        const bool has_few = sort_by_rarity(words, reach != reaches.end() ? *reach : Reach{});
        if (sought.assignees.empty() || (has_few && state.items > few_rows)) {
            ranges.push_back({state, std::move(words), true});
            continue;
        }
        for (const Kind& kind : sought.kinds)
            if (kind.status == state.status && kind.type == state.type)
                ranges.push_back({kind, words, false});
    }
    std::ranges::sort(ranges, std::greater{}, [](const Range& of) { return of.kind.items; });
    return ranges;
}

const std::string& word_at(const Range& range, std::size_t index) {
    static const std::string none;
    return index < range.words.size() ? range.words[index] : none;
}

/// Which part of a range: between two ids, neither of them in it.
struct Part {
    InboxId before;
    InboxId after = {}; ///< not heeded by all; none: from the oldest on
    std::int64_t limit = 0;
};

/// The newest of a part of one range, in order.
Result<std::vector<InboxId>> newest(Rx& rx, const Scope& scope, const Sought& sought,
                                    const Range& range, const Part& part) {
    const auto& [before, after, limit] = part;
    const auto& p = scope.project;
    const Kind& kind = range.kind;
    const auto word = [&](std::size_t i) -> const std::string& { return word_at(range, i); };
    if (range.words.empty() && sought.assignees.empty())
        return rx.all(of_state_sql, p, before, limit, kind.status, kind.type);
    if (range.words.empty())
        return rx.all(of_assignee_sql, p, before, limit, kind.status, kind.type, kind.assignee);
    if (!range.by_word)
        return rx.all(of_assignee_with_words_sql, p, before, limit, kind.status, kind.type, word(0),
                      word(1), word(2), word(3), kind.assignee, bytes_of(after));
    const bool assigned = !sought.assignees.empty();
    return rx.all(of_word_sql, p, before, limit, kind.status, kind.type, word(0), word(1), word(2),
                  word(3), assigned ? 1 : 0, assigned ? sought.assignees.front() : Blob{},
                  assigned ? sought.assignees.back() : Blob{}, bytes_of(after));
}

constexpr std::int64_t everything = std::numeric_limits<std::int64_t>::max();

InboxId last_id() {
    InboxId last;
    last.bytes.fill(0xFF);
    return last;
}
InboxId before_of(const Filter& filter) { return filter.after ? filter.after : last_id(); }

/// Puts the newest first and drops what does not fit on the page. The last that does; none: more
/// would.
InboxId cut(std::vector<InboxId>& ids, std::int64_t limit) {
    std::ranges::sort(ids, std::greater{});
    if (std::ssize(ids) > limit) ids.resize(static_cast<std::size_t>(limit));
    return limit > 0 && std::ssize(ids) == limit ? ids.back() : InboxId{};
}

/// Whether ranges are better read by one statement than one by one: on PostgreSQL each is a
/// journey.
bool are_read_at_once(const Rx& rx, const Sought& sought, std::span<const Range> ranges) {
    return rx.dialect() == Dialect::postgres && ranges.size() > 1 &&
           (!sought.words.empty() || !sought.assignees.empty());
}

postgres_inbox::Ranges at_once(std::span<const Range> ranges, bool by_word) {
    postgres_inbox::Ranges all;
    for (const Range& each : ranges)
        if (each.by_word == by_word)
            all.push_back(
                {each.kind.status,
                 each.kind.type,
                 each.kind.assignee,
                 {word_at(each, 0), word_at(each, 1), word_at(each, 2), word_at(each, 3)}});
    return all;
}

/// Of each range the newest of a part, `most` in all; in no order.
Result<std::vector<InboxId>> gather(Rx& rx, const Scope& scope, const Sought& sought,
                                    std::span<const Range> ranges, const Part& part,
                                    std::int64_t most) {
    if (are_read_at_once(rx, sought, ranges)) {
        const postgres_inbox::Part of_each{part.before, part.after, part.limit, most};
        return postgres_inbox::some(rx, scope, at_once(ranges, true), at_once(ranges, false),
                                    sought.assignees, of_each);
    }
    std::vector<InboxId> all;
    for (const Range& range : ranges) {
        const std::int64_t left = most - std::ssize(all);
        if (left <= 0) break;
        const auto ids = TRY(newest(rx, scope, sought, range,
                                    {part.before, part.after, std::min(part.limit, left)}));
        all.insert(all.end(), ids.begin(), ids.end());
    }
    return all;
}

/// The newest of all ranges. Of the first all that fit on the page: of the others only what is
/// newer counts then.
Result<std::vector<InboxId>> newest_of_all(Rx& rx, const Scope& scope, const Sought& sought,
                                           std::span<const Range> ranges, Part part) {
    std::vector<InboxId> page;
    if (are_read_at_once(rx, sought, ranges)) {
        page = TRY(postgres_inbox::newest(rx, scope, at_once(ranges, true), at_once(ranges, false),
                                          sought.assignees, part.before, part.limit));
        if (std::ssize(page) == part.limit) return page;
        page.clear(); // there are few, or the words rarely occur together
    }
    const auto at_most =
        static_cast<std::int64_t>(rows_max) / std::max<std::int64_t>(1, part.limit);
    for (std::size_t from = 0; from < ranges.size();) {
        const std::size_t next = from == 0 ? 1 : static_cast<std::size_t>(at_most);
        const auto some = ranges.subspan(from, std::min(next, ranges.size() - from));
        const auto ids = TRY(gather(rx, scope, sought, some, part, everything));
        page.insert(page.end(), ids.begin(), ids.end());
        if (const InboxId end = cut(page, part.limit)) part.after = end;
        from += some.size();
    }
    return page;
}

/// Counts what the ranges hold as far as found_max, and finds the first page on the way: only what
/// is newer than the page's end is left to be looked for.
Result<> count_found(Rx& rx, const Scope& scope, const Sought& sought,
                     std::span<const Range> ranges, std::int64_t limit, PageIds& page) {
    page.ids = TRY(gather(rx, scope, sought, ranges, {last_id(), {}, found_max}, found_max));
    page.total = std::ssize(page.ids);
    page.is_total_exact = page.total < found_max;
    const InboxId end = cut(page.ids, limit);
    if (page.is_total_exact || !end) return {};
    page.ids = TRY(newest_of_all(rx, scope, sought, ranges, {last_id(), end, limit}));
    page.ids.push_back(end);
    cut(page.ids, limit);
    return {};
}

} // namespace

Result<PageIds> find_page(Rx& rx, const Scope& scope, const Filter& filter) {
    const std::int64_t limit = std::clamp<std::int64_t>(filter.limit, 0, page_max);
    Sought sought = TRY(sought_by(rx, scope, filter));
    PageIds page{.ids = {}, .total = sought.total};
    std::vector<Range> ranges;
    if (sought.words.empty()) {
        if (!filter.search.empty()) return PageIds{}; // signs alone occur in no word
        if (sought.is_everything) {
            page.ids = TRY(rx.all(all_sql, scope.project, before_of(filter), limit));
            return page;
        }
        for (const Kind& kind : sought.kinds) ranges.push_back({kind});
    } else {
        ranges = TRY(ranges_with_words(rx, scope, filter, sought));
        TRY(count_found(rx, scope, sought, ranges, limit, page));
        if (!filter.after) return page;
    }
    page.ids = TRY(newest_of_all(rx, scope, sought, ranges, {before_of(filter), {}, limit}));
    return page;
}

} // namespace weft::store::inbox
