"""Partial and expression unique indexes: met by the rows where the plan says so, reported where nothing meets them."""

import json
from collections import Counter

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.request import DatasetRequest

PARENTS = "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE q (id integer PRIMARY KEY);"


def planned(columns, index, rows=150):
    ddl = f"{PARENTS} CREATE TABLE t (id integer PRIMARY KEY, {columns}); CREATE UNIQUE INDEX i ON t {index};"
    found = read_ddl(ddl, source="t.sql", dialect="postgres").schema
    return found, infer_plan(found, DatasetRequest(rows=rows))


def generated(found, plan):
    return Generator(found, plan).generate_rows("t", 0, plan.table("t").row_count).to_pylist()


PAIR = "p_id integer NOT NULL REFERENCES p, q_id integer NOT NULL REFERENCES q"
MET = {
    "living rows only": ("p_id integer NOT NULL, code varchar(20), deleted_at timestamp", "(code) WHERE deleted_at IS NULL",
    lambda r: None if r["deleted_at"] else r["code"]),
    "a pair of parents": (f"{PAIR}, is_deleted boolean NOT NULL", "(p_id, q_id) WHERE is_deleted = false",
    lambda r: None if r["is_deleted"] else (r["p_id"], r["q_id"])),
    "a default one per parent": ("p_id integer NOT NULL REFERENCES p, is_default boolean NOT NULL", "(p_id) WHERE is_default",
    lambda r: r["p_id"] if r["is_default"] else None),
    "a flag that is unique": ("admin boolean NOT NULL, deleted_at timestamp", "(admin) WHERE admin AND deleted_at IS NULL",
    lambda r: r["admin"] if r["admin"] and not r["deleted_at"] else None),
    "one open at a time": ("p_id integer NOT NULL, status varchar(10) NOT NULL CHECK (status IN ('open', 'paid', 'void'))",
    "(status) WHERE status = 'open'", lambda r: r["status"] if r["status"] == "open" else None),
    "lower case": ("name varchar(60) NOT NULL", "(lower(name))", lambda r: r["name"].lower()),
    "lower case of a cast address": ("email varchar(200)", "(lower((email)::text))", lambda r: r["email"] and r["email"].lower()),
    "md5": ("body text NOT NULL", "(md5(body))", lambda r: r["body"]),
    "a name among siblings": ("parent_id integer REFERENCES t, name varchar(50) NOT NULL", "(COALESCE(parent_id, -1), name)",
    lambda r: (r["parent_id"] or -1, r["name"])),
    "COALESCE of the column itself": ("code varchar(20)", "(COALESCE(code, ''))", lambda r: r["code"] or ""),
    "a name put together": ("first_name varchar(40) NOT NULL, last_name varchar(40) NOT NULL", "((first_name || ' ' || last_name))",
    lambda r: f"{r['first_name']} {r['last_name']}"),
    "codes put together": ("code varchar(12) NOT NULL, note varchar(30)", "((code || ':' || note))",
    lambda r: None if r["note"] is None else f"{r['code']}:{r['note']}"),
    "the first characters": ("token varchar(40) NOT NULL", '("left"(token, 8))', lambda r: r["token"][:8]),
    "a substring": ("token varchar(40) NOT NULL", "(substring(token from 1 for 8))", lambda r: r["token"][:8]),
    "a day": ("happened_at timestamp NOT NULL", "((happened_at::date))", lambda r: r["happened_at"].date()),
    "a day by truncation": ("happened_at timestamp NOT NULL", "(date_trunc('day', happened_at))", lambda r: r["happened_at"].date()),
    "a field of a document": ("data jsonb NOT NULL", "((data ->> 'external_id'))",
    lambda r: json.loads(r["data"]).get("external_id") if r["data"] else None),
    "COALESCE of two": ("code varchar(20), other varchar(20)", "(COALESCE(code, other))", lambda r: r["code"] or r["other"]),
    "one row of all": ("is_current boolean NOT NULL", "((true)) WHERE is_current", lambda r: True if r["is_current"] else None),
    "one of two statuses per parent": ("p_id integer NOT NULL REFERENCES p, "
    "status varchar(10) NOT NULL CHECK (status IN ('open', 'held', 'paid', 'void'))", "(p_id) WHERE status IN ('open', 'held')",
    lambda r: r["p_id"] if r["status"] in ("open", "held") else None),
    "a flag and a date": ("p_id integer NOT NULL REFERENCES p, is_main boolean NOT NULL, deleted_at timestamp",
    "(p_id) WHERE is_main AND deleted_at IS NULL", lambda r: r["p_id"] if r["is_main"] and not r["deleted_at"] else None),
    "a nullable parent": ("p_id integer REFERENCES p, kind boolean NOT NULL", "(p_id, kind) WHERE p_id IS NOT NULL",
    lambda r: None if r["p_id"] is None else (r["p_id"], r["kind"])),
}  # fmt: skip


@pytest.mark.parametrize("case", MET)
def test_rows_keep_the_index(case):
    columns, index, key = MET[case]
    found, plan = planned(columns, index)
    assert not validate_plan(found, plan)
    keys = [k for r in generated(found, plan) if (k := key(r)) is not None]
    assert len(keys) == len(set(keys))


def test_each_parent_has_one_default_row():
    found, plan = planned(*MET["a default one per parent"][:2], rows=150)
    defaults = Counter(r["p_id"] for r in generated(found, plan) if r["is_default"])
    assert defaults == dict.fromkeys({r["p_id"] for r in generated(found, plan)}, 1)


def test_a_status_that_may_occur_once_a_parent_still_occurs():
    found, plan = planned(*MET["one of two statuses per parent"][:2], rows=150)
    seen = {r["status"] for r in generated(found, plan)}
    assert seen == {"open", "held", "paid", "void"}


def test_what_nothing_can_meet_is_a_warning_and_refuses_no_rows():
    found, plan = planned("a boolean NOT NULL, b integer NOT NULL", "(a) WHERE b > 0")
    (warning,) = validate_plan(found, plan)
    assert (warning.code, warning.is_error) == ("PLAN304", False)
    assert "WHERE b > 0" in warning.found
    assert len(generated(found, plan)) == 150


def test_more_rows_than_parents_leave_the_pair_of_one_parent_alone():
    found, plan = planned("p_id integer NOT NULL REFERENCES p, code varchar(20) NOT NULL", "(p_id) WHERE code <> ''", rows=10)
    request = DatasetRequest(rows=10, rows_by_table={"t": 50})
    plan = infer_plan(found, request)
    assert [d.code for d in validate_plan(found, plan)] == ["PLAN304"]


def test_a_flag_keeps_both_values_where_the_key_is_unique_anyway():
    found, plan = planned("email varchar(200) NOT NULL UNIQUE, is_verified boolean NOT NULL", "(email) WHERE is_verified")
    assert {r["is_verified"] for r in generated(found, plan)} == {True, False}
