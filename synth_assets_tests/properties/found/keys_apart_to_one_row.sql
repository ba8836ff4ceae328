-- rows 7 items=1
CREATE TABLE "order" ( id integer PRIMARY KEY);
CREATE TABLE items ( order_id integer PRIMARY KEY REFERENCES "order" (id), n integer);
CREATE TABLE items3 ( id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES "order" (id), from_id integer REFERENCES items (order_id), to_id integer REFERENCES items (order_id), CONSTRAINT check_0 CHECK (from_id <> to_id));
