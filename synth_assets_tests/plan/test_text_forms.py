"""Types with a text form of their own: the type beats the name, and what nothing knows stays empty."""

import re

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.request import DatasetRequest

FORMS = {
    "address inet": r"10(\.\d+){3}",
    "ip_address cidr": r"10(\.\d+){3}/24",
    "email inet[]": r"\{10(\.\d+){3}\}",
    "mac_address macaddr": r"02(:[0-9a-f]{2}){5}",
    "member_ids uuid[]": r"\{[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}\}",
    "country_ids integer[]": r"\{\d+,\d+\}",
    "first_name text[]": r'\{".*"\}',
    "status bit(3)": r"[01]{3}",
    "title xml": r"<value>[a-z]+</value>",
    "name hstore": r'"value"=>"[a-z]+"',
    "city point": r"\(\d+\.\d+,\d+\.\d+\)",
    "city geometry(Point,4326)": r"SRID=4326;POINT\(\d+\.\d+ \d+\.\d+\)",
    "rating vector(3)": r"\[0\.\d,0\.\d,0\.\d\]",
    "start_date daterange": r"\[2025-\d\d-01,2026-\d\d-01\)",
    "name public.made_up_type DEFAULT 'as it is'::public.made_up_type": "as it is",
}


def values_of(column):
    found = read_ddl(f"CREATE TABLE t (id integer PRIMARY KEY, {column});", source="t.sql", dialect="postgres").schema
    plan = infer_plan(found, DatasetRequest(rows=20))
    assert not validate_plan(found, plan)
    return Generator(found, plan).generate_rows("t", 0, 20).column(1).to_pylist()


@pytest.mark.parametrize("column", FORMS)
def test_type_beats_name(column):
    values = values_of(f"{column} NOT NULL")
    assert all(re.fullmatch(FORMS[column], v) for v in values), values[:3]


def test_a_type_that_nothing_knows_stays_empty():
    assert set(values_of("address made_up_type")) == {None}


COMPOSITE = """
CREATE TYPE mood AS ENUM ('calm', 'so so');
CREATE TYPE price_type AS (amount numeric(19,4), currency text);
CREATE TYPE mixed AS (label text, feeling public.mood, held boolean, places point[], seen date);
CREATE DOMAIN price AS price_type;
CREATE TABLE t (id integer PRIMARY KEY, price price NOT NULL, status mixed NOT NULL);
"""


def test_a_composite_type_takes_a_value_of_its_parts():
    """A part whose form has commas or brackets of its own is left out: NULL."""
    found = read_ddl(COMPOSITE, source="t.sql", dialect="postgres")
    assert found.diagnostics == ()
    plan = infer_plan(found.schema, DatasetRequest(rows=20))
    assert not validate_plan(found.schema, plan)
    rows = Generator(found.schema, plan).generate_rows("t", 0, 20).to_pydict()
    assert all(re.fullmatch(r"\(\d+,[A-Z]{3}\)", v) for v in rows["price"])
    assert all(re.fullmatch(r'\(".*","calm",true,,2025-\d\d-01\)', v) for v in rows["status"])


def test_a_unique_address_of_a_network_stays_one():
    values = values_of("ip_address inet NOT NULL UNIQUE")
    assert len(set(values)) == 20
    assert all(re.fullmatch(FORMS["address inet"], v) for v in values)
