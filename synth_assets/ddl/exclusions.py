"""EXCLUDE: rows that agree in some columns have spans that do not overlap. Read from the words of the constraint.

Understood: columns and expressions compared by `=` beside one span compared by `&&`, which is a stored range column, a
generated one, or a call such as `tstzrange(since, until, '[)')`. Equalities alone are a UNIQUE.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from synth_assets.ddl.cursor import Cursor, DdlSyntaxError
from synth_assets.ddl.drafts import DraftExclusion, Name
from synth_assets.ddl.tokens import Kind, Source, tokenize
from synth_assets.schema.model import Column, Interval

_RANGES = frozenset({"int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"})
_OPEN_ENDS = frozenset({"infinity", "-infinity"})
_MOST_HOPS = 5

Resolve = Callable[[Name], str | None]


@dataclass(frozen=True)
class ExclusionParts:
    """What an EXCLUDE compares: columns and other expressions by `=`, and one span or none by `&&`."""

    columns: tuple[str, ...]
    expressions: tuple[str, ...]
    interval: Interval | None


def read_exclusion(cursor: Cursor, name: str | None, start: int) -> DraftExclusion:
    """Read from EXCLUDE on: the members with their operators, and WHERE. Raises DdlSyntaxError."""
    cursor.expect("EXCLUDE")
    if cursor.accept("USING"):
        cursor.take()
    draft = DraftExclusion(name, [], start)
    for part in cursor.group("the members of the EXCLUDE in parentheses").split():
        at = max((i for i in range(part.index, part.stop) if part.tokens.items[i].key == "WITH"), default=None)
        if at is None or at == part.index:
            raise part.failure("expected a member WITH an operator")
        draft.members.append((part.text(part.index, at), part.text(at + 1, part.stop)))
    while not cursor.done and not cursor.at("WHERE"):
        if not cursor.skip_group():
            cursor.take()
    if cursor.accept("WHERE"):
        draft.predicate = cursor.group("the condition of the EXCLUDE in parentheses").text()
    cursor.skip_to_end()
    return draft


def parts_of(draft: DraftExclusion, resolve: Resolve, columns: Mapping[str, Column]) -> ExclusionParts | None:
    """Return what the members compare; None where some operator or span is not understood."""
    equal, expressions, spans = list[str](), list[str](), list[Interval]()
    for text, operator in draft.members:
        match _plain_operator(operator):
            case "=":
                column = _column_of(_cursor(text), resolve)
                (expressions.append(text) if column is None else equal.append(column))
            case "&&":
                span = _interval(text, text, resolve, columns)
                if span is None:
                    return None
                spans.append(span)
            case _:
                return None
    return ExclusionParts(tuple(dict.fromkeys(equal)), tuple(expressions), spans[0] if spans else None) if len(spans) <= 1 else None


def _plain_operator(text: str) -> str:
    """`OPERATOR(pg_catalog.=)` is `=`."""
    inner = text.strip()
    return inner[9:].strip(" ()").rsplit(".", 1)[-1] if inner.upper().startswith("OPERATOR") else inner


def _cursor(text: str) -> Cursor:
    tokens = tokenize(text, 0, len(text), "postgres")
    cursor = Cursor(Source(text, ""), tokens, "postgres")
    while tokens.unbalanced is None and cursor.at("(") and tokens.partner[cursor.index] == cursor.stop - 1:
        cursor = cursor.group()
    return cursor


def _column_of(cursor: Cursor, resolve: Resolve) -> str | None:
    """Return the column that is all there is, an operator class behind it left away."""
    if not cursor.at_name() or cursor.kind(1) is Kind.SYMBOL:
        return None
    name = resolve(cursor.name())
    return None if not cursor.done and cursor.kind() is not Kind.WORD else name


def _interval(text: str, written: str, resolve: Resolve, columns: Mapping[str, Column], hops: int = 0) -> Interval | None:
    cursor = _cursor(text)
    if hops > _MOST_HOPS or cursor.tokens.unbalanced is not None or not cursor.at_name():
        return None
    column = _column_of(cursor, resolve)
    if column is not None:
        generated = columns[column].generated
        if generated is not None:
            return _interval(generated, written, resolve, columns, hops + 1)
        stored = columns[column].sql_type.lower().strip('"').rsplit(".", 1)[-1] in _RANGES
        return Interval(start=column, end=column, sql=written) if stored else None
    cursor = _cursor(text)
    try:
        return _call(cursor, written, resolve, columns)
    except DdlSyntaxError:
        return None


def _call(cursor: Cursor, written: str, resolve: Resolve, columns: Mapping[str, Column]) -> Interval | None:
    if cursor.qualified_name().last.text.lower() not in _RANGES or not cursor.at("("):
        return None
    parts = cursor.group().split()
    bounds = [_bound(p, resolve) for p in parts[:2]]
    style = parts[2].take().text if len(parts) > 2 and parts[2].kind() is Kind.STRING else "[)" if len(parts) == 2 else ""
    if not cursor.done or len(bounds) != 2 or None in bounds or style not in {"[)", "[]", "(]", "()"}:
        return None
    start, end = (b for b in bounds if b is not None)
    if start == end or any(columns[c].generated is not None for c in (start, end)):
        return None
    return Interval(start=start, end=end, end_included=style.endswith("]"), sql=written)


def _bound(part: Cursor, resolve: Resolve) -> str | None:
    """Return the column of `until`, `(until)::date`, `COALESCE(until, 'infinity')`; None for anything else."""
    if part.at("("):
        inside = part.group()
        found = _bound(inside, resolve)
    elif part.at("COALESCE", "("):
        part.take()
        first, *rest = part.group().split()
        found = _bound(first, resolve) if all(r.kind() is Kind.STRING and r.take().text in _OPEN_ENDS for r in rest) else None
    elif part.at_name() and part.kind(1) is not None and part.key(1) == "(":
        return None
    elif part.at_name():
        found = resolve(part.name())
    else:
        return None
    while part.accept("::"):
        part.qualified_name()
        while part.at_name():
            part.take()
        part.skip_group()
    return found if part.done else None
