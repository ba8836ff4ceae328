"""What every validator walks over: the tables and columns that plan and schema both have, and how problems are written."""

from collections.abc import Iterator
from dataclasses import dataclass

from synth_assets.errors import Diagnostic, Severity
from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.schema.model import Column, Schema, Table


@dataclass(frozen=True)
class TableScope:
    """One table of the schema with its plan."""

    schema: Schema
    plan: Plan
    table: Table
    table_plan: TablePlan

    @property
    def columns(self) -> Iterator[tuple[Column, ColumnPlan]]:
        """The columns that both have."""
        for column_plan in self.table_plan.columns:
            column = self.table.columns_by_name.get(column_plan.column)
            if column is not None and column.generated is None:
                yield column, column_plan

    def parent_rows(self, key: str) -> int:
        """Return the rows planned for a table; 0 when the plan has none."""
        parent = self.plan.tables_by_key.get(key)
        return parent.row_count if parent else 0


def scopes(schema: Schema, plan: Plan) -> Iterator[TableScope]:
    """Yield the tables that schema and plan both have, in plan order."""
    for table_plan in plan.tables:
        table = schema.tables_by_key.get(table_plan.table)
        if table is not None:
            yield TableScope(schema, plan, table, table_plan)


def problem(code: str, where: str, message: str, found: str = "", hint: str = "", severity: Severity = Severity.ERROR) -> Diagnostic:
    """Return a diagnostic of the plan."""
    return Diagnostic(code=code, severity=severity, where=where, message=message, found=found, hint=hint)
