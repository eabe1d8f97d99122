#pragma once

#include "domain/approval.h"
#include "domain/ids.h"
#include "json/json.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft {

/// What a person is asked for. Stored as these numbers.
enum class InboxType : int {
    preview = 0,           ///< may this agent do exactly this?
    runtime_input = 1,     ///< a form to fill in
    anomaly_detection = 2, ///< is this output as it should be?
    uncertain_effect = 3,  ///< did this happen before the server died?
    budget = 4,            ///< may more be spent?
};

/// Stored as these numbers. pending and input_required are open; the others are final.
enum class InboxStatus : int {
    pending = 0,        ///< nobody acted
    input_required = 1, ///< somebody keeps a draft in it
    approved = 2,
    rejected = 3,
    completed = 4,
    expired = 5, ///< nothing waits for the answer any more
};

std::string_view to_text(InboxType type);
std::string_view to_text(InboxStatus status);
std::optional<InboxType> inbox_type_from(std::string_view word);
std::optional<InboxStatus> inbox_status_from(std::string_view word);
inline bool is_open(InboxStatus status) { return status < InboxStatus::approved; }

/// A question as the engine puts it: it becomes an item in the commit of the journal row that waits
/// for its answer.
struct Ask {
    InboxType type = InboxType::preview;
    AgentId agent;
    std::string agent_title;
    std::string summary; ///< a friendly sentence
    /// JSON text of an object, by type:
    ///   preview, uncertain_effect   {"thoughts"?: {text, …}, "tool", "skill": {name, id, input}}
    ///   runtime_input       {"when": "pre" or "post", "output"?, "form": as domain/form.h}
    ///   anomaly_detection   {"finding", "output"}
    ///   budget              {"level", "window", "unit", "ceiling", "used", "left", "needed"}
    /// and of an item that a person or a client made, beside that "form"? and "by": {_id, name,
    /// type} of whoever it was.
    std::string asked;
    ApprovalRules rules = {};
};

/// An item of the inbox, with what its execution tells of it.
struct InboxItem {
    InboxId id;
    InboxType type = InboxType::preview;
    InboxStatus status = InboxStatus::pending;
    ExecutionId execution; ///< that waits for the answer; none: nothing does, somebody just asks
    ExecutionId about;     ///< of one that nothing waits for: the execution it is about, if any
    Uuid execution_uuid;   ///< of either
    std::int64_t seq = 0;  ///< of the journal row that waits for it
    AgentId agent;
    std::string agent_title;
    std::string summary;
    AgentflowId agentflow;
    std::string agentflow_name;
    std::string executed_by_id;
    std::string executed_by_name;
    std::string executed_by_type;
    json::object asked; ///< never changes: an answer means exactly this
    /// The draft or the answer, by type, with {"by": {_id, name}} of whoever gave it, and
    /// {"approvals": [{_id, name, at}]} where two people must approve:
    ///   preview            {"input", "is_edited", "reason"}
    ///   uncertain_effect   {"outcome": done | not_done | stop, "result"?}
    ///   runtime_input      {"values": {…}}
    ///   anomaly_detection  {"reason"?}
    ///   budget             {"outcome": go_on | stop}
    json::object answer;
    UserId assignee; ///< who alone may answer, beside editors and owners; none: whoever may
    std::string assignee_name;
    std::optional<Instant> expires_at;
    OnExpiry on_expiry = OnExpiry::reject;
    bool four_eyes = false;
    Instant created_at;
    Instant updated_at;
};

/// The words by which an item is found: each once, in order, in lower case as far as they are
/// ASCII, cut at forty characters. A word is letters, digits and whatever is not ASCII.
std::vector<std::string> summary_words(std::string_view text);

/// What became of an item that is no longer open, for whoever comes too late: "Ada approved this at
/// 2026-01-31T12:00:00.000001Z."
std::string what_happened(const InboxItem& item);

} // namespace weft
