-- 0011_twin.sql: which sweep a sweep is the A/A twin of (sweep --aa): its uuid. So a resume goes on with both of them in turn, and
-- their noise floor is what they differ by. NULL in all others, and in all that was begun before.
ALTER TABLE sweep ADD COLUMN twin_of TEXT;
