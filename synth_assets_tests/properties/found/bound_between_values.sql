-- rows 40
-- 0.333 is no value of a column of whole numbers: the least is 1.
CREATE TABLE t (weight numeric(6,0) NOT NULL CHECK (weight >= 0.333), other numeric(6,0) CHECK (other > 0.1 AND other < 0.9));
