-- migrate:up
CREATE SCHEMA ledger;
SET search_path = nowhere, ledger, public;
CREATE TABLE account (id bigint PRIMARY KEY, owner text NOT NULL, gone int CHECK (gone > 0), code text);
CREATE UNIQUE INDEX account_code ON account (code);
CREATE TYPE "mood" AS ENUM ('calm');
CREATE TABLE entry (id bigint, account_id bigint, feeling mood, CONSTRAINT entry_pk PRIMARY KEY (id));
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'entry_account') THEN
        ALTER TABLE entry ADD CONSTRAINT entry_account FOREIGN KEY (account_id) REFERENCES account (id);
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'entry_account') THEN
        ALTER TABLE entry ADD CONSTRAINT entry_account FOREIGN KEY (account_id) REFERENCES account (id);
    END IF;
    IF EXISTS (SELECT 1 FROM information_schema.columns WHERE column_name = 'owner') THEN
        ALTER TABLE account RENAME COLUMN owner TO holder;
    ELSE
        ALTER TABLE account ADD COLUMN holder text;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_class WHERE relname = 'journal') THEN ALTER TABLE journal RENAME TO diary; END IF;
    EXECUTE 'CREATE TABLE audit (id int PRIMARY KEY, said text)';
    CREATE TYPE level AS ENUM ('low', 'high');
EXCEPTION
    WHEN duplicate_object THEN
        ALTER TABLE account DROP COLUMN id;
END $$;
CREATE TYPE "mood_new" AS ENUM ('calm', 'cross');
ALTER TABLE entry ALTER COLUMN feeling TYPE "mood_new" USING (feeling::text::"mood_new");
ALTER TYPE "mood" RENAME TO "mood_old";
ALTER TYPE "mood_new" RENAME TO "mood";
DROP TYPE "mood_old";
ALTER TABLE entry ADD COLUMN IF NOT EXISTS size numeric(8, 2), ADD COLUMN IF NOT EXISTS size numeric(8, 2);
ALTER TABLE account DROP COLUMN gone;
ALTER TABLE account RENAME CONSTRAINT account_pkey TO account_pk;
DROP INDEX IF EXISTS account_code;
CREATE TABLE moved (id int PRIMARY KEY, level level);
CREATE TABLE child (id int PRIMARY KEY, moved_id int REFERENCES moved, entry_id bigint REFERENCES entry);
ALTER TABLE moved SET SCHEMA public;
CREATE TABLE short_lived (id int PRIMARY KEY);
ALTER TABLE child ADD COLUMN s int REFERENCES short_lived;
DROP TABLE short_lived CASCADE;
CREATE TYPE place AS (street text, zip text);
CREATE TABLE shop (id int PRIMARY KEY, at place);
ALTER TYPE place ADD ATTRIBUTE country char(2), DROP ATTRIBUTE zip CASCADE;
-- migrate:down
DROP TABLE child, moved, entry, account;
