-- 0004_care.sql: pruning leaves a note, so that `check` tells samples that were dropped from samples that were lost.
ALTER TABLE sweep ADD COLUMN pruned TEXT;  -- when its samples were dropped; NULL: they are there
