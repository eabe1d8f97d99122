-- What a node has leased of a budget and not spent: it may spend that without a look at the budget, whose `used` has it
-- already. Whoever holds `writer` alone may take it back. window_from: the budget's, when it was leased; of a past window
-- it counts no more.
CREATE TABLE budget_slice (
    organization_id @id NOT NULL,
    subject_id @id NOT NULL,
    level @i64 NOT NULL,
    span @i64 NOT NULL,
    unit @i64 NOT NULL,
    node @i64 NOT NULL,
    window_from @i64 NOT NULL,
    free @i64 NOT NULL CHECK (free >= 0),
    PRIMARY KEY (organization_id, subject_id, level, span, unit, node),
    FOREIGN KEY (organization_id, subject_id, level, span, unit) REFERENCES budget ON DELETE CASCADE
);
-- How often an organization's budgets were changed, or a slice taken back: by it a node sees that what it knows is old.
CREATE TABLE budget_revision (
    organization_id @id NOT NULL PRIMARY KEY,
    number @i64 NOT NULL
);
ALTER TABLE budget SET (fillfactor = 50);
ALTER TABLE budget_slice SET (fillfactor = 50);
