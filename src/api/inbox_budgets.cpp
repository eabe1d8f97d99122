#include "api/inbox_answers.h"
#include "api/inbox_view.h"
#include "api/routes.h"
#include "store/inbox.h"
#include "store/waits.h"

namespace weft::api {

namespace {

struct AnswerBudget {
    ExecutionRef execution;
    std::optional<InboxId> item;
    std::optional<AgentId> agent;
    std::string outcome;
    static constexpr auto params() {
        using In = AnswerBudget;
        return std::tuple_cat(which_params<In, Named::by_path>(),
                              std::tuple{body("outcome", &In::outcome,
                                              "go_on: try the call again; stop: stop the execution")
                                             .required()});
    }
};

std::optional<store::waits::OverBudget> outcome_from(std::string_view word) {
    using store::waits::OverBudget;
    if (word == "go_on") return OverBudget::go_on;
    if (word == "stop") return OverBudget::stop;
    return std::nullopt;
}

Task<Result<ItemAnswer>> answer_budget(Request& rq, AnswerBudget in) {
    const auto outcome = outcome_from(in.outcome);
    if (!outcome) co_return fail_field("outcome", "Must be go_on or stop.");
    InboxItem item;
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<ItemAnswer> {
        item = TRY(open_item(tx, rq.scope, which_of(in), InboxType::budget));
        // First the item: a stop would expire it.
        const InboxItem now = TRY(store::inbox::answer(tx, rq.scope, item, InboxStatus::completed,
                                                       {{"outcome", in.outcome}}));
        TRY(store::waits::decide_budget(tx, rq.scope, item.execution, item.seq, *outcome));
        rq.audited.details["outcome"] = in.outcome;
        rq.audited.details["execution"] = item.execution.hex();
        return ItemAnswer{inbox_item_view(now, rq.scope.project)};
    }));
    after_answer(rq, item, InboxStatus::completed);
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::post, "/inbox/update/budget/{E}", "inbox.budget", needs(Role::operator_),
     "Let a run go on for which no budget had room, once there is more, or stop it",
     handler<&answer_budget>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> inbox_budget_routes() { return routes; }

} // namespace weft::api
