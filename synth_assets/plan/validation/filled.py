"""May the columns that hold free texts hold them: nothing that a text could break or change reads them."""

from collections.abc import Iterator

from synth_assets.errors import Diagnostic
from synth_assets.plan.cells import leaves
from synth_assets.plan.fillable import obstacle_to_filling
from synth_assets.plan.model import Plan
from synth_assets.plan.strategies import Filled
from synth_assets.plan.validation.scope import problem, scopes
from synth_assets.schema.model import Schema


def validate_filled(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield columns that are to hold texts nobody proved anything about and that a constraint reads."""
    for scope in scopes(schema, plan):
        for column, column_plan in scope.columns:
            filled = [s for s in leaves(column_plan.strategy) if isinstance(s, Filled)]
            against = obstacle_to_filling(scope.table, column.name) if filled else None
            if against is not None:
                hint = "give the column the strategy that stands under `otherwise`"
                yield problem("PLAN137", f"{scope.table.key}.{column.name}", f"cannot hold freely written texts: {against}", "filled", hint)
