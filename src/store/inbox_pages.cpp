#include "store/inbox_pages.h"

#include "store/inbox_index.h"

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

// With words: $6 is the rarest, $7 … $9 are the others or empty. By the word: $10 says whether the
// assignee counts, $11 or $12.
constexpr Query<InboxId, ProjectId, InboxId, std::int64_t, InboxStatus, InboxType, std::string,
                std::string, std::string, std::string, std::int64_t, Blob, Blob>
    of_word_sql{"inbox_pages.of_word", R"sql(
    SELECT w.id FROM inbox_word w
     WHERE w.project_id = $1 AND w.word = $6 AND w.status = $4 AND w.type = $5 AND w.id < $2
       AND ($7 = '' OR EXISTS (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $7 AND o.status = $4 AND o.type = $5
               AND o.id = w.id))
       AND ($8 = '' OR EXISTS (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $8 AND o.status = $4 AND o.type = $5
               AND o.id = w.id))
       AND ($9 = '' OR EXISTS (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $9 AND o.status = $4 AND o.type = $5
               AND o.id = w.id))
       AND ($10 = 0 OR EXISTS (SELECT 1 FROM inbox i
             WHERE i.project_id = $1 AND i.id = w.id AND i.assignee IN ($11, $12)))
     ORDER BY w.id DESC LIMIT $3)sql"};
constexpr Query<InboxId, ProjectId, InboxId, std::int64_t, InboxStatus, InboxType, std::string,
                std::string, std::string, std::string, Blob>
    of_assignee_with_words_sql{"inbox_pages.of_assignee_with_words", R"sql(
    SELECT i.id FROM inbox i
     WHERE i.project_id = $1 AND i.assignee = $10 AND i.status = $4 AND i.type = $5 AND i.id < $2
       AND EXISTS (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $6 AND o.status = $4 AND o.type = $5
               AND o.id = i.id)
       AND ($7 = '' OR EXISTS (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $7 AND o.status = $4 AND o.type = $5
               AND o.id = i.id))
       AND ($8 = '' OR EXISTS (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $8 AND o.status = $4 AND o.type = $5
               AND o.id = i.id))
       AND ($9 = '' OR EXISTS (SELECT 1 FROM inbox_word o
             WHERE o.project_id = $1 AND o.word = $9 AND o.status = $4 AND o.type = $5
               AND o.id = i.id))
     ORDER BY i.id DESC LIMIT $3)sql"};

constexpr Query<std::int64_t, ProjectId, std::string, InboxStatus, InboxType, std::int64_t>
    count_word_sql{"inbox_pages.count_word", R"sql(
    SELECT count(*) FROM (SELECT 1 AS one FROM inbox_word
                           WHERE project_id = $1 AND word = $2 AND status = $3 AND type = $4
                           LIMIT $5) AS found)sql"};

/// What is asked for, and which ranges hold it.
struct Sought {
    std::vector<Blob> assignees; ///< empty: whoever is to answer
    std::vector<Kind> kinds;     ///< one for each range
    std::vector<std::string> words;
    bool is_everything = false;
    bool by_word = true;    ///< the ranges are of the rarest word, or else of the assignees
    std::int64_t total = 0; ///< without regard to the words
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

/// Puts the rarest word first; how often it occurs in the ranges, at most `found_max` times.
Result<std::int64_t> sort_by_rarity(Rx& rx, const Scope& scope, Sought& sought) {
    std::vector<Kind> states = sought.kinds;
    merge(states);
    std::int64_t least = found_max + 1;
    std::size_t rarest = 0;
    for (std::size_t i = 0; i < sought.words.size(); ++i) {
        std::int64_t count = 0;
        for (const Kind& kind : states)
            if (count < found_max)
                count += TRY(rx.maybe(count_word_sql, scope.project, sought.words[i], kind.status,
                                      kind.type, found_max - count))
        .value_or(0);
        if (count < least) rarest = i;
        least = std::min(least, count);
    }
    std::swap(sought.words.front(), sought.words[rarest]);
    return least;
}

const std::string& word_at(const Sought& sought, std::size_t index) {
    static const std::string none;
    return index < sought.words.size() ? sought.words[index] : none;
}

/// The newest before `before` in one range.
Result<std::vector<InboxId>> range(Rx& rx, const Scope& scope, const Sought& sought,
                                   const Kind& kind, const InboxId& before, std::int64_t limit) {
    const auto& p = scope.project;
    const auto word = [&](std::size_t i) -> const std::string& { return word_at(sought, i); };
    if (sought.words.empty() && sought.assignees.empty())
        return rx.all(of_state_sql, p, before, limit, kind.status, kind.type);
    if (sought.words.empty())
        return rx.all(of_assignee_sql, p, before, limit, kind.status, kind.type, kind.assignee);
    if (!sought.by_word)
        return rx.all(of_assignee_with_words_sql, p, before, limit, kind.status, kind.type, word(0),
                      word(1), word(2), word(3), kind.assignee);
    const bool assigned = !sought.assignees.empty();
    return rx.all(of_word_sql, p, before, limit, kind.status, kind.type, word(0), word(1), word(2),
                  word(3), assigned ? 1 : 0, assigned ? sought.assignees.front() : Blob{},
                  assigned ? sought.assignees.back() : Blob{});
}

/// How many items have the words, as far as they are counted.
Result<std::int64_t> count_found(Rx& rx, const Scope& scope, const Sought& sought) {
    InboxId newest;
    newest.bytes.fill(0xFF);
    std::int64_t count = 0;
    for (const Kind& kind : sought.kinds)
        if (count < found_max)
            count += std::ssize(TRY(range(rx, scope, sought, kind, newest, found_max - count)));
    return count;
}

/// Chooses how the words are looked for; how many items have them.
Result<std::int64_t> prepare_search(Rx& rx, const Scope& scope, Sought& sought) {
    const std::int64_t occurs = TRY(sort_by_rarity(rx, scope, sought));
    sought.by_word = sought.assignees.empty() || occurs <= sought.total;
    if (sought.by_word) merge(sought.kinds);
    if (sought.words.size() == 1 && sought.assignees.empty()) return occurs;
    return count_found(rx, scope, sought);
}

} // namespace

Result<PageIds> find_page(Rx& rx, const Scope& scope, const Filter& filter) {
    const std::int64_t limit = std::clamp<std::int64_t>(filter.limit, 0, page_max);
    InboxId before = filter.after;
    if (!before) before.bytes.fill(0xFF);
    Sought sought = TRY(sought_by(rx, scope, filter));
    PageIds page{.ids = {}, .total = sought.total};
    if (sought.words.empty()) {
        if (!filter.search.empty()) return PageIds{}; // signs alone occur in no word
        if (sought.is_everything) {
            page.ids = TRY(rx.all(all_sql, scope.project, before, limit));
            return page;
        }
    } else {
        page.total = TRY(prepare_search(rx, scope, sought));
        page.is_total_exact = page.total < found_max;
    }
    for (const Kind& kind : sought.kinds)
        for (const InboxId& id : TRY(range(rx, scope, sought, kind, before, limit)))
            page.ids.push_back(id);
    std::ranges::sort(page.ids, std::greater{});
    if (std::ssize(page.ids) > limit) page.ids.resize(static_cast<std::size_t>(limit));
    return page;
}

} // namespace weft::store::inbox
