#pragma once

#include "domain/ids.h"
#include "domain/members.h"

#include <optional>
#include <string_view>

namespace weft {

/// What becomes of a question that nobody has answered in time. Stored as these numbers.
enum class OnExpiry : int {
    reject = 0,
    approve = 1, ///< as it was asked; one whose input somebody changed in a draft is rejected
    stop = 2,    ///< the execution is stopped; a question that no run waits for just expires
};
std::string_view to_text(OnExpiry outcome);
std::optional<OnExpiry> on_expiry_from(std::string_view word);

/// How what an agent asks is to be answered.
struct ApprovalRules {
    std::optional<milliseconds> expires_in;
    OnExpiry on_expiry = OnExpiry::reject;
    /// Two people must approve the same input, neither of whom started the run.
    bool four_eyes = false;
    UserId assignee; ///< none, or no member who may answer any more: whoever may

    bool operator==(const ApprovalRules&) const = default;
};

/// `approval` {expires_in_s, on_expiry, four_eyes, assignee} of an agent, as the API has it; null
/// takes it out. It is read as a whole: what it leaves out is the default.
void read_approval(Members& members, ApprovalRules& out);
/// Adds it if anything in it is set.
void add_approval(json::object& to, const ApprovalRules& rules);

} // namespace weft
