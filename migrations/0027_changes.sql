-- What has changed in a project, in the order in which it did (src/store/changes.h).
CREATE INDEX execution_by_change ON execution (project_id, updated_at, id);
CREATE INDEX inbox_by_change ON inbox (project_id, updated_at, id);
