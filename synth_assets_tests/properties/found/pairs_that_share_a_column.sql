-- rows 20
-- Two keys to one table share a column; each was to step aside for the other, without end.
CREATE TABLE products (line integer, id smallint, PRIMARY KEY (line, id));
CREATE TABLE tasks (line integer, product_id smallint, product_id2 smallint,
  FOREIGN KEY (line, product_id) REFERENCES products (line, id), FOREIGN KEY (line, product_id2) REFERENCES products (line, id));
