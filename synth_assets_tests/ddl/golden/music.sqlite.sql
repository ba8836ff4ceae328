PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE [artist] (
  id INTEGER PRIMARY KEY,
  "sort name" NVARCHAR(120) COLLATE NOCASE UNIQUE ON CONFLICT IGNORE,
  rating REAL CHECK (rating >= 0 AND rating < 5.5),
  anything,
  made DATETIME DEFAULT (datetime('now')),
  code TEXT CHECK (code GLOB '[A-Z][0-9]*')
);
CREATE TABLE album (
  artist_id INTEGER NOT NULL REFERENCES ARTIST ON DELETE CASCADE,
  number INT NOT NULL,
  title VARYING CHARACTER(70) NOT NULL,
  length BIGINT UNSIGNED,
  label TEXT GENERATED ALWAYS AS (upper(title)) VIRTUAL,
  PRIMARY KEY (artist_id, number),
  UNIQUE (title)
  CHECK (length(title) > 0)
) WITHOUT ROWID;
CREATE TABLE track (id INTEGER PRIMARY KEY AUTOINCREMENT, artist_id INTEGER, album_number INTEGER,
  FOREIGN KEY (artist_id, album_number) REFERENCES album (artist_id, number)) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS only_one ON track (artist_id, lower(album_number)) WHERE artist_id IS NOT NULL;
CREATE TRIGGER trg AFTER INSERT ON track BEGIN UPDATE album SET title = 'x'; DELETE FROM album; END;
CREATE VIRTUAL TABLE search USING fts5(title, content='album');
INSERT INTO album VALUES (1, 1, 'a;b', 2);
COMMIT;
CREATE TABLE sqlite_sequence(name,seq);
