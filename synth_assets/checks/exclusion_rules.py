"""EXCLUDE constraints as a rule over rows: in the order of their starts, no span begins before an earlier one has ended."""

from dataclasses import dataclass, field
from typing import Any

from synth_assets.checks.sql_rules import ROW_NUMBER, compared, quote, standard_quotes
from synth_assets.schema.model import ExclusionConstraint, Table
from synth_assets.schema.types import DateType, IntegerType, LogicalType, TimestampType

_BOUND = r'"?([^",\[\]()]*)"?'
_LOWER, _UPPER = rf"^[\[(]\s*{_BOUND}\s*,", rf",\s*{_BOUND}\s*[\])]$"
_OF_RANGE: dict[str, LogicalType] = {
    "daterange": DateType(),
    "tsrange": TimestampType(),
    "tstzrange": TimestampType(with_zone=True),
    "int4range": IntegerType(),
    "int8range": IntegerType(bits=64),
}


@dataclass(frozen=True)
class ExclusionRule:
    """No two rows that agree in all `keys` (SQL expressions) have spans [`start`, `end`) that overlap.

    A NULL among the keys, or a span that is NULL or empty, exempts its row, and so does a `predicate` that is not TRUE.
    `start` and `end` are SQL; `least` and `greatest` stand for a bound that is NULL.
    """

    keys: tuple[str, ...]
    start: str
    end: str
    least: str
    greatest: str
    present: str = "TRUE"
    predicate: str | None = None
    relations: dict[str, Any] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        conditions = [f"({self.present})", *(f"({k}) IS NOT NULL" for k in self.keys), *([f"({self.predicate})"] if self.predicate else [])]
        bounds = f"coalesce({self.start}, {self.least}) AS low, coalesce({self.end}, {self.greatest}) AS high"
        members = "".join(f", ({key}) AS key{i}" for i, key in enumerate(self.keys))
        spans = f"SELECT {ROW_NUMBER}, {bounds}{members} FROM frame WHERE {' AND '.join(conditions)}"  # noqa: S608
        partition = f"PARTITION BY {', '.join(f'key{i}' for i in range(len(self.keys)))} " if self.keys else ""
        window = f"({partition}ORDER BY low, {ROW_NUMBER} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        ended = f"SELECT {ROW_NUMBER}, low, max(high) OVER {window} AS ended FROM ({spans}) WHERE low < high"  # noqa: S608
        return f"SELECT {ROW_NUMBER} FROM ({ended}) WHERE ended > low"  # noqa: S608


def columns_of_exclusion(exclusion: ExclusionConstraint) -> tuple[str, ...]:
    """Return the columns that a constraint compares, those its texts name left out."""
    return tuple(dict.fromkeys((*exclusion.columns, exclusion.interval.start, exclusion.interval.end)))


def exclusion_rule(table: Table, exclusion: ExclusionConstraint, dialect: str) -> ExclusionRule | None:
    """Return the rule that judges a constraint; None for spans of a type that DuckDB has no order for."""
    span = exclusion.interval
    name = table.column(span.start).sql_type.lower().strip('"').rsplit(".", 1)[-1]
    logical = _OF_RANGE.get(name) if span.is_stored else table.column(span.end).type
    found = None if logical is None else _type_and_unit(logical)
    if found is None:
        return None
    sql_type, unit, least, greatest = found
    start, end = f"CAST({quote(span.start)} AS {sql_type})", f"CAST({quote(span.end)} AS {sql_type})"
    end = f"{end} + {unit}" if span.end_included else end
    present = "TRUE"
    if span.is_stored:
        column = quote(span.start)
        lower, upper = (f"CAST(nullif(regexp_extract({column}, '{p}', 1), '') AS {sql_type})" for p in (_LOWER, _UPPER))
        start = f"CASE WHEN {column} LIKE '(%' AND {lower} IS NOT NULL THEN {lower} + {unit} ELSE {lower} END"
        end = f"CASE WHEN {column} LIKE '%]' THEN {upper} + {unit} ELSE {upper} END"
        present = f"{column} IS NOT NULL AND {column} <> 'empty'"
    return ExclusionRule(
        keys=(
            *(compared(c, table.column(c).collation) for c in exclusion.columns),
            *(standard_quotes(e, dialect) for e in exclusion.expressions),
        ),
        start=start,
        end=end,
        least=least,
        greatest=greatest,
        present=present,
        predicate=None if exclusion.predicate is None else standard_quotes(exclusion.predicate, dialect),
    )


def _type_and_unit(logical: LogicalType) -> tuple[str, str, str, str] | None:
    """Return DuckDB's type, the smallest step in it, and texts of its least and greatest value."""
    match logical:
        case DateType():
            return "DATE", "INTERVAL 1 DAY", "DATE '-infinity'", "DATE 'infinity'"
        case TimestampType(with_zone=zoned):
            name = "TIMESTAMPTZ" if zoned else "TIMESTAMP"
            return name, "INTERVAL 1 MICROSECOND", f"{name} '-infinity'", f"{name} 'infinity'"
        case IntegerType():
            return "HUGEINT", "1", f"CAST(-{2**100} AS HUGEINT)", f"CAST({2**100} AS HUGEINT)"
        case _:
            return None
