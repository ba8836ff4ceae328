-- Everything that can be wrong, and one good table
CREATE TABLE good (id serial PRIMARY KEY, code text UNIQUE, other int);
CREATE TABLE comma (id int PRIMARY KEY, name text age int);
CREATE TABLE trailing (id int PRIMARY KEY, name text,);
CREATE TABLE untyped (id int PRIMARY KEY, name);
CREATE TABLE "open ( id int;
CREATE TABLE parens (id int, amount numeric(10, 2);
CREATE TABLE extra (id int));
CREAT TABLE typo (id int);
CREATE TABLE child (
  id int PRIMARY KEY,
  a int REFERENCES missing(id),
  b int REFERENCES goood(id),
  c int REFERENCES good(nope),
  d int REFERENCES good(other),
  e text REFERENCES good(id),
  f int REFERENCES comma(id),
  FOREIGN KEY (a, b) REFERENCES good(id),
  FOREIGN KEY (zzz) REFERENCES good(id),
  UNIQUE (idd),
  PRIMARY KEY (a),
  CHECK (agee > 3),
  id text
);
CREATE TABLE good (id int);
CREATE TABLE IF NOT EXISTS good (id int);
CREATE TABLE empty ();
CREATE TABLE copied AS SELECT 1 AS a;
CREATE TABLE odd (a frobnicate, b int CHECK (my_function(b)), EXCLUDE USING gist (b WITH <>));
ALTER TABLE nowhere ADD COLUMN x int;
ALTER TABLE good ALTER COLUMN cod SET NOT NULL;
ALTER TABLE good ADD COLUMN code text;
CREATE UNIQUE INDEX ON nowhere (x);
CREATE TABLE unfinished (id int PRIMARY KEY)
CREATE TABLE last (id int PRIMARY KEY, good_id int REFERENCES good);
SELECT 'never closed;
