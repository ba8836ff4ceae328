"""One picture of a change: up to six columns, each before and after, the same bytes for the same rows."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synth_assets.reports.summaries import ColumnSummary

MAX_PANELS = 6
_INCHES, _DPI = (9.0, 5.0), 100
_BINS, _MAX_BARS = 20, 8
_INK, _MUTED, _GRID = "#1f2937", "#6b7280", "#e5e7eb"
_BEFORE, _AFTER = "#9ca3af", "#2563eb"


@dataclass(frozen=True)
class ComparedColumn:
    """One column's first rows (pyarrow arrays) before and after, with their summaries."""

    name: str
    before: Any
    after: Any
    summary_before: ColumnSummary
    summary_after: ColumnSummary


def plot_comparison(title: str, columns: Sequence[ComparedColumn]) -> bytes:
    """Return a PNG of 900 x 500 pixels: shares of values as bars, numbers, days and lengths of text as histograms; grey is before."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    figure.suptitle(_plain(title, 90), fontsize=12, color=_INK, x=0.01, ha="left", weight="bold")
    shown = columns[:MAX_PANELS]
    grid = (1, max(1, len(shown))) if len(shown) <= 3 else (2, (len(shown) + 1) // 2)
    for position, column in enumerate(shown):
        axes = figure.add_subplot(*grid, position + 1)
        _draw(axes, column)
        axes.set_title(_plain(column.name, 30), fontsize=9, color=_INK, loc="left")
        axes.tick_params(labelsize=8, colors=_MUTED, length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(_GRID)
    if shown:
        figure.legend(handles=_handles(), loc="outside lower left", ncols=2, fontsize=8, frameon=False, labelcolor=_MUTED)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _handles() -> list[Any]:
    from matplotlib.patches import Patch

    return [Patch(color=_BEFORE, label="before"), Patch(color=_AFTER, label="after")]


def _draw(axes: Any, column: ComparedColumn) -> None:
    kinds = {column.summary_before.kind, column.summary_after.kind} - {"empty"}
    if kinds == {"values"}:
        _draw_bars(axes, column)
    elif kinds:
        _draw_histograms(axes, column)
    else:
        axes.text(0.5, 0.5, "NULL in every row", ha="center", va="center", color=_MUTED, transform=axes.transAxes, fontsize=8)
        axes.set_xticks([])
        axes.set_yticks([])


def _draw_bars(axes: Any, column: ComparedColumn) -> None:
    """Values in the order of their share after the change, a bar each before and after."""
    before, after = dict(column.summary_before.top), dict(column.summary_after.top)
    values = sorted({*before, *after}, key=lambda v: (-after.get(v, 0.0), -before.get(v, 0.0), v))[:_MAX_BARS]
    places = range(len(values))
    axes.barh([p - 0.2 for p in places], [before.get(v, 0.0) for v in values], height=0.38, color=_BEFORE)
    axes.barh([p + 0.2 for p in places], [after.get(v, 0.0) for v in values], height=0.38, color=_AFTER)
    axes.set_yticks(places, [_plain(v or "''", 16) for v in values])
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.grid(axis="x", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _draw_histograms(axes: Any, column: ComparedColumn) -> None:
    import numpy as np

    before, is_days = _numbers(column.before)
    after, _ = _numbers(column.after)
    both = np.concatenate([before, after])
    low, high = float(both.min()), float(both.max())
    edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
    for numbers, colour, alpha in ((before, _BEFORE, 0.7), (after, _AFTER, 0.6)):
        if numbers.size:
            axes.hist(numbers, bins=edges, weights=np.full(numbers.size, 1 / numbers.size), color=colour, alpha=alpha)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.grid(axis="y", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    if is_days:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(minticks=3, maxticks=5)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _numbers(values: Any) -> tuple[Any, bool]:
    """Return the values as floats: numbers themselves, days since 1970, seconds of a time, lengths of text; and whether they are days."""
    import pyarrow as pa
    import pyarrow.compute as pc

    present = values.drop_null()
    kind = present.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return present.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy() / 86_400e6, True
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        present = pc.utf8_length(present)
    elif pa.types.is_binary(kind):
        present = pc.binary_length(present)
    elif pa.types.is_time(kind):
        present = present.cast(pa.int64())
    elif pa.types.is_boolean(kind):
        present = present.cast(pa.int8())
    return present.cast(pa.float64(), safe=False).to_numpy(), False


def _plain(text: str, limit: int) -> str:
    """One line, cut to `limit` characters, with matplotlib's `$` switched off."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return (line if len(line) <= limit else line[: limit - 1] + "…").replace("$", "\\$")
