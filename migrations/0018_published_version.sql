-- The version that new executions run; NULL: the newest.
ALTER TABLE agentflow ADD COLUMN published_id @id;
ALTER TABLE agentflow ADD COLUMN published_number @i64;
