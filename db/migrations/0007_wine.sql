-- 0007_wine.sql: one more kind of environment, wine. SQLite cannot change a CHECK of a table, and a table that others refer
-- to cannot be replaced while foreign keys are on; the words of the table's definition can (sqlite.org/lang_altertable,
-- "Making Other Kinds Of Table Schema Changes": the content stays as it is).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''qemu-kvm'',''bochs'')', '''qemu-kvm'',''bochs'',''wine'')')
WHERE type = 'table' AND name = 'env';
PRAGMA writable_schema = RESET;
-- whoever has the file open reads the schema anew: the number of it changes with a table
CREATE TABLE schema_changed (id INTEGER PRIMARY KEY) STRICT;
DROP TABLE schema_changed;
