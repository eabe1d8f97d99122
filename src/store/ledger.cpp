#include "store/ledger.h"

namespace weft::store::ledger {

namespace {

constexpr std::int64_t page_max = 500;

struct Stored {
    ExecutionId execution;
    AgentId agent;
    std::string agent_title;
    std::string model;
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t cost_micro_usd = 0;
    std::int64_t credits_micro = 0;
    Instant created_at;
};

constexpr Query<Stored, ProjectId, std::int64_t, std::int64_t> list_sql{"ledger.list", R"sql(
    SELECT execution_id, agent_id, agent_title, model, input_tokens, output_tokens, cost_micro_usd,
           credits_micro, created_at
      FROM ledger WHERE project_id = $1
     ORDER BY id DESC LIMIT $2 OFFSET $3)sql"};

constexpr Query<std::int64_t, ProjectId> count_sql{"ledger.count", R"sql(
    SELECT count(*) FROM ledger WHERE project_id = $1)sql"};

constexpr Query<void, ProjectId, ChargeId, ExecutionId, AgentId, std::string_view, std::string_view,
                std::int64_t, std::int64_t, std::int64_t, std::int64_t, Instant>
    append_sql{"ledger.append", R"sql(
    INSERT INTO ledger (project_id, id, execution_id, agent_id, agent_title, model, input_tokens,
                        output_tokens, cost_micro_usd, credits_micro, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))sql"};

} // namespace

Result<Page> list(Rx& rx, const Scope& scope, std::int64_t limit, std::int64_t skip) {
    Page page;
    page.total = TRY(rx.maybe(count_sql, scope.project))
    .value_or(0);
    for (Stored& each :
         TRY(rx.all(list_sql, scope.project, std::clamp<std::int64_t>(limit, 0, page_max),
                    std::max<std::int64_t>(skip, 0))))
        page.charges.push_back(
            {{each.agent,
              std::move(each.agent_title),
              std::move(each.model),
              {each.input_tokens, each.output_tokens, each.cost_micro_usd, each.credits_micro}},
             each.execution,
             each.created_at});
    return page;
}

Result<> append(Tx& tx, const ProjectId& project, const ExecutionId& execution,
                const LedgerRow& row) {
    const auto id = tx.minter().mint<ChargeTag>(project.ordinal());
    TRY(tx.put(append_sql, project, id, execution, row.agent, row.agent_title, row.model,
               row.usage.input_tokens, row.usage.output_tokens, row.usage.cost_micro_usd,
               row.usage.credits_micro, tx.now()));
    return {};
}

} // namespace weft::store::ledger
