-- What a database of several nodes has beside the tables of a data directory.

-- The bytes of files, in order.
CREATE TABLE file_piece (
    project_id @id NOT NULL,
    file_id @id NOT NULL,
    number @i64 NOT NULL,
    body @blob NOT NULL,
    PRIMARY KEY (project_id, file_id, number)
) @clustered;
-- They are compressed files for the most part: a second attempt only costs time.
ALTER TABLE file_piece ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE blob ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE blob_piece ALTER COLUMN body SET STORAGE EXTERNAL;

-- Processes that carry executions out. What a node owns is anybody's once its lease is over, by the
-- database's clock. Of one data directory there is one at a time.
CREATE TABLE node (
    id @i64 NOT NULL PRIMARY KEY,
    instance @text NOT NULL,
    started_at @i64 NOT NULL,
    lease_until @i64 NOT NULL
) @strict;

-- Held alone by each ordinary write, shared by those of engines' steps.
INSERT INTO store_info (name, value) VALUES ('writer', '');

-- Batches of writes that were committed: one whose answer was lost is looked for here.
CREATE TABLE batch (
    node @i64 NOT NULL,
    lane @i64 NOT NULL,
    number @i64 NOT NULL,
    PRIMARY KEY (node, lane, number)
) @strict;

-- A step changes no column of an index: with room in its page the new row version needs no entry in
-- any of them, and the old one is taken away by whoever comes by. Vacuum only has to keep up.
ALTER TABLE execution SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE task SET (fillfactor = 90);
ALTER TABLE waiting SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

-- A queue: few rows at any time, and many that were. Dead ones at its head make every look slow.
ALTER TABLE ready SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 5000, vacuum_truncate = off);
-- Where what became ready lately is found without a look at what was before it.
CREATE INDEX ready_by_time ON ready (since);
ALTER TABLE batch SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
ALTER TABLE node SET (fillfactor = 50);

-- Append only: vacuum freezes what came since, and is done often enough to have little each time.
ALTER TABLE journal SET (autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 200000, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE ledger SET (autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000);
-- With a primary key its rows can be moved between the workers of a cluster while they are written.
ALTER TABLE journal ADD CONSTRAINT journal_by_execution
    PRIMARY KEY USING INDEX journal_by_execution;
