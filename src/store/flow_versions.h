#pragma once

#include "domain/agentflow.h"
#include "store/store.h"

/// What an agentflow was each time it was saved, by number from 1, and which of these runs. A save
/// is agentflows::save.
namespace weft::store::flow_versions {

inline constexpr std::int64_t page_max = 200;

struct Saved {
    VersionId id;
    std::int64_t number = 0;
    std::string created_by; ///< the name of who saved it
    Instant created_at;
};
struct Page {
    std::vector<Saved> versions; ///< newest first
    std::int64_t newest = 0;     ///< and so how many there are
    std::optional<std::int64_t> published;
};
/// At most `page_max`. not_found: no such flow in this project, or it was deleted. All below as
/// well.
Result<Page> list(Rx& rx, const Scope& scope, const AgentflowId& flow, std::int64_t skip,
                  std::int64_t limit);

/// not_found: the flow has no version of this number.
Result<Agentflow> find(Rx& rx, const Scope& scope, const AgentflowId& flow, std::int64_t number);

/// From now on new executions run this version, whatever is saved later; none: the newest, as
/// without a word. not_found: as find.
Result<> publish(Tx& tx, const Scope& scope, const AgentflowId& flow,
                 std::optional<std::int64_t> number);

} // namespace weft::store::flow_versions
