-- The agent after which a run ends, whatever comes next in its flow.
ALTER TABLE execution_start ADD COLUMN stop_after_id @id;
