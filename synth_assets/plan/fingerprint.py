"""Identity of plans: digests of everything that decides a dataset's bytes, and of nothing else.

A table's rows are a function of seed, schema name, locale, as_of and its own plan, and of what it computes of
its parents: their key columns, columns it refers to across relations, and how many rows they have (the window of
a fan-out); and of the children it adds up. Both are followed as far as they lead; a table in a cycle is counted once.
A table's own `row_count` is part of its digest because the digest stands for the table's rows, all of them.
Origins, reasons, what was asked for before rows were lowered, and the prompt change no cell and are left out.
"""

from collections.abc import Iterable
from typing import Any

from synth_assets.plan.cells import tables_read
from synth_assets.plan.encoding import encode_as_json
from synth_assets.plan.matching import requirements_of
from synth_assets.plan.model import Plan, TablePlan
from synth_assets.schema.fingerprint import canonical_digest

_TALK = frozenset({"origin", "reason", "lowered"})


def fingerprint_plan(plan: Plan) -> str:
    """Return the SHA-256 hex digest of all that a dataset depends on."""
    return canonical_digest({**_common(plan), "schema_fingerprint": plan.schema_fingerprint, "tables": [_table(t) for t in plan.tables]})


def fingerprint_table_plan(plan: Plan, table_key: str) -> str:
    """Return the digest of all that one table's rows depend on. Raises KeyError for an unknown table.

    The whole plans of its parents count, not only the columns it reads: coarser, never wrong.
    """
    return fingerprint_table_plans(plan, (table_key,))[table_key]


def fingerprint_table_plans(plan: Plan, table_keys: Iterable[str]) -> dict[str, str]:
    """Return the digest of each of these tables; every plan behind them is written out once. Raises KeyError for an unknown table."""
    written: dict[str, Any] = {}
    digests = {}
    for table_key in table_keys:
        reached = sorted(tables_behind(plan, table_key))
        for key in reached:
            if key not in written:
                written[key] = _table(plan.table(key))
        digests[table_key] = canonical_digest({**_common(plan), "table": table_key, "tables": [written[key] for key in reached]})
    return digests


def tables_behind(plan: Plan, table_key: str) -> set[str]:
    """Return the table and every table that its relations or strategies reach, directly or through others."""
    reached, waiting = set[str](), [table_key]
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            read = {r.parent_table for r in plan.table(key).relations}.union(*(tables_read(c.strategy) for c in plan.table(key).columns))
            read |= {requirement.table for _, requirement in requirements_of(plan.table(key).relations)}
            waiting += [name for name in sorted(read) if name in plan.tables_by_key]
    return reached


def _common(plan: Plan) -> dict[str, Any]:
    as_of = plan.as_of.isoformat()
    return {"version": plan.version, "schema": plan.schema_name, "seed": plan.seed, "locale": plan.locale, "as_of": as_of}


def _table(table: TablePlan) -> Any:
    return _without_talk(encode_as_json(table))


def _without_talk(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_talk(v) for k, v in value.items() if k not in _TALK}
    return [_without_talk(v) for v in value] if isinstance(value, list) else value
