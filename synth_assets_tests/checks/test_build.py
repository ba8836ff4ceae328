"""The names of a table's checks: stable, from the schema alone, and light to ask for."""

import re
import subprocess
import sys
from typing import get_args

import pytest

from synth_assets.checks import build_checks
from synth_assets.checks.model import CheckKind
from synth_assets.errors import Severity
from synth_assets.schema.model import Schema
from synth_assets.schema.types import IntegerType
from synth_assets_tests.checks.sample import DEPOT, ORDER, PLAN, SCHEMA, column, unique

ALL_KINDS: tuple[str, ...] = get_args(CheckKind)


def test_a_table_with_everything_has_every_check_in_order() -> None:
    assert tuple(spec.name for spec in build_checks(SCHEMA, PLAN, "sales.orders")) == ALL_KINDS


def test_only_checks_that_apply_are_there() -> None:
    nothing: dict[str, object] = {"primary_key": None, "unique_constraints": (), "foreign_keys": (), "checks": ()}
    bare = ORDER.model_copy(update={"columns": (column("a", IntegerType(), nullable=True),), **nothing})
    schema = Schema(name="shop", dialect="postgres", tables=(bare,))
    assert [spec.name for spec in build_checks(schema, None, "sales.orders")] == ["columns_and_types", "row_count", "distributions"]


@pytest.mark.parametrize("table", ["depots", "sales.orders"])
def test_names_are_the_same_before_there_is_a_plan(table: str) -> None:
    before, after = build_checks(SCHEMA, None, table), build_checks(SCHEMA, PLAN, table)
    assert [(s.name, s.columns, s.blocking) for s in before] == [(s.name, s.columns, s.blocking) for s in after]


def test_keys_block_and_distributions_warn() -> None:
    specs = build_checks(SCHEMA, PLAN, "sales.orders")
    assert [s.name for s in specs if s.blocking] == ["primary_key", "unique", "foreign_keys"]
    assert [s.name for s in specs if s.severity is Severity.WARNING] == ["distributions"]
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", s.name) for s in specs)


def test_specs_name_their_columns() -> None:
    columns = {s.name: s.columns for s in build_checks(SCHEMA, PLAN, "sales.orders")}
    assert columns["primary_key"] == ("id",)
    assert columns["foreign_keys"] == ("previous_id", "depot_country", "depot_number")
    assert columns["value_sets"] == ("status",)
    assert columns["lengths"] == ("depot_country", "code", "email", "digest")
    assert "total" not in columns["columns_and_types"]
    assert "id" not in columns["not_null"]


def test_a_unique_constraint_that_repeats_the_primary_key_is_one_check() -> None:
    table = DEPOT.model_copy(update={"unique_constraints": (unique("country", "number"),)})
    schema = Schema(name="shop", dialect="postgres", tables=(table,))
    assert "unique" not in [s.name for s in build_checks(schema, None, "depots")]


def test_unknown_table_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        build_checks(SCHEMA, None, "nowhere")


def test_building_checks_loads_nothing_heavy() -> None:
    code = """
import sys
from synth_assets.checks import build_checks
from synth_assets.schema.model import Schema
schema = Schema.model_validate_json(sys.stdin.read())
assert all(build_checks(schema, None, table.key) for table in schema.tables)
print(sorted({m.split(".")[0] for m in sys.modules} & {"great_expectations", "pandas", "duckdb", "pyarrow", "numpy", "scipy"}))
"""
    outcome = subprocess.run([sys.executable, "-c", code], input=SCHEMA.model_dump_json(), capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "[]"
