#pragma once

#include "base/ids.h"
#include "store/query.h"

namespace weft::store {

/// An id's bytes as a parameter to be compared with: of an id that is none, too, which as an id
/// would be NULL.
template <class Tag> Blob bytes_of(const Id<Tag>& id) {
    return {{id.bytes.begin(), id.bytes.end()}};
}

} // namespace weft::store
