-- rows 7
-- The only row without an earlier one referred to itself.
CREATE TABLE depots (no integer PRIMARY KEY, parent_no integer NOT NULL REFERENCES depots (no), CHECK (parent_no <> no));
