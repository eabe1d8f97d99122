-- What a request was answered, for its retries. request: keyed hash of everything that makes two
-- requests the same; body_hash: of its body alone. answer: encrypted, since some show a secret.
CREATE TABLE replay (
    organization_id @id NOT NULL,
    request @blob NOT NULL,
    arrived_at @i64 NOT NULL,
    body_hash @blob NOT NULL,
    answer @blob NOT NULL,
    expires_at @i64 NOT NULL,
    PRIMARY KEY (organization_id, request, arrived_at)
) @strict;
CREATE INDEX replay_by_expiry ON replay (expires_at);
