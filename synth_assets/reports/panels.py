"""Which columns of a table are worth a look, and how: the choice, free of any drawing."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from synth_assets.schema.model import Table

MAX_PANELS = 6
MAX_CATEGORIES = 24
"""More distinct values than this are no categories."""

PanelKind = Literal["numbers", "dates", "categories", "fan_out", "lengths"]


@dataclass(frozen=True)
class Panel:
    """One small plot: `column` of the table, drawn as `kind`."""

    column: str
    kind: PanelKind


def choose_panels(table: Table, rows: Any) -> tuple[Panel, ...]:
    """Return up to six panels in column order: numbers, categories, dates and fan-outs in turn; text lengths fill up.

    Args:
        table: Gives keys and types.
        rows: pa.Table of its stored columns.
    """
    by_kind: dict[PanelKind, list[Panel]] = {"numbers": [], "categories": [], "dates": [], "fan_out": [], "lengths": []}
    for column in table.stored_columns:
        kind = _kind_of(table, column.name, rows.column(column.name))
        if kind is not None:
            by_kind[kind].append(Panel(column.name, kind))
    telling = [panels for kind, panels in by_kind.items() if kind != "lengths"]
    in_turn = [p for turn in zip_longest(*telling) for p in turn if p is not None] + by_kind["lengths"]
    order = {column.name: i for i, column in enumerate(table.columns)}
    return tuple(sorted(in_turn[:MAX_PANELS], key=lambda p: order[p.column]))


def _kind_of(table: Table, name: str, values: Any) -> PanelKind | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if values.null_count == len(values) or pa.types.is_binary(kind):
        return None
    keys = [fk for fk in table.foreign_keys if name in fk.columns]
    if keys:
        return "fan_out" if any(fk.columns[0] == name for fk in keys) else None
    distinct = pc.count_distinct(values).as_py()
    if pa.types.is_boolean(kind) or (pa.types.is_string(kind) and distinct <= min(MAX_CATEGORIES, max(2, len(values) // 4))):
        return "categories"
    if pa.types.is_string(kind):
        return "lengths"
    if (name,) in table.unique_keys or table.column(name).identity:
        return None
    return "dates" if pa.types.is_timestamp(kind) or pa.types.is_date(kind) else "numbers"
