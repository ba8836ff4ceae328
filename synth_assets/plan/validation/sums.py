"""Does a column hold what is added up in it: sums over children, totals and products against the type's largest number."""

from collections.abc import Iterator

from synth_assets.errors import Diagnostic
from synth_assets.plan.cells import leaves
from synth_assets.plan.extents import PlannedTables, largest_of
from synth_assets.plan.model import Plan
from synth_assets.plan.rules.fitting import type_bounds
from synth_assets.plan.strategies import Aggregate, Product, Total
from synth_assets.plan.validation.scope import problem, scopes
from synth_assets.schema.model import Schema


def validate_sums(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield sums that can come to more than their column holds, and aggregates of a column that is none or too many."""
    tables = PlannedTables(schema, plan)
    for scope in scopes(schema, plan):
        for column, column_plan in scope.columns:
            limit, where = type_bounds(column.type)[1], f"{scope.table.key}.{column.name}"
            for strategy in leaves(column_plan.strategy):
                if isinstance(strategy, Aggregate) and (strategy.column is None) != (strategy.function == "count"):
                    found = f"{strategy.function} of {strategy.column or 'rows'}"
                    yield problem("PLAN222", where, "a count is of rows, anything else of a column", found, "name the child's column")
                elif isinstance(strategy, Aggregate | Total | Product) and limit is not None:
                    largest = largest_of(tables, scope.table.key, strategy)
                    if largest is not None and largest > limit:
                        message = f"what is added up can come to more than {column.sql_type} holds ({column.where})"
                        hint = "lower the `high` of the numbers behind it, or ask for fewer child rows"
                        yield problem("PLAN221", where, message, f"up to {largest:,.0f}", hint)
