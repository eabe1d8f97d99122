-- What an execution waits for, or waited for last, and from whom the answer came. seq: of the
-- journal row that began the wait; the wait is over when the journal goes on after it. name: which
-- event or question. place: the engine's words about the effect, for the answer's row.
CREATE TABLE waiting (
    project_id @id NOT NULL,
    execution_id @id NOT NULL,
    seq @i64 NOT NULL,
    reason @i64 NOT NULL,
    name @text NOT NULL,
    place @text NOT NULL,
    child_id @id,
    outcome @text,
    answered_at @i64,
    answered_by @text,
    PRIMARY KEY (project_id, execution_id)
) @clustered;
CREATE INDEX waiting_for_child ON waiting (project_id, child_id) WHERE child_id IS NOT NULL;
