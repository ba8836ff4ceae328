-- rows 7 items=1
CREATE TABLE "select" ( id integer PRIMARY KEY);
CREATE TABLE items ( select_id integer PRIMARY KEY REFERENCES "select" (id), select_id2 integer NOT NULL REFERENCES "select" (id), n integer);
CREATE TABLE items2 (id integer PRIMARY KEY, select_id integer NOT NULL REFERENCES "select", select_id2 integer REFERENCES "select");
CREATE TABLE items3 ( items2_id integer NOT NULL REFERENCES items2, id integer not null, items_select_id integer NOT NULL REFERENCES items (select_id), PRIMARY KEY (items2_id, id));
