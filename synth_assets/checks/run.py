"""Judging a table's rows: one Great Expectations validation, its answers grouped into the named checks."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from synth_assets.checks.build import build_checks
from synth_assets.checks.model import CheckResult, CheckSpec, ExpectationResult
from synth_assets.checks.registry import registration
from synth_assets.errors import CheckError, Diagnostic, closest_name
from synth_assets.plan.model import Plan
from synth_assets.schema.model import Schema

if TYPE_CHECKING:
    import pyarrow as pa


def run_checks(
    schema: Schema,
    plan: Plan,
    table_key: str,
    rows: "pa.Table",
    load_parent: "Callable[[str, tuple[str, ...]], pa.Table]",
    only: Collection[str] | None = None,
) -> tuple[CheckResult, ...]:
    """Judge the rows of one table. Bad rows give failed results, never an exception.

    Args:
        schema: The database.
        plan: What the rows were made by: row count, distributions, the day taken for today.
        table_key: Which table the rows are of.
        rows: A pyarrow Table, at best with the columns and types of `schema.arrow.arrow_schema`.
        load_parent: Gives the columns named of another table, all its rows; called at most once a parent.
        only: Names of the checks to run; None runs all that apply.

    Returns:
        One result a check, in the order of `build_checks`.

    Raises:
        CheckError: A name in `only` is none of the table's checks, the table is in no schema or plan,
            or Great Expectations itself failed.
    """
    specs = _wanted(schema, plan, table_key, only)
    kinds = frozenset(spec.kind for spec in specs)
    if not kinds:
        return ()
    judged = _judge(schema, plan, table_key, rows, load_parent, kinds)
    from synth_assets.checks.results import check_result

    return tuple(check_result(spec, judged.get(spec.kind, ()), rows.num_rows) for spec in specs)


def _judge(
    schema: Schema,
    plan: Plan,
    table_key: str,
    rows: "pa.Table",
    load_parent: "Callable[[str, tuple[str, ...]], pa.Table]",
    kinds: frozenset[str],
) -> dict[str, list[ExpectationResult]]:
    """Return the results by check. The heavy imports start here."""
    from synth_assets.checks.validation import frame_of, validate_frame  # isort: skip  (sets what Great Expectations reads on import)
    from synth_assets.checks.results import expectation_result
    from synth_assets.checks.sql_rules import SqlJudge
    from synth_assets.checks.suite import Question, SuiteBuilder

    results: dict[str, list[ExpectationResult]] = {kind: [] for kind in kinds}
    with registration() as register, SqlJudge() as judge:
        builder = SuiteBuilder(schema, plan, schema.table(table_key), rows, load_parent, register, judge)
        items = builder.items(kinds)
        questions = {str(i): item for i, item in enumerate(items) if isinstance(item, Question)}
        for number, question in questions.items():
            question.expectation.meta = {"question": number}
        asked = [q.expectation for q in questions.values()]
        answers = validate_frame(table_key, frame_of(builder.rows), asked) if asked else []
    by_number = {a.expectation_config.meta["question"]: a for a in answers}
    for i, item in enumerate(items):
        ready = expectation_result(item, by_number[str(i)], builder.wrong_types) if isinstance(item, Question) else item.result
        results[item.check].append(ready)
    return results


def _wanted(schema: Schema, plan: Plan, table_key: str, only: Collection[str] | None) -> tuple[CheckSpec, ...]:
    if table_key not in schema.tables_by_key or table_key not in plan.tables_by_key:
        hint = closest_name(table_key, schema.tables_by_key)
        problem = Diagnostic(
            code="CHK101", where=table_key, message="the schema and the plan have no such table", found=table_key, hint=hint
        )
        raise CheckError("no such table", [problem])
    specs = build_checks(schema, plan, table_key)
    if only is None:
        return specs
    known = [spec.name for spec in specs]
    unknown = [name for name in only if name not in known]
    if unknown:
        raise CheckError("no such check", [_unknown_check(table_key, name, known) for name in unknown])
    return tuple(spec for spec in specs if spec.name in only)


def _unknown_check(table_key: str, name: str, known: list[str]) -> Diagnostic:
    hint = closest_name(name, known) or f"its checks: {', '.join(known)}"
    return Diagnostic(code="CHK104", where=table_key, message="the table has no such check", found=name, hint=hint)
