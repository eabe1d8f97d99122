-- Runs that somebody started where runs are limited (settings, section limits); of other projects there are none.
-- state 0: waits for its turn; 1: goes; 2: is over, and counts among the starts of a minute. at: since when it waits, or
-- when it was let go.
CREATE TABLE run_slot (
    project_id @id NOT NULL,
    execution_id @id NOT NULL,
    task_id @id NOT NULL,
    agentflow_id @id NOT NULL,
    state @i64 NOT NULL,
    at @i64 NOT NULL,
    PRIMARY KEY (project_id, execution_id)
) @strict;
CREATE INDEX run_slot_by_flow ON run_slot (project_id, state, agentflow_id, at, execution_id);
CREATE INDEX run_slot_by_time ON run_slot (project_id, state, at, execution_id);
