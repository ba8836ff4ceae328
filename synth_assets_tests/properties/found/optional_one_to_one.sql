-- rows 40 parents=7
-- More rows than parents: those without one are NULL.
CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE children (x integer, parent_id integer UNIQUE REFERENCES parents (id));
