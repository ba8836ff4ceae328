"""A request beside a plan that is there: what the plan has settled it may repeat and not change, the rest it decides.

The plan settles rows, seed, locale, the day, coherence, overrides, and how many rows are filled. The request settles who writes texts:
model, prompts, sampling, budget.
"""

from collections.abc import Iterator
from typing import Any

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.plan import make_plan
from synth_assets.plan.infer import row_counts
from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.plan.overrides import find_unknown_names
from synth_assets.plan.request import CoherenceRequest, DatasetRequest, short_form
from synth_assets.plan.strategies import Filled
from synth_assets.schema.model import Schema

_SAID_BY_BOTH = ("seed", "locale", "as_of")
Contradiction = tuple[str, Any, Any]
"""Where the request says it, what it says, what the plan says."""


def request_of_plan(schema: Schema, plan: Plan, request: DatasetRequest) -> DatasetRequest:
    """Return the request with all that it leaves open as the plan has it, to be kept with what the plan gives.

    Whoever planned by a request and generates by both has one budget: the completed request is in the words that were planned by.

    Args:
        plan: Accepted for the schema.
        request: Its `model_fields_set` tells what was said.

    Raises:
        RequestError: It says what the plan has settled otherwise (REQ114), or names what the schema does not have; all of it is listed.
    """
    unknown = find_unknown_names(schema, request)
    if unknown:
        raise RequestError("the request names what the schema does not have", unknown)
    given = request.model_fields_set
    found = [(n, getattr(request, n), getattr(plan, n)) for n in _SAID_BY_BOTH if n in given and getattr(request, n) != getattr(plan, n)]
    found += [*_rows(schema, plan, request), *_overrides(plan, request), *_filled_rows(plan, request), *_coherence(schema, plan, request)]
    if found:
        raise RequestError("the request contradicts the plan", [_problem(*contradiction) for contradiction in found])
    left_open = {name: getattr(plan, name) for name in (*_SAID_BY_BOTH, "prompt") if name not in given}
    if "fit" not in given:
        left_open["fit"] = any(t.lowered is not None for t in plan.tables)
    return request.model_copy(update=left_open | _open_rows(schema, plan, request))


def _problem(where: str, said: Any, planned: Any) -> Diagnostic:
    hint = "leave it out of the request, change it in the plan, or plan anew without --plan"
    message = f"the plan has settled it otherwise: {short_form(planned)}"
    return Diagnostic(code="REQ114", where=f"request: {where}", message=message, found=short_form(said), hint=hint)


def _asked_rows(table: TablePlan) -> tuple[int, ...]:
    """Return the row counts that a table was, or could have been, asked for: those it has, and those that it could not hold."""
    return (table.row_count,) if table.lowered is None else (table.row_count, table.lowered.asked_for)


def _says_rows(request: DatasetRequest, key: str) -> str:
    """Return which setting says how many rows a table has; empty where none does."""
    own = next((o for name, o in request.overrides.items() if name.casefold() == key.casefold()), None)
    if own is not None and own.rows is not None:
        return f"overrides.{key}.rows"
    if any(name.casefold() == key.casefold() for name in request.rows_by_table):
        return f"rows_by_table.{key}"
    return "rows" if "rows" in request.model_fields_set else ""


def _rows(schema: Schema, plan: Plan, request: DatasetRequest) -> Iterator[Contradiction]:
    asked = row_counts(schema, request)
    for table in plan.tables:
        said = _says_rows(request, table.table)
        if said and asked[table.table] not in _asked_rows(table):
            yield f"{said} ({table.table})" if said == "rows" else said, asked[table.table], table.row_count


def _open_rows(schema: Schema, plan: Plan, request: DatasetRequest) -> dict[str, Any]:
    """Return `rows`, or `rows_by_table` where tables differ, for the tables whose rows the request leaves open."""
    left = {t.table: _asked_rows(t)[-1] for t in plan.tables if not _says_rows(request, t.table)}
    if len(set(left.values())) == 1:
        return {"rows": next(iter(left.values()))}
    asked = row_counts(schema, request)
    differing = {key: rows for key, rows in left.items() if rows != asked[key]}
    return {"rows_by_table": request.rows_by_table | differing} if differing else {}


def _overrides(plan: Plan, request: DatasetRequest) -> Iterator[Contradiction]:
    """Yield the overrides of columns that the plan does not have. All names are known."""
    tables = {t.table.casefold(): t for t in plan.tables}
    for name, override in request.overrides.items():
        columns = {c.column.casefold(): c for c in tables[name.casefold()].columns}
        for column, wanted in override.columns.items():
            planned = columns[column.casefold()]
            for setting in ("strategy", "null_fraction", "unique"):
                said, holds = getattr(wanted, setting), getattr(planned, setting)
                if said is not None and said != holds:
                    yield f"overrides.{name}.columns.{column}.{setting}", said, holds


def _filled_rows(plan: Plan, request: DatasetRequest) -> Iterator[Contradiction]:
    for table in plan.tables:
        own = next((t for name, t in request.gemini.tables.items() if name.casefold() == table.table.casefold()), None)
        is_own = own is not None and own.rows is not None
        said = request.gemini.of_table(table.table).rows
        filled = {c.strategy.rows for c in table.columns if isinstance(c.strategy, Filled) and c.origin not in {"user", "feedback"}}
        if (is_own or "rows" in request.gemini.model_fields_set) and filled - {said}:
            where = f"gemini.tables.{table.table}.rows" if is_own else f"gemini.rows ({table.table})"
            yield where, said, max(filled)


def _coherence(schema: Schema, plan: Plan, request: DatasetRequest) -> Iterator[Contradiction]:
    """Yield the switched-off rules where the plan has a column just as those rules would make it: they were on when it was made."""
    if request.coherence == CoherenceRequest():
        return
    settled = {name: getattr(plan, name) for name in _SAID_BY_BOTH}
    without = make_plan(schema, request.model_copy(update=settled))
    with_all = make_plan(schema, request.model_copy(update=settled | {"coherence": CoherenceRequest()}))
    for table in plan.tables:
        for column in table.columns:
            on, off = (p.table(table.table).column(column.column).strategy for p in (with_all, without))
            if on != off and _by_rules(column) == on:
                yield "coherence.off", ", ".join(request.coherence.off), f"{table.table}.{column.column}: {column.reason}"
                return


def _by_rules(column: ColumnPlan) -> Any:
    return column.strategy.otherwise if isinstance(column.strategy, Filled) else column.strategy
