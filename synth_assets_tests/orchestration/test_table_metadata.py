"""What the UI shows of a table: narrow enough for Dagster's page, and whole."""

from synth_assets.ddl import read_ddl
from synth_assets.orchestration.table_metadata import plan_markdown, table_schema
from synth_assets.plan import infer_plan
from synth_assets.plan.request import DatasetRequest

DDL = """
CREATE TABLE room (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE stay (
    id int PRIMARY KEY, room_id int REFERENCES room, open boolean NOT NULL, taken tsrange,
    EXCLUDE USING gist (room_id WITH =, taken WITH &&)
);
CREATE UNIQUE INDEX one_open ON stay (room_id) WHERE open;
"""


def test_a_plan_takes_three_columns_and_says_all() -> None:
    schema = read_ddl(DDL, source="hotel.sql").schema
    assert schema is not None
    text = plan_markdown(infer_plan(schema, DatasetRequest(rows=20)).table("stay")).md_str
    assert text is not None
    lines = text.splitlines()
    assert lines[0] == "| column | holds | decided by |"
    assert {line.count(" | ") for line in lines if line} == {2}
    assert "| foreign key | rows take | decided by |" in lines
    assert any(line.startswith("| room_id -> room | ") and "% NULL | ddl: " in line for line in lines)


def test_partial_keys_and_exclusions_are_shown_as_what_they_are() -> None:
    schema = read_ddl(DDL, source="hotel.sql").schema
    assert schema is not None
    constraints = table_schema(schema.table("stay")).constraints
    assert constraints is not None
    assert "UNIQUE (room_id) WHERE open" in constraints.other
    assert "EXCLUDE (room_id WITH =, taken WITH &&)" in constraints.other
