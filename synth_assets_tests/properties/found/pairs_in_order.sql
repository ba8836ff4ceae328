-- rows 40 users=10 many=300 few=1000 few_pairs=1000 scarce=3 scarce_pairs=3 scarce_others=6 close=7 close_others=7
CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE dense (a integer NOT NULL REFERENCES users, b integer NOT NULL REFERENCES users, PRIMARY KEY (a, b), CHECK (a > b));
CREATE TABLE many (id integer PRIMARY KEY);
CREATE TABLE sparse (a integer NOT NULL REFERENCES many, b integer NOT NULL REFERENCES many, since date, PRIMARY KEY (a, b), CHECK (a < b));
CREATE TABLE few (id integer PRIMARY KEY);
CREATE TABLE few_pairs (x integer NOT NULL REFERENCES few, y integer NOT NULL REFERENCES few, UNIQUE (y, x), CHECK (x <= y AND x <> y));
CREATE TABLE scarce (id integer PRIMARY KEY);
CREATE TABLE scarce_pairs (a integer NOT NULL REFERENCES scarce, b integer NOT NULL REFERENCES scarce, PRIMARY KEY (a, b), CHECK (a < b));
CREATE TABLE scarce_others (a integer NOT NULL REFERENCES scarce, b integer NOT NULL REFERENCES scarce, PRIMARY KEY (a, b), CHECK (a <> b));
CREATE TABLE close (id integer PRIMARY KEY);
CREATE TABLE close_others (a integer NOT NULL REFERENCES close, b integer NOT NULL REFERENCES close, PRIMARY KEY (a, b), CHECK (a <> b));
