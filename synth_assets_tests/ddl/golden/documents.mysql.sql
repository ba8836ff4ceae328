CREATE TABLE doctor (
  id INT PRIMARY KEY,
  meta LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`meta`)),
  kept TEXT CHECK (kept IS NULL OR (JSON_VALID(kept))),
  short VARCHAR(20) CHECK (json_valid(short)),
  other TEXT CHECK (json_valid(other) AND CHAR_LENGTH(other) > 2)
);
