"""Which CHECKs a plan does not meet by construction, and so has to meet by drawing rows again."""

from datetime import date

from synth_assets.plan.cells import references_of
from synth_assets.plan.certainty import Tables
from synth_assets.plan.combinations import COUNTS_SIBLINGS
from synth_assets.plan.languages import needs_backtracking
from synth_assets.plan.model import Attachment, Plan, Redraw, TablePlan
from synth_assets.plan.proofs import proves
from synth_assets.plan.rules.check_domains import is_evaluable
from synth_assets.plan.strategies import ForeignKeyValue, Record
from synth_assets.schema.expressions import Match, columns_of, walk_expression
from synth_assets.schema.model import CheckConstraint, Schema, Table


def with_redraws(schema: Schema, plan: Plan) -> Plan:
    """Return the plan with the redraws that its CHECKs need, those it had forgotten."""
    around = tables_of(schema, plan)
    tables = tuple(
        t.model_copy(update={"redraws": find_redraws(around[t.table][0], t, plan.locale, plan.as_of, around)}) for t in plan.tables
    )
    return plan.model_copy(update={"tables": tables})


def tables_of(schema: Schema, plan: Plan) -> Tables:
    """Return the tables that schema and plan both have, for proofs that look at several."""
    return {t.table: (schema.table(t.table), t) for t in plan.tables if t.table in schema.tables_by_key}


def find_redraws(table: Table, plan: TablePlan, locale: str, today: date, around: Tables | None = None) -> tuple[Redraw, ...]:
    """Return a redraw for every CHECK that rows can be judged by, that the column plans do not prove and some column could meet."""
    unproved = (c for c in table.checks if can_judge(table, c) and not proves(table, plan, c, locale, today, around))
    redraws = (Redraw(check=c.label, expression=c.expression, columns=columns_to_redraw(table, plan, c)) for c in unproved)
    return tuple(r for r in redraws if r.columns)


_PLAIN_KINDS = frozenset({"integer", "decimal", "float", "text", "boolean", "date", "timestamp", "time", "uuid", "enum"})
"""Types of which DuckDB has the same idea as the database; arrays, JSON and the like are kept in their text form."""


def can_judge(table: Table, check: CheckConstraint) -> bool:
    """Tell whether rows can be judged by a CHECK while they are made: by its tree, or by its SQL over plain types."""
    if any(isinstance(e, Match) and e.syntax == "regex" and needs_backtracking(e.pattern) for e in walk_expression(check.expression)):
        return False
    stored = [table.columns_by_name[c] for c in check.columns if c in table.columns_by_name]
    if is_evaluable(check.expression):
        return True
    return check.duckdb_sql is not None and all(c.type.kind in _PLAIN_KINDS and c.generated is None for c in stored)


def columns_to_redraw(table: Table, plan: TablePlan, check: CheckConstraint) -> tuple[str, ...]:
    """Return the columns of a check that may be drawn again: no key and nothing unique, but a foreign key may be free to take any.

    What such a column is computed from in the row is drawn again with it, and so are the others that share its record: a
    product stays the same as long as its factors do, and a city stays in its state.
    """
    found = [n for n in columns_of(check.expression) if _may_be_redrawn(table, plan, n)]
    for name in found:
        found += [n for n in _drawn_with(plan, name) if n not in found and _may_be_redrawn(table, plan, n)]
    return tuple(found)


def _drawn_with(plan: TablePlan, name: str) -> tuple[str, ...]:
    """Return the columns of the row that a column is computed from, and those that share a record with it."""
    strategy = plan.columns_by_name[name].strategy
    bases = tuple(dict.fromkeys(r.column for r in references_of(strategy) if r.relation is None))
    if not isinstance(strategy, Record):
        return bases
    shared = (c for c in plan.columns if isinstance(c.strategy, Record) and c.strategy.group == strategy.group)
    return (*bases, *(c.column for c in shared))


def _may_be_redrawn(table: Table, plan: TablePlan, name: str) -> bool:
    column = plan.columns_by_name.get(name)
    if column is None or column.unique:
        return False
    is_plain = not any(name in key for key in table.unique_keys) and not isinstance(column.strategy, (ForeignKeyValue, *COUNTS_SIBLINGS))
    return is_plain or _is_free_parent(table, plan, name)


def _is_free_parent(table: Table, plan: TablePlan, name: str) -> bool:
    """Tell whether a column is a foreign key that may take any parent: nothing counts on the one it has."""
    strategy = plan.columns_by_name[name].strategy
    relation = plan.relations_by_name.get(strategy.relation) if isinstance(strategy, ForeignKeyValue) else None
    if relation is None or relation.columns != (name,) or not isinstance(relation.fan_out, Attachment):
        return False
    others = ([c for c in key if c != name and c in plan.columns_by_name] for key in table.unique_keys if name in key)
    return all(any(plan.columns_by_name[c].unique for c in members) for members in others)
