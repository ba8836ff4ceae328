REM human resources; don't read this
SET DEFINE OFF
PROMPT creating
CREATE TABLE regions (
  region_id NUMBER CONSTRAINT region_id_nn NOT NULL,
  region_name VARCHAR2(25 CHAR) DEFAULT ON NULL 'x',
  area NUMBER(8,2), whole NUMBER(10), since DATE DEFAULT SYSDATE NOT NULL,
  doc CLOB, raw_id RAW(16)
) TABLESPACE users PCTFREE 10;
CREATE UNIQUE INDEX reg_id_pk ON regions (region_id);
ALTER TABLE regions ADD ( CONSTRAINT reg_id_pk PRIMARY KEY (region_id) USING INDEX TABLESPACE idx ENABLE );
CREATE TABLE hr.countries (
  country_id CHAR(2) NOT NULL, region_id NUMBER, CONSTRAINT c_pk PRIMARY KEY (country_id),
  CONSTRAINT c_len CHECK (LENGTH(country_id) = 2) ENABLE
) ORGANIZATION INDEX;
ALTER TABLE hr.countries ADD CONSTRAINT c_fk FOREIGN KEY (region_id) REFERENCES regions (region_id) ON DELETE CASCADE;
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON regions FOR EACH ROW
BEGIN
  :NEW.region_id := 1; INSERT INTO x VALUES ('a');
END;
/
COMMENT ON TABLE regions IS 'Where; we are';
COMMENT ON COLUMN regions.region_name IS 'It''s named';
