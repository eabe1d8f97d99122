-- Questions to people. seq: of the journal row that waits for the answer. asked: JSON, NULL when it
-- is a blob; never changes. answer: the draft or the answer, JSON.
CREATE TABLE inbox (
    project_id @id NOT NULL,
    id @id NOT NULL,
    execution_id @id NOT NULL,
    seq @i64 NOT NULL,
    type @i64 NOT NULL,
    status @i64 NOT NULL,
    agent_id @id,
    agent_title @text NOT NULL,
    summary @text NOT NULL,
    asked @text,
    asked_hash @blob,
    answer @text NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;
CREATE INDEX inbox_by_status ON inbox (project_id, status, id, type);
CREATE INDEX inbox_by_type ON inbox (project_id, type, id);
CREATE INDEX inbox_by_execution ON inbox (project_id, execution_id, status, id);
