-- What an organization's coworkers may spend. subject_id: the agentflow, project or organization; in_project: where the
-- first two lie, else none. used: what was spent since `since` within the window, together with what open calls may yet
-- cost; of level execution it stays 0, since each run counts for itself. Amounts are millionths.
CREATE TABLE budget (
    organization_id @id NOT NULL,
    subject_id @id NOT NULL,
    level @i64 NOT NULL,
    span @i64 NOT NULL,
    unit @i64 NOT NULL,
    in_project @id,
    ceiling @i64 NOT NULL,
    policy @i64 NOT NULL,
    used @i64 NOT NULL,
    since @i64 NOT NULL,
    window_from @i64 NOT NULL,
    window_until @i64 NOT NULL,
    PRIMARY KEY (organization_id, subject_id, level, span, unit)
) @clustered;
