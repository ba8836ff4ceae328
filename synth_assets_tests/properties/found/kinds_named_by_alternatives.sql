-- rows 40
-- The kinds stand in the alternatives alone; none of them was ever drawn.
CREATE TABLE rooms (kind varchar(10) NOT NULL, d date, color varchar(7),
  CHECK (kind = 'card' AND d IS NOT NULL AND color IS NULL OR kind = 'bank' AND color IS NOT NULL AND d IS NULL
    OR kind = 'cash' AND d IS NULL AND color IS NULL));
