-- rows 7
CREATE TABLE items ("old_Id" integer PRIMARY KEY);
CREATE TABLE items2 (
  "items_old_Id" integer REFERENCES items,
  "items_old_Id2" integer UNIQUE REFERENCES items,
  "items_old_Id3" integer REFERENCES items,
  parent integer NOT NULL,
  PRIMARY KEY ("items_old_Id"),
  FOREIGN KEY (parent) REFERENCES items2 ("items_old_Id2")
);
