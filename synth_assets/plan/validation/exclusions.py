"""What keeps rows apart as the database sees them: spans of EXCLUDE constraints, texts under the column's collation."""

from collections.abc import Iterator

from synth_assets.errors import Diagnostic, Severity, SynthAssetsError
from synth_assets.plan.distinctness import stays_distinct
from synth_assets.plan.exclusions import keeps_apart, room_of_span
from synth_assets.plan.model import Layout, Plan
from synth_assets.plan.strategies import Span
from synth_assets.plan.validation.keys import is_guaranteed
from synth_assets.plan.validation.scope import TableScope, problem, scopes
from synth_assets.schema.model import Schema


def validate_exclusions(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield exclusions that nothing meets (warnings), spans without room, unique texts that the database takes for one another."""
    for scope in scopes(schema, plan):
        yield from _exclusions(scope)
        yield from _spans(scope)
        yield from _texts(scope)


def _exclusions(scope: TableScope) -> Iterator[Diagnostic]:
    plan = scope.plan
    for exclusion in scope.table.exclusions:
        if not keeps_apart(scope.table, scope.table_plan, exclusion, lambda key, s=scope: is_guaranteed(s, key), plan.locale, plan.as_of):  # type: ignore[misc]
            message = f"nothing in the plan keeps the spans apart; the checks will judge it ({exclusion.where})"
            where, hint = f"{scope.table.key}: {exclusion.label[:60]}", "override its columns if rows fail it"
            yield problem("PLAN231", where, message, exclusion.interval.sql[:80], hint, Severity.WARNING)


def _spans(scope: TableScope) -> Iterator[Diagnostic]:
    rows = scope.table_plan.row_count
    for column, column_plan in scope.columns:
        span = column_plan.strategy
        if not isinstance(span, Span):
            continue
        where = f"{scope.table.key}.{column.name}"
        if not span.shortest <= span.longest < span.step:
            found = f"{span.shortest} to {span.longest} of {span.step}"
            yield problem("PLAN127", where, "a span is no longer than its slot leaves room for", found, "shortest <= longest < step")
        owner = scope.table_plan.relations_by_name.get(span.relation or "")
        limit = owner.fan_out.limit if owner is not None and isinstance(owner.fan_out, Layout) else None
        run, room = min(limit or rows, rows), room_of_span(span)
        if run > room:
            message = f"{run:,} spans need as many slots of {span.step} {span.unit}, and there are {room:,}"
            yield problem("PLAN233", where, message, f"{rows:,} rows", f"ask for fewer rows of '{scope.table.key}', or shorten the step")


def _texts(scope: TableScope) -> Iterator[Diagnostic]:
    for column, column_plan in scope.columns:
        if column.type.kind != "text" or not column_plan.unique:
            continue
        try:
            apart = stays_distinct(column_plan.strategy, scope.plan.locale, column.collation)
        except (ValueError, SynthAssetsError):
            continue  # reported by validate_values
        if not apart:
            ignored = [n for n, on in _ignored(scope, column.name) if on]
            message = f"its values may differ only in what the database ignores: {', '.join(ignored)} ({column.sql_type}, {column.where})"
            hint = "choose values that differ in letters or digits, such as a pattern of capitals"
            yield problem("PLAN232", f"{scope.table.key}.{column.name}", message, column_plan.strategy.kind, hint)


def _ignored(scope: TableScope, column: str) -> tuple[tuple[str, bool], ...]:
    seen = scope.table.column(column).collation
    return (
        ("letter case", seen.ignores_case),
        ("accents", seen.ignores_accents),
        ("blanks at the end", seen.pads),
        (f"characters outside {seen.charset}", seen.charset is not None),
    )
