#pragma once

#include "domain/inbox.h"
#include "store/store.h"

/// Which items a list shows. Every filter reads ranges of indexes that hold nothing else, and the
/// counters say which ranges there are: what a page costs does not depend on how many items there
/// are, only what a search of several words costs depends on how often the rarest of them occurs
/// without the others.
namespace weft::store::inbox {

inline constexpr std::int64_t page_max = 500;
inline constexpr std::int64_t found_max = 500; ///< to which the total of a search is counted
inline constexpr std::size_t search_words_max = 4;

struct Filter {
    std::optional<InboxStatus> status = {};
    std::optional<InboxType> type = {};
    std::optional<UserId> assignee = {}; ///< of no user: those that nobody is to answer
    /// Only what is open, and is this one's to answer or nobody's.
    std::optional<UserId> to_do_of = {};
    std::string search = {};  ///< words of the summary, whole, in any case; the longest four count
    InboxId after = {};       ///< the last item of the page before; none: the first page
    std::int64_t limit = 100; ///< at most page_max
};

struct PageIds {
    std::vector<InboxId> ids; ///< newest first
    std::int64_t total = 0;
    bool is_total_exact = true;
};
Result<PageIds> find_page(Rx& rx, const Scope& scope, const Filter& filter);

} // namespace weft::store::inbox
