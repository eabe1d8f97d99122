-- deleted_at: from then on the project is nobody's; its rows go in slices, and this row at last.
ALTER TABLE project ADD COLUMN deleted_at @i64;
CREATE INDEX project_deleted ON project (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX project_by_name ON project (organization_id, name) WHERE deleted_at IS NULL;
CREATE INDEX project_by_creation ON project (organization_id, created_at, id)
    WHERE deleted_at IS NULL;
CREATE INDEX api_key_by_project ON api_key (project_id) WHERE project_id IS NOT NULL;
