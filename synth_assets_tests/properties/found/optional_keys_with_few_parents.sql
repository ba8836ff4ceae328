-- rows 7 items5=40 items8=3 pairs=3
CREATE TABLE items (id integer PRIMARY KEY);
CREATE TABLE items5 (id integer PRIMARY KEY, items_id integer UNIQUE REFERENCES items);
CREATE TABLE items6 (x integer PRIMARY KEY REFERENCES items5 (items_id));
CREATE TABLE items7 (id integer PRIMARY KEY, x integer UNIQUE REFERENCES items5 (items_id));
CREATE TABLE items8 (id integer PRIMARY KEY REFERENCES items7 (x));
CREATE TABLE items5_items (id integer PRIMARY KEY, z integer NOT NULL REFERENCES items5 (items_id));
CREATE TABLE pairs (a integer NOT NULL REFERENCES items5 (items_id), b integer NOT NULL REFERENCES items7 (x), PRIMARY KEY (a, b));
