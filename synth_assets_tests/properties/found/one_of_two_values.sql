-- rows 7
-- Two rules met the same CHECK, each by the other column.
CREATE TABLE notes ("default" boolean, amount numeric(6,0),
  CHECK (("default" IS NOT NULL AND amount IS NULL) OR ("default" IS NULL AND amount IS NOT NULL)));
