-- Stopped runs that nobody carries on any more and whose last step may have used what it is not charged yet: the engine
-- charges it, and takes the row away (src/store/uncharged.h).
CREATE TABLE uncharged (
    project_id @id NOT NULL,
    execution_id @id NOT NULL,
    since @i64 NOT NULL,
    PRIMARY KEY (project_id, execution_id)
) @clustered;
CREATE INDEX uncharged_by_age ON uncharged (since);
