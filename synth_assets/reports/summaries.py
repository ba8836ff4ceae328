"""What a column's values look like in one line: the most frequent ones, or least, quarters and greatest; and how many are NULL."""

from dataclasses import dataclass
from typing import Any, Literal

SHOWN_VALUES = 6
_FEW = 24
_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
_LONGEST_VALUE = 24

SummaryKind = Literal["values", "quarters", "texts", "empty"]


@dataclass(frozen=True)
class ColumnSummary:
    """Some rows of one column.

    Attributes:
        kind: `values` for few different ones, `quarters` for numbers and dates, `texts` for the rest, `empty` for NULLs alone.
        rows: How many there are. null_share: Share of NULLs, in [0, 1].
        distinct: Different values.
        top: The most frequent values (of texts only those that repeat) with their share of all rows that are not NULL.
        quarters: Least, first quarter, median, third quarter and greatest; of texts, of their lengths.
    """

    kind: SummaryKind
    rows: int
    null_share: float
    distinct: int
    top: tuple[tuple[str, float], ...] = ()
    quarters: tuple[str, ...] = ()

    def in_words(self) -> str:
        """Return the summary as one line."""
        match self.kind:
            case "values":
                text = ", ".join(f"{_short(v)} {share:.1%}" for v, share in self.top)
                text += f", {self.distinct - len(self.top)} more" if self.distinct > len(self.top) else ""
            case "quarters":
                text = " · ".join(map(_short, self.quarters))
            case "texts":
                text = f"{self.distinct:,} different, {self.quarters[0]} to {self.quarters[-1]} characters"
                text += "".join(f", {_short(v)} {share:.1%}" for v, share in self.top[:2])
            case _:
                return "no rows" if self.rows == 0 else "NULL in every row"
        return text + (f"; {max(self.null_share, 0.001):.1%} NULL" if self.null_share else "")


def summarize_column(values: Any) -> ColumnSummary:
    """Return what some rows of a column look like.

    Args:
        values: A pyarrow (chunked) array.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows, present = len(values), values.drop_null()
    share = values.null_count / rows if rows else 0.0
    if not len(present):
        return ColumnSummary("empty", rows, share, 0)
    plain = pc.cast(present, pa.string()) if not pa.types.is_binary(present.type) else pc.binary_length(present).cast(pa.string())
    counted = sorted(pc.value_counts(plain).to_pylist(), key=lambda c: (-c["counts"], c["values"]))
    top = tuple((c["values"], c["counts"] / len(present)) for c in counted[:SHOWN_VALUES])
    kind = present.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)
    if pa.types.is_boolean(kind) or (len(counted) <= _FEW and (is_text or len(counted) <= SHOWN_VALUES)):
        return ColumnSummary("values", rows, share, len(counted), top)
    if is_text:
        repeated = tuple((v, s) for v, s in top if s * len(present) > 1.5)
        return ColumnSummary("texts", rows, share, len(counted), repeated, _quarters(pc.utf8_length(plain)))
    return ColumnSummary("quarters", rows, share, len(counted), top, _quarters(present))


def _quarters(values: Any) -> tuple[str, ...]:
    import pyarrow.compute as pc

    order = pc.sort_indices(values)
    return tuple(str(values[order[round(at * (len(values) - 1))].as_py()].as_py()) for at in _QUARTERS)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
