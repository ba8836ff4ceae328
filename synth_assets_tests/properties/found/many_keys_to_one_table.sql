-- rows 20
-- A key that steps aside cannot be stepped aside for.
CREATE TABLE regions (id integer PRIMARY KEY);
CREATE TABLE courses (to_id integer REFERENCES regions (id), from_id2 integer REFERENCES regions (id), to_id2 integer REFERENCES regions (id),
  CHECK (from_id2 <> to_id2));
