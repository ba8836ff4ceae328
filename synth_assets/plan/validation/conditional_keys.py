"""Which partial and expression unique indexes the plan does not meet by construction: warnings, for the checks judge them."""

from collections.abc import Iterator

from synth_assets.errors import Diagnostic, Severity
from synth_assets.plan.conditional_keys import conditional_keys, is_met
from synth_assets.plan.model import Plan
from synth_assets.plan.validation.keys import is_guaranteed
from synth_assets.plan.validation.scope import TableScope, problem, scopes
from synth_assets.schema.model import Schema, UniqueConstraint


def validate_conditional_keys(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield a warning for every unique index with a condition or expressions that rows may break."""
    for scope in scopes(schema, plan):
        for constraint in conditional_keys(scope.table):
            if not _is_met(scope, constraint):
                members = ", ".join((*constraint.columns, *constraint.expressions))
                label = constraint.name or f"UNIQUE ({members})"
                condition = f" WHERE {constraint.predicate}" if constraint.predicate else ""
                message = f"nothing in the plan keeps the index unique; the checks will judge it ({constraint.where})"
                hint = "override its columns if rows fail it"
                yield problem("PLAN304", f"{scope.table.key}: {label}", message, f"({members}){condition}"[:80], hint, Severity.WARNING)


def _is_met(scope: TableScope, constraint: UniqueConstraint) -> bool:
    plan = scope.plan
    return is_met(scope.table, scope.table_plan, constraint, lambda key: is_guaranteed(scope, key), plan.locale, plan.as_of)
