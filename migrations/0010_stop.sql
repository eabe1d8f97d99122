-- Executions that a person stopped: who, when, and how far they were (next_seq of the journal, state). What the journal
-- holds from next_seq on came late: text and result of the one effect that was open.
CREATE TABLE stopped (
    project_id @id NOT NULL,
    execution_id @id NOT NULL,
    at @i64 NOT NULL,
    by_id @text NOT NULL,
    by_name @text NOT NULL,
    next_seq @i64 NOT NULL,
    state @i64 NOT NULL,
    PRIMARY KEY (project_id, execution_id)
) @clustered;
