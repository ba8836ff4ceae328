"""Generated columns whose expression can be computed as the database does: exact, of text and whole numbers."""

from synth_assets.schema.expressions import Arithmetic, Call, ColumnRef, Expression, Literal, children_of
from synth_assets.schema.model import Table

_SPELLED = frozenset({"text", "enum", "integer", "uuid"})
"""Kinds whose text is the same here and in every database, so that it can be joined."""

_DEEPEST = 8
"""Generated columns that read generated columns, at most."""


def is_computable(table: Table, name: str) -> bool:
    """Tell whether a column is generated, and its value follows exactly from stored columns by what is understood."""
    column = table.columns_by_name.get(name)
    return column is not None and column.generated_tree is not None and _kind(table, column.generated_tree, _DEEPEST) is not None


def _kind(table: Table, tree: Expression, depth: int) -> str | None:
    """Return the kind of value an expression has (`text`, `integer`, ...), or None where it cannot be computed."""
    match tree:
        case Literal(type="text"):
            return "text"
        case Literal(type="number", text=text) if text.lstrip("-").isdigit():
            return "integer"
        case ColumnRef(name=name):
            return _kind_of_column(table, name, depth)
        case Arithmetic(operator="||", left=left, right=right):
            return "text" if {_kind(table, left, depth), _kind(table, right, depth)} <= _SPELLED else None
        case Arithmetic(operator="+" | "-" | "*", left=left, right=right):
            return "integer" if _kind(table, left, depth) == _kind(table, right, depth) == "integer" else None
        case Call(function="lower" | "upper" | "trim", arguments=(inner,)):
            return "text" if _kind(table, inner, depth) == "text" else None
        case Call(function="abs", arguments=(inner,)):
            return "integer" if _kind(table, inner, depth) == "integer" else None
        case Call(function="length", arguments=(inner,)):
            return "integer" if _kind(table, inner, depth) == "text" else None
        case Call(function="coalesce", arguments=arguments):
            kinds = {_kind(table, a, depth) for a in arguments}
            return kinds.pop() if len(kinds) == 1 else None
        case _:
            return None


def _kind_of_column(table: Table, name: str, depth: int) -> str | None:
    column = table.columns_by_name.get(name)
    if column is None or (column.generated is not None and (column.generated_tree is None or depth == 0)):
        return None
    if column.generated_tree is not None and _kind(table, column.generated_tree, depth - 1) is None:
        return None
    return column.type.kind


def matching_columns(child: Expression, parent: Expression) -> dict[str, str] | None:
    """Return which columns of one expression stand where which stand in the other, where the two are otherwise the same.

    `federation || ':' || number` and `federation || ':' || external_id` give federation: federation, number: external_id:
    rows that agree on these have equal values. None where the two differ.
    """
    if isinstance(child, ColumnRef) and isinstance(parent, ColumnRef):
        return {child.name: parent.name}
    alike = type(child) is type(parent) and not isinstance(child, ColumnRef)
    ours, theirs = children_of(child), children_of(parent)
    if not alike or len(ours) != len(theirs) or (not ours and child != parent):
        return None
    if getattr(child, "operator", None) != getattr(parent, "operator", None) or getattr(child, "function", None) != getattr(
        parent, "function", None
    ):
        return None
    found: dict[str, str] = {}
    for one, other in zip(ours, theirs, strict=True):
        pairs = matching_columns(one, other)
        if pairs is None or any(found.get(c, p) != p for c, p in pairs.items()):
            return None
        found |= pairs
    return found
