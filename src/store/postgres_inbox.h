#pragma once

#include "store/store.h"

/// Pages of the inbox (inbox_pages.h) out of many ranges at once, where each statement is a journey
/// to another machine.
namespace weft::store::postgres_inbox {

/// Items of one status and type, and of one assignee or of a word, in the order of their ids.
struct Range {
    InboxStatus status = InboxStatus::pending;
    InboxType type = InboxType::preview;
    Blob assignee = {};                    ///< counts where the range is an assignee's
    std::array<std::string, 4> words = {}; ///< empty: none. Of a word's range the first is its word
};
using Ranges = std::vector<Range>;

/// What is read of each, and of all together.
struct Part {
    InboxId before;
    InboxId after;         ///< none: from the oldest on
    std::int64_t each = 0; ///< the newest so many
    std::int64_t all = 0;
};
/// In no order, one range after the other. `assignees`: whoever is to answer what is found in a
/// range of words; empty: all.
Result<std::vector<InboxId>> some(Rx& rx, const Scope& scope, const Ranges& of_words,
                                  const Ranges& of_assignees, const std::vector<Blob>& assignees,
                                  const Part& part);
/// The newest of all before `before`. Fewer than `limit`: there may be more, since of each range
/// only the newest `limit` were looked at.
Result<std::vector<InboxId>> newest(Rx& rx, const Scope& scope, const Ranges& of_words,
                                    const Ranges& of_assignees, const std::vector<Blob>& assignees,
                                    const InboxId& before, std::int64_t limit);

} // namespace weft::store::postgres_inbox
