-- What a person sets for a project as a whole, one row for each section; body: JSON without secrets, which are in
-- `secret`. A section that nobody has set has no row.
CREATE TABLE project_setting (
    project_id @id NOT NULL,
    name @text NOT NULL,
    body @text NOT NULL,
    updated_at @i64 NOT NULL,
    PRIMARY KEY (project_id, name)
) @strict;

-- Runs that are being removed because they ended too long ago: the execution's own row is gone already, the others
-- follow in slices.
CREATE TABLE gone_run (
    project_id @id NOT NULL,
    execution_id @id NOT NULL,
    task_id @id NOT NULL,
    PRIMARY KEY (project_id, execution_id)
) @strict;
-- Who still needs a blob.
CREATE INDEX journal_by_blob ON journal (project_id, blob_hash) WHERE blob_hash IS NOT NULL;
CREATE INDEX inbox_by_asked ON inbox (project_id, asked_hash) WHERE asked_hash IS NOT NULL;
