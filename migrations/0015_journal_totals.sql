-- What an execution has used, up to and with the commit that wrote the row. Its last row says what
-- the execution's own row said until now, and a step that goes on running adds rows and changes none.
ALTER TABLE journal ADD COLUMN total_input_tokens @i64 NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN total_output_tokens @i64 NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN total_cost_micro_usd @i64 NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN total_credits_micro @i64 NOT NULL DEFAULT 0;
UPDATE journal SET total_input_tokens = e.input_tokens, total_output_tokens = e.output_tokens,
       total_cost_micro_usd = e.cost_micro_usd, total_credits_micro = e.credits_micro
  FROM execution e
 WHERE e.project_id = journal.project_id AND e.id = journal.execution_id
   AND journal.seq = e.next_seq - 1;
ALTER TABLE execution DROP COLUMN next_seq;
ALTER TABLE execution DROP COLUMN input_tokens;
ALTER TABLE execution DROP COLUMN output_tokens;
ALTER TABLE execution DROP COLUMN cost_micro_usd;
ALTER TABLE execution DROP COLUMN credits_micro;
