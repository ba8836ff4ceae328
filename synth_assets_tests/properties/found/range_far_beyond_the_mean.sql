-- rows 40
-- math domain error.
CREATE TABLE t (quantity smallint CHECK (quantity > 1000));
