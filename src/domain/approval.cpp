#include "domain/approval.h"

#include "domain/policy.h"

namespace weft {

namespace {

constexpr std::pair<std::string_view, OnExpiry> outcome_names[] = {
    {"reject", OnExpiry::reject}, {"approve", OnExpiry::approve}, {"stop", OnExpiry::stop}};

} // namespace

std::string_view to_text(OnExpiry outcome) {
    for (const auto& [name, known] : outcome_names)
        if (known == outcome) return name;
    return "";
}

std::optional<OnExpiry> on_expiry_from(std::string_view word) {
    for (const auto& [name, outcome] : outcome_names)
        if (name == word) return outcome;
    return std::nullopt;
}

void read_approval(Members& agent, ApprovalRules& out) {
    const json::value* value = agent.get("approval");
    if (!value) return;
    out = {};
    if (value->is_null()) return;
    Members members(*value, agent.path("approval"), agent.faults());
    read_timeout(members, "expires_in_s", out.expires_in);
    std::string word;
    members.text("on_expiry", word, limits::name_bytes_max);
    const auto outcome = on_expiry_from(word);
    if (outcome)
        out.on_expiry = *outcome;
    else if (!word.empty())
        agent.faults().add(members.path("on_expiry"), "must be approve, reject or stop");
    members.flag("four_eyes", out.four_eyes);
    members.id("assignee", out.assignee);
    if (out.four_eyes && out.on_expiry == OnExpiry::approve)
        agent.faults().add(members.path("on_expiry"),
                           "cannot be approve where two people must approve");
}

void add_approval(json::object& to, const ApprovalRules& rules) {
    if (rules == ApprovalRules{}) return;
    json::object object{{"on_expiry", to_text(rules.on_expiry)}, {"four_eyes", rules.four_eyes}};
    add_timeout(object, "expires_in_s", rules.expires_in);
    if (rules.assignee) object["assignee"] = rules.assignee.hex();
    to["approval"] = std::move(object);
}

} // namespace weft
