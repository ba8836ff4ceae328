-- rows 0
-- Runs of no rows over no parents.
CREATE TABLE items (no bigint PRIMARY KEY);
CREATE TABLE pairs (a bigint REFERENCES items (no), b bigint REFERENCES items (no), PRIMARY KEY (a, b));
