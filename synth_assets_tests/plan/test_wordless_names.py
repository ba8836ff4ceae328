"""Names without a letter: the rules read words, and these columns have none."""

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.request import DatasetRequest

TYPES = ("INT", "BOOLEAN", "VARCHAR(20)", "DATE", "TIMESTAMP", "NUMERIC(8,2)", "UUID", "BYTEA", "JSONB", "TIME")


@pytest.mark.parametrize("name", ["..", "#", "-", "🎉"])
@pytest.mark.parametrize("constraint", ["", "NOT NULL", "UNIQUE"])
def test_a_name_without_letters_is_planned(name: str, constraint: str) -> None:
    columns = ", ".join(f'"{name * (n + 1)}" {kind} {constraint}' for n, kind in enumerate(TYPES))
    result = read_ddl(
        f'CREATE TABLE "{name}" (id INT PRIMARY KEY, verified_at TIMESTAMP, {columns});', source="odd.sql", dialect="postgres"
    )
    assert result.schema
    # The plan is validated too; one boolean cannot be unique in more rows than it has values.
    plan = plan_dataset(result.schema, DatasetRequest(rows=2)).plan
    assert len(plan.tables[0].columns) == len(TYPES) + 2
