-- The body of a blob of more text than store/blobs.h gives one row, zstd, in order; the blob's own body is then empty.
-- Written in transactions of their own before the one that names the blob: pieces without it are of a commit that never came.
CREATE TABLE blob_piece (
    project_id @id NOT NULL,
    hash @blob NOT NULL,
    number @i64 NOT NULL,
    body @blob NOT NULL,
    PRIMARY KEY (project_id, hash, number)
) @strict;
