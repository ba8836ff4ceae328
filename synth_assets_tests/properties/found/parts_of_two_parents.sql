-- rows 20 order_items=200
-- Parts of a parent lie in runs, by either key: one of the two steps aside.
CREATE TABLE orders (id integer PRIMARY KEY);
CREATE TABLE order_items (id integer PRIMARY KEY, from_id integer NOT NULL REFERENCES orders, to_id integer NOT NULL REFERENCES orders,
    note varchar(20), CHECK (from_id <> to_id));
