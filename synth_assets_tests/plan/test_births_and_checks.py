"""A CHECK that a birth comes first changes nothing where names say so already: nobody is hired as a child, nobody dies tomorrow."""

from datetime import date
from pathlib import Path

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.model import AS_OF
from synth_assets.plan.request import DatasetRequest

ROWS = 2_000


def pairs(ddl: str, table: str, earlier: str, later: str) -> list[tuple[date, date]]:
    schema = read_ddl(ddl, source="births.sql", dialect="postgres").schema
    assert schema is not None
    planned = plan_dataset(schema, DatasetRequest(rows=ROWS))
    assert [d for d in planned.diagnostics if d.code == "PLAN301"] == [], "the CHECK is known to hold"
    rows = Generator(schema, planned.plan).generate_rows(table, 0, ROWS)
    both = zip(rows.column(earlier).to_pylist(), rows.column(later).to_pylist(), strict=True)
    return [(a, b) for a, b in both if a is not None and b is not None]


def test_employees_of_the_example_are_hired_as_adults() -> None:
    ddl = (Path(__file__).parents[2] / "examples" / "bookshop.sql").read_text(encoding="utf-8")
    assert min((hired - born).days for born, hired in pairs(ddl, "employees", "birth_date", "hire_date")) > 16 * 365


def test_a_death_after_a_birth_is_not_in_the_future() -> None:
    ddl = "CREATE TABLE authors (id int PRIMARY KEY, birth_date date NOT NULL, death_date date, CHECK (death_date > birth_date));"
    deaths = pairs(ddl, "authors", "birth_date", "death_date")
    assert len(deaths) > 100
    assert max(died for _, died in deaths) <= AS_OF
    assert min((died - born).days for born, died in deaths) > 0
