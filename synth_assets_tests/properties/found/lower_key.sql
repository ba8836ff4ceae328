-- rows 40
-- A key of letters whose form a CHECK prescribes.
CREATE TABLE a (id varchar(10) PRIMARY KEY CHECK (id = lower(id)));
CREATE TABLE b (id varchar(36) PRIMARY KEY CHECK (id LIKE 'A%'));
CREATE TABLE c (id varchar(36) PRIMARY KEY CHECK (id = upper(id)));
CREATE TABLE d (id text PRIMARY KEY CHECK (length(id) >= 4));
