-- relation: how an execution came from its parent, see ExecutionStart.
ALTER TABLE execution_start ADD COLUMN relation @i64 NOT NULL DEFAULT 0;
CREATE INDEX execution_start_failover ON execution_start (project_id, parent_id)
    WHERE relation = 1;

-- failover_of: the flow that this one takes over for when it fails; NULL: it is no failover flow.
ALTER TABLE agentflow ADD COLUMN failover_of @id;
CREATE INDEX agentflow_failover ON agentflow (project_id, failover_of, id)
    WHERE failover_of IS NOT NULL AND is_deleted = 0;
UPDATE agentflow SET failover_of = (
    SELECT unhex(json_extract(v.body, '$.parent_agentflow_id')) FROM agentflow_version v
     WHERE v.project_id = agentflow.project_id AND v.id = agentflow.version_id
       AND json_type(v.body, '$.failover_goal') = 'text'
       AND json_extract(v.body, '$.failover_goal') <> '');

-- paused_at: of a paused execution, since when; paused_us: how long it was before that.
ALTER TABLE execution ADD COLUMN paused_at @i64;
ALTER TABLE execution ADD COLUMN paused_us @i64 NOT NULL DEFAULT 0;
