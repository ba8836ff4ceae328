"""Which CHECKs are met by drawing rows again, which are only judged afterwards: warnings, so that nobody is surprised."""

from collections.abc import Iterator

from synth_assets.errors import Diagnostic, Severity
from synth_assets.plan.model import Plan
from synth_assets.plan.proofs import proves
from synth_assets.plan.redraws import can_judge, tables_of
from synth_assets.plan.validation.scope import problem, scopes
from synth_assets.schema.model import Schema


def validate_checks(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield a warning for every CHECK that the plan does not meet by construction."""
    around = tables_of(schema, plan)
    for scope in scopes(schema, plan):
        redrawn = {(r.check, r.expression) for r in scope.table_plan.redraws}
        for check in scope.table.checks:
            where = f"{scope.table.key}: {check.label}"
            if not scope.table_plan.row_count or proves(scope.table, scope.table_plan, check, plan.locale, plan.as_of, around):
                continue
            if not can_judge(scope.table, check):
                message = f"the CHECK is not fully understood, so nothing enforces it; the checks will judge it ({check.where})"
                yield problem("PLAN302", where, message, check.sql[:80], "override its columns if rows fail it", Severity.WARNING)
            elif (check.label, check.expression) in redrawn:
                message = f"the CHECK is met by drawing rows again, not by construction ({check.where})"
                yield problem("PLAN301", where, message, check.sql[:80], "", Severity.WARNING)
            else:
                message = f"nothing in the plan meets the CHECK, and its columns are keys; the checks will judge it ({check.where})"
                yield problem("PLAN303", where, message, check.sql[:80], "override its columns if rows fail it", Severity.WARNING)
        known = {(c.label, c.expression) for c in scope.table.checks}
        for redraw in scope.table_plan.redraws:
            if (redraw.check, redraw.expression) not in known:
                yield problem("PLAN118", f"{scope.table.key}: {redraw.check}", "the table has no such CHECK", redraw.check)
