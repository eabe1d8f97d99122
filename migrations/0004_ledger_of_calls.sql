-- A charge may belong to no execution: POST /llm/execute/calls.
CREATE TABLE ledger_anew (
    project_id @id NOT NULL,
    id @id NOT NULL,
    execution_id @id,
    agent_id @id,
    agent_title @text NOT NULL,
    model @text NOT NULL,
    input_tokens @i64 NOT NULL,
    output_tokens @i64 NOT NULL,
    cost_micro_usd @i64 NOT NULL,
    credits_micro @i64 NOT NULL,
    created_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @clustered;
INSERT INTO ledger_anew
SELECT project_id, id, execution_id, agent_id, agent_title, model, input_tokens, output_tokens,
       cost_micro_usd, credits_micro, created_at
  FROM ledger;
DROP TABLE ledger;
ALTER TABLE ledger_anew RENAME TO ledger;
