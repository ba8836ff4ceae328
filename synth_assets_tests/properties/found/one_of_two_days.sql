-- rows 7
-- One day was computed from the other, which is missing wherever it is there.
CREATE TABLE employees (updated_at timestamp, created_at timestamp, CHECK ((updated_at IS NULL) <> (created_at IS NULL)));
