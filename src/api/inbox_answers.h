#pragma once

#include "api/route.h"
#include "domain/inbox.h"

/// What the answers to items of all types have in common.
namespace weft::api {

std::span<const Route> inbox_preview_routes();
std::span<const Route> inbox_form_routes();

using ItemAnswer = Answer<"InboxItem">;

/// Which item an answer means: by its id, or the open one of an execution.
struct Which {
    ExecutionRef execution;
    InboxId item;
    AgentId agent; ///< none: whichever asks
};

template <class In> Which which_of(const In& in) {
    return {in.execution, in.item.value_or(InboxId{}), in.agent.value_or(AgentId{})};
}

/// Where an operation is told of it: the older forms name it in the body.
enum class Named { by_path, by_body };

/// The parameters that tell which: members `execution`, `item` and `agent` of In.
template <class In, Named named>
constexpr auto which_params(const char* agent = "The agent that asks; any other one is refused") {
    return std::tuple{
        named == Named::by_path
            ? path("E", &In::execution, "The execution that waits")
            : body("execution_id", &In::execution, "The execution that waits, or"),
        body("inbox_id", &In::item, "The item that is answered; any other one is refused"),
        body("agent_id", &In::agent, agent)};
}

/// The open item that is meant. not_found: there is none such. conflict: it is not open any more,
/// or another question is; says what happened.
Result<InboxItem> open_item(store::Rx& rx, const Scope& scope, const Which& which, InboxType type);

/// Keeps what a person says of an item: as a draft (`status` is open), or for good, and then the
/// run goes on with `told`. conflict: somebody was faster; says what happened.
Result<ItemAnswer> keep_answer(Request& rq, store::Tx& tx, const InboxItem& item,
                               InboxStatus status, json::object answer, json::object told);
/// After the commit of that.
void after_answer(Request& rq, const InboxItem& item, InboxStatus status);

} // namespace weft::api
