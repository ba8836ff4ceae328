CREATE DATABASE shop DEFAULT CHARACTER SET latin1;
USE shop;
CREATE TABLE a (
    name varchar(20) NOT NULL,
    exact varchar(20) BINARY,
    wide varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs,
    narrow char(2) CHARACTER SET ascii COLLATE ascii_bin
);
CREATE TABLE b (name varchar(20), other text COLLATE utf8mb4_bin) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_general_ci;
CREATE TABLE c (name varchar(20), plain varbinary(20)) CHARACTER SET = binary;
CREATE TABLE d (name varchar(20) COLLATE latin1_general_cs, later varchar(5));
ALTER TABLE d CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_as_ci;
ALTER TABLE d ADD COLUMN last varchar(5), MODIFY later varchar(6) COLLATE utf8mb4_bin;
