-- Who changed what, in the commit of the change; one chain per organization. hash: keyed BLAKE2b-256 of the whole row with
-- `previous`, the hash of the row before. details: JSON, names and ids alone. Rows outlive the project that they name.
CREATE TABLE audit (
    organization_id @id NOT NULL,
    seq @i64 NOT NULL,
    at @i64 NOT NULL,
    project_id @id,
    who_kind @i64 NOT NULL,
    who_id @text NOT NULL,
    who_name @text NOT NULL,
    what @text NOT NULL,
    object @text NOT NULL,
    details @text NOT NULL,
    address @text NOT NULL,
    request_id @text NOT NULL,
    previous @blob NOT NULL,
    hash @blob NOT NULL,
    PRIMARY KEY (organization_id, seq)
) @clustered;
CREATE INDEX audit_by_project ON audit (organization_id, project_id, seq);
CREATE INDEX audit_by_object ON audit (organization_id, object, seq);

-- The last row of each chain, without which rows could be cut off at its end. sealed: keyed hash of the others.
CREATE TABLE audit_head (
    organization_id @id NOT NULL PRIMARY KEY,
    seq @i64 NOT NULL,
    hash @blob NOT NULL,
    sealed @blob NOT NULL
) @strict;
