-- rows 40
-- A rating of at most five stars cannot exceed a limit by five, nor an amount stay below a rate.
CREATE TABLE t ("limit" smallint NOT NULL CHECK ("limit" BETWEEN 0 AND 20), rating smallint NOT NULL CHECK (rating BETWEEN 0 AND 100),
  amount numeric(4,3) NOT NULL, "taxRate" numeric(4,3), first_name varchar(20) NOT NULL, postal_code varchar(20) NOT NULL,
  CHECK (rating - "limit" >= 5), CHECK (amount < "taxRate"), CHECK (first_name <= postal_code));
