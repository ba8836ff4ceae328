"""One picture a table: small multiples of its most telling columns, the same bytes for the same rows."""

import io
from typing import Any

from synth_assets.reports.panels import Panel, choose_panels
from synth_assets.schema.model import Table

_INCHES = (9.0, 5.0)
_DPI = 100
_WIDEST = 1e100
_YEAR_1, _YEAR_9999 = -719_162, 2_932_896
"""In days since 1970: matplotlib knows no dates beyond."""
_BINS = 24
_FEW_VALUES = 1000
_MAX_BARS = 8
_INK, _MUTED, _GRID = "#1f2937", "#6b7280", "#e5e7eb"
_COLOURS = {"numbers": "#2563eb", "dates": "#0d9488", "categories": "#d97706", "fan_out": "#7c3aed", "lengths": "#64748b"}


def plot_table(table: Table, rows: Any) -> bytes:
    """Return a PNG of 900 x 500 pixels: up to six columns of a table, one panel each.

    Numbers, dates and the lengths of texts are histograms, categories are bars (the most frequent first), and
    a foreign key shows how many children its parents have among these rows. Titles give the share of NULLs.

    Args:
        table: The table in the schema.
        rows: pa.Table of its stored columns, or of a part of its rows.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    panels = choose_panels(table, rows)
    figure.suptitle(_plain(f"{table.key}: {rows.num_rows:,} rows", 80), fontsize=12, color=_INK, x=0.01, ha="left", weight="bold")
    if not panels:
        figure.text(0.5, 0.5, "every column is a key, or empty", ha="center", color=_MUTED)
    grid = (1, max(1, len(panels))) if len(panels) <= 3 else (2, (len(panels) + 1) // 2)
    for position, panel in enumerate(panels):
        axes = figure.add_subplot(*grid, position + 1)
        _draw(axes, panel, rows.column(panel.column))
        _finish(axes, panel, rows.column(panel.column))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _draw(axes: Any, panel: Panel, values: Any) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    present = values.drop_null()
    colour = _COLOURS[panel.kind]
    match panel.kind:
        case "categories":
            _draw_bars(axes, present, colour)
        case "dates":
            _draw_dates(axes, present, colour)
        case "fan_out":
            counts = pc.value_counts(present).field("counts").to_numpy(zero_copy_only=False)
            _draw_counts(axes, counts, colour)
            axes.set_xlabel("children per parent", fontsize=8, color=_MUTED)
        case "lengths":
            _draw_counts(axes, pc.utf8_length(present).to_numpy(), colour)
            axes.set_xlabel("characters", fontsize=8, color=_MUTED)
        case "numbers" if pa.types.is_integer(present.type):
            _draw_counts(axes, present.to_numpy(), colour)
        case _:
            numbers = present.cast(pa.int64()) if pa.types.is_time(present.type) else present
            _draw_histogram(axes, numbers.cast(pa.float64(), safe=False).to_numpy(), colour)


def _draw_bars(axes: Any, present: Any, colour: str) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    counted = pc.value_counts(present.cast(pa.string()).combine_chunks()).to_pylist()
    ranked = sorted(counted, key=lambda c: (-c["counts"], c["values"]))
    shown = [(_plain(c["values"] or "''", 16), c["counts"]) for c in ranked[:_MAX_BARS]]
    if len(ranked) > _MAX_BARS:
        shown[-1] = (f"{len(ranked) - _MAX_BARS + 1} others", sum(c["counts"] for c in ranked[_MAX_BARS - 1 :]))
    axes.barh(range(len(shown)), [count for _, count in shown], color=colour, height=0.7)
    axes.set_yticks(range(len(shown)), [label for label, _ in shown])
    axes.invert_yaxis()


def _draw_dates(axes: Any, present: Any, colour: str) -> None:
    import pyarrow as pa
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    wall = present.cast(pa.timestamp("us"))
    days = wall.cast(pa.int64()).to_numpy() / 86_400e6
    _draw_histogram(axes, days, colour)
    axes.set_xlim(max(days.min() - 1, _YEAR_1), min(days.max() + 1, _YEAR_9999))
    locator = AutoDateLocator(minticks=3, maxticks=5)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _draw_histogram(axes: Any, numbers: Any, colour: str) -> None:
    """A histogram; values that floating point cannot tell apart, or cannot span, are one bar."""
    low, high = float(numbers.min()), float(numbers.max())
    middle = low / 2 + high / 2
    if 1e-9 * max(abs(low), abs(high), 1e-3) < high - low < _WIDEST:
        axes.hist(numbers, bins=_BINS, color=colour)
    else:
        axes.bar([middle], [len(numbers)], width=max(1.0, abs(middle) * 0.1), color=colour)


def _draw_counts(axes: Any, counts: Any, colour: str) -> None:
    """A histogram of whole numbers: one bin a number, or as many as there is room for."""
    import numpy as np

    low, high = int(counts.min()), int(counts.max())
    if high - low > _FEW_VALUES:
        _draw_histogram(axes, counts.astype(np.float64), colour)
        return
    step = max(1, -(-(high - low + 1) // _BINS))
    axes.hist(counts, bins=np.arange(low, high + step + 1, step) - 0.5, color=colour, rwidth=0.9)
    axes.xaxis.get_major_locator().set_params(integer=True)


def _finish(axes: Any, panel: Panel, values: Any) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator

    share = values.null_count / len(values)
    nulls = f"  ({max(share, 0.001):.1%} NULL)" if share else ""
    axes.set_title(_plain(panel.column, 16 if nulls else 28) + nulls, fontsize=9, color=_INK, loc="left")
    axes.tick_params(labelsize=8, colors=_MUTED, length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_GRID)
    count_axis = axes.xaxis if panel.kind == "categories" else axes.yaxis
    axes.grid(axis="x" if panel.kind == "categories" else "y", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    count_axis.set_major_locator(MaxNLocator(4, integer=True))
    count_axis.set_major_formatter(EngFormatter(sep=""))
    if panel.kind in {"numbers", "fan_out", "lengths"}:
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=panel.kind != "numbers"))
        if panel.kind == "numbers":
            axes.xaxis.set_major_formatter(EngFormatter(sep=""))


def _plain(text: str, limit: int) -> str:
    """One line, cut to `limit` characters, with matplotlib's `$` switched off."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return (line if len(line) <= limit else line[: limit - 1] + "…").replace("$", "\\$")
