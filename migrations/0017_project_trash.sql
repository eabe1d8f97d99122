-- trashed_at: nothing runs in it and nobody finds it, until its owner brings it back. filling_until: an import is putting
-- it together; deleted_at hides it meanwhile, and when this time has passed what is there is removed.
ALTER TABLE project ADD COLUMN trashed_at @i64;
ALTER TABLE project ADD COLUMN filling_until @i64;
CREATE INDEX project_trashed ON project (trashed_at) WHERE trashed_at IS NOT NULL;
