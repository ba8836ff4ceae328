"""The way of a drawn schema through the product: its DDL is read, planned and made rows of."""

from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.errors import Diagnostic, PlanError
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.model import Plan
from synth_assets.plan.request import build_request
from synth_assets.schema.model import Schema
from synth_assets_tests.properties.model import DrawnSchema
from synth_assets_tests.properties.rendering import render


@dataclass(frozen=True)
class Made:
    """What the product made of a drawn schema: a plan, or the errors with which it refused."""

    schema: Schema
    plan: Plan | None
    refusal: tuple[Diagnostic, ...] = ()

    def rows(self) -> dict[str, pa.Table]:
        """All rows of all tables, each in one piece."""
        assert self.plan is not None
        generator = Generator(self.schema, self.plan)
        return {t.key: generator.generate_rows(t.key, 0, self.plan.table(t.key).row_count) for t in self.schema.tables}


def read_drawn(drawn: DrawnSchema) -> Schema:
    """The schema as the product reads it: no errors, and every name, column, key and CHECK that was written."""
    result = read_ddl(render(drawn, "postgres"), source="random.sql", dialect="postgres")
    assert not result.errors, [d.render() for d in result.errors]
    assert result.schema is not None
    assert [t.name for t in result.schema.tables] == [t.name for t in drawn.tables]
    for table, wanted in zip(result.schema.tables, drawn.tables, strict=True):
        assert [c.name for c in table.columns] == [c.name for c in wanted.columns]
        assert [not c.nullable for c in table.columns] == [wanted.holds_null_free((c.name,)) or "serial" in c.type for c in wanted.columns]
        assert {k.columns for k in wanted.keys if k.is_whole} == set(table.unique_keys)
        found = {(f.columns, f.parent_table, f.parent_columns) for f in table.foreign_keys}
        assert found == {(r.columns, r.parent, r.parent_columns) for r in wanted.references}
        assert len(table.checks) == len(wanted.checks)
    return result.schema


def make(drawn: DrawnSchema) -> Made:
    """Read and plan."""
    schema = read_drawn(drawn)
    try:
        return Made(schema, plan_dataset(schema, build_request(drawn.request(), "random.yaml")).plan)
    except PlanError as error:
        return Made(schema, None, tuple(d for d in error.diagnostics if d.is_error))


def pieces(made: Made, table: str, cuts: tuple[int, ...]) -> pa.Table:
    """A table's rows made piece by piece, each by a generator that has seen no other."""
    assert made.plan is not None
    count = made.plan.table(table).row_count
    edges = sorted({0, count, *(cut % (count + 1) for cut in cuts)}) if count else [0, 0]
    return pa.concat_tables([Generator(made.schema, made.plan).generate_rows(table, start, stop) for start, stop in pairwise(edges)])
