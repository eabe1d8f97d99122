-- What of the inbox is for people: who is to answer and until when, how many items there are of each
-- kind, and by which words they are found.
--
-- assignee: a user, or no bytes at all. expires_at: when on_expiry (0 reject, 1 approve, 2 stop) is
-- carried out. four_eyes: whether two people must approve. about_id: of an item that no execution
-- waits for, whose execution_id is zeros: the execution that it is about.
ALTER TABLE inbox ADD COLUMN assignee @blob NOT NULL DEFAULT X'';
ALTER TABLE inbox ADD COLUMN expires_at @i64;
ALTER TABLE inbox ADD COLUMN on_expiry @i64 NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN four_eyes @i64 NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN about_id @id;
DROP INDEX inbox_by_status;
DROP INDEX inbox_by_type;
CREATE INDEX inbox_by_state ON inbox (project_id, status, type, id);
CREATE INDEX inbox_by_assignee ON inbox (project_id, assignee, status, type, id);
CREATE INDEX inbox_due ON inbox (expires_at) WHERE expires_at IS NOT NULL AND status < 2;

-- items: how many there are, changed in the commit of each change.
CREATE TABLE inbox_count (
    project_id @id NOT NULL,
    assignee @blob NOT NULL,
    status @i64 NOT NULL,
    type @i64 NOT NULL,
    items @i64 NOT NULL,
    PRIMARY KEY (project_id, assignee, status, type)
) @clustered;
INSERT INTO inbox_count (project_id, assignee, status, type, items)
SELECT project_id, assignee, status, type, count(*) FROM inbox
 GROUP BY project_id, assignee, status, type;

-- The words of each summary (domain/inbox.h, summary_words), with the item's status and type, so that
-- items of one word, status and type lie side by side in the order of their ids.
CREATE TABLE inbox_word (
    project_id @id NOT NULL,
    word @text NOT NULL,
    status @i64 NOT NULL,
    type @i64 NOT NULL,
    id @id NOT NULL,
    PRIMARY KEY (project_id, word, status, type, id)
) @clustered;
WITH RECURSIVE letter (project_id, id, status, type, text, at, word, whole) AS (
    SELECT project_id, id, status, type, lower(summary) || ' ', 1, '', '' FROM inbox
     UNION ALL
    SELECT project_id, id, status, type, text, at + 1,
           CASE WHEN substr(text, at, 1) GLOB '[0-9a-z]' OR unicode(substr(text, at, 1)) > 127
                THEN word || substr(text, at, 1) ELSE '' END,
           CASE WHEN substr(text, at, 1) GLOB '[0-9a-z]' OR unicode(substr(text, at, 1)) > 127
                THEN '' ELSE word END
      FROM letter WHERE at <= length(text))
INSERT OR IGNORE INTO inbox_word (project_id, word, status, type, id)
SELECT project_id, substr(whole, 1, 40), status, type, id FROM letter WHERE whole <> '';

-- Items of which people are still to be told; written with the item where somebody is to be told.
CREATE TABLE inbox_notice (
    project_id @id NOT NULL,
    item_id @id NOT NULL,
    created_at @i64 NOT NULL,
    PRIMARY KEY (project_id, item_id)
) @strict;
CREATE INDEX inbox_notice_by_age ON inbox_notice (created_at);

-- Webhooks on their way. sealed: the body, which holds a token. next_try_at: also until when the one who sends it has it for
-- himself.
CREATE TABLE inbox_call (
    project_id @id NOT NULL,
    id @text NOT NULL,
    sealed @blob NOT NULL,
    attempts @i64 NOT NULL,
    created_at @i64 NOT NULL,
    next_try_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;
CREATE INDEX inbox_call_due ON inbox_call (next_try_at);

-- Links with which one item is decided. hash: keyed, of the token. name: whom it was sent to.
CREATE TABLE inbox_link (
    project_id @id NOT NULL,
    item_id @id NOT NULL,
    hash @blob NOT NULL,
    name @text NOT NULL,
    expires_at @i64 NOT NULL,
    PRIMARY KEY (project_id, item_id, hash)
) @strict;
CREATE INDEX inbox_link_by_end ON inbox_link (expires_at);
CREATE INDEX inbox_link_by_hash ON inbox_link (hash);
