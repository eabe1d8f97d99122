-- dropped: ids of deleted columns whose values are not yet out of all records; nobody sees them.
-- changes: one more with each write to the table's records.
ALTER TABLE data_table ADD COLUMN dropped @text NOT NULL DEFAULT '[]';
ALTER TABLE data_table ADD COLUMN changes @i64 NOT NULL DEFAULT 0;
