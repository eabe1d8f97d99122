#pragma once

#include "domain/plan.h"
#include "store/store.h"

/// What an organization has and has used, counted from the rows themselves at the time of asking,
/// over all its projects. A project in the trash still has what it holds; of one that was deleted
/// only what it had used is left: `usage_removed` has the sums of rows that went with it, by day,
/// so that sums from midnight to midnight (UTC) stay what they were.
namespace weft::store::usage {

/// The smallest id that is minted within this second or later: rows are in the order of their ids.
template <class Tag> Id<Tag> first_id_at(Instant at) {
    Id<Tag> id;
    const std::int64_t second =
        std::clamp<std::int64_t>(at.us / 1'000'000, 0, std::numeric_limits<std::uint32_t>::max());
    for (std::size_t i = 0; i < 4; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(second >> (24 - 8 * i));
    id.bytes.back() = 1; // none of all would be no id
    return id;
}

/// How far the time inside an id may be from that of its row's commit.
inline constexpr seconds id_drift_max{3'600};

/// Of executions those that were made since `since`, which is the beginning of a day. Counts no
/// further than it must to know whether there are more than `up_to`.
Result<std::int64_t> count(Rx& rx, const OrganizationId& organization, Quota quota, Instant since,
                           std::int64_t up_to = std::numeric_limits<std::int64_t>::max());

/// Millionths of a credit that the ledger charges from `from` on and before `to`, both the
/// beginning of a day.
Result<std::int64_t> credits(Rx& rx, const OrganizationId& organization, Instant from, Instant to);

struct OfModel {
    std::string model;
    std::int64_t charges = 0;
    std::int64_t tokens = 0;
    std::int64_t credits_micro = 0;
};
/// Of projects that are there, since then: by model, most charges first.
Result<std::vector<OfModel>> by_model(Rx& rx, const OrganizationId& organization, Instant since);

} // namespace weft::store::usage
