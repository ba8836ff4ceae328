-- rows 7
CREATE TABLE customers (id integer PRIMARY KEY);
CREATE TABLE items (
  customers_id integer PRIMARY KEY REFERENCES customers,
  customers_id2 integer UNIQUE REFERENCES customers,
  b boolean
);
CREATE TABLE items2 (
  items_customers_id2 integer PRIMARY KEY REFERENCES items (customers_id2)
);
