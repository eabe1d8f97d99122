-- logo: a URL, or nothing.
ALTER TABLE connector ADD COLUMN logo @text NOT NULL DEFAULT '';
CREATE INDEX skill_by_connector ON skill (project_id, connector_id);

-- An action that a person described as an HTTP request; never changes. body: all of it as JSON.
CREATE TABLE custom_action (
    project_id @id NOT NULL,
    id @id NOT NULL,
    connector_id @id NOT NULL,
    sort @text NOT NULL,
    body @text NOT NULL,
    created_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;
CREATE UNIQUE INDEX custom_action_by_sort ON custom_action (project_id, connector_id, sort);
