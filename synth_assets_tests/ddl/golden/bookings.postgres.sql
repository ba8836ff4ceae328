CREATE EXTENSION btree_gist;
CREATE COLLATION case_blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN mail AS citext;

CREATE TABLE room (
    id serial PRIMARY KEY,
    label text COLLATE case_blind NOT NULL UNIQUE,
    code char(4) UNIQUE,
    contact mail
);

CREATE TABLE booking (
    id serial PRIMARY KEY,
    room_id integer NOT NULL REFERENCES room,
    guest text,
    check_in date NOT NULL,
    check_out date,
    stay tstzrange,
    held tstzrange GENERATED ALWAYS AS (tstzrange(since, until, '[)'::text)) STORED,
    since timestamptz,
    until timestamptz,
    cancelled_at timestamptz,
    EXCLUDE USING gist (room_id WITH =, daterange(check_in, COALESCE(check_out, 'infinity'::date), '[]') WITH &&) WHERE (cancelled_at IS NULL),
    CONSTRAINT no_two_stays EXCLUDE USING gist (stay WITH &&, room_id WITH =),
    EXCLUDE USING btree (room_id WITH =, check_in WITH OPERATOR(pg_catalog.=))
);
ALTER TABLE ONLY booking ADD CONSTRAINT no_two_holds EXCLUDE USING gist (lower(guest) WITH =, held WITH &&);
ALTER TABLE booking ADD CONSTRAINT not_read EXCLUDE USING gist (room_id WITH =, tsrange(check_in, check_in + 1) WITH &&);
