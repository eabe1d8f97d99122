#pragma once

#include "domain/inbox.h"
#include "store/connection.h"
#include "store/store.h"

/// What keeps lists of the inbox fast, however long it grows: how many items there are of each
/// assignee, status and type, and the words of their summaries. Changed in the transaction of each
/// change, only by inbox.cpp and inbox_people.cpp.
namespace weft::store::inbox_index {

/// What of an item the index holds.
struct Place {
    InboxId id;
    InboxType type = InboxType::preview;
    InboxStatus status = InboxStatus::pending;
    Blob assignee; ///< a user's id, or nothing
    std::string summary;
};

Result<> add(Tx& tx, const ProjectId& project, const Place& place);
/// The item now has another status.
Result<> change_status(Tx& tx, const ProjectId& project, const Place& place, InboxStatus status);
Result<> change_assignee(Tx& tx, const ProjectId& project, const Place& place,
                         const Blob& assignee);

inline Blob assignee_bytes(const UserId& user) {
    if (!user) return {};
    return {{user.bytes.begin(), user.bytes.end()}};
}

} // namespace weft::store::inbox_index
