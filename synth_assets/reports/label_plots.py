"""One picture of a labelled text dataset: categories by split, lengths, and what a judge made of the labels."""

import io
from collections.abc import Sequence
from typing import Any

from synth_assets.labelled_text.messages import LabelledMessage
from synth_assets.labelled_text.report import BalanceReport

_DPI = 100
_WIDTH, _LEAST_HEIGHT, _HEIGHT_OF_CATEGORY = 12.0, 4.0, 0.28
_MOST_CATEGORIES = 40
_BINS = 24
_INK, _MUTED, _GRID = "#1f2937", "#6b7280", "#e5e7eb"
_SPLIT_COLOURS = ("#2563eb", "#d97706", "#0d9488", "#7c3aed", "#dc2626", "#64748b", "#84cc16", "#db2777")


def plot_balance(report: BalanceReport, messages: Sequence[LabelledMessage]) -> bytes:
    """Return a PNG, 1,200 pixels wide: messages by category and split, their lengths, and the judge's confusion.

    Without a judge the third panel shows the confidences. Of more than 40 categories the first 40 are drawn.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = list(report.categories)[:_MOST_CATEGORIES]
    height = max(_LEAST_HEIGHT, 1.6 + _HEIGHT_OF_CATEGORY * len(names))
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    figure.suptitle(_plain(f"{report.name}: {report.messages:,} messages", 80), fontsize=12, color=_INK, x=0.01, ha="left", weight="bold")
    counts, lengths, third = figure.subplots(1, 3, width_ratios=(1.3, 1, 1.2))
    _draw_counts(counts, report, names)
    _draw_histogram(lengths, [len(m.message) for m in messages], "characters of a message", _SPLIT_COLOURS[5])
    if report.writing.confusion:
        _draw_confusion(third, report, names)
    else:
        _draw_histogram(third, [m.confidence for m in messages], "confidence", _SPLIT_COLOURS[3])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _draw_counts(axes: Any, report: BalanceReport, names: list[str]) -> None:
    places = range(len(names))
    left = [0] * len(names)
    for split, colour in zip(report.splits, _SPLIT_COLOURS, strict=False):
        widths = [report.categories[name].by_split[split] for name in names]
        axes.barh(places, widths, left=left, color=colour, height=0.7, label=_plain(split, 20))
        left = [done + width for done, width in zip(left, widths, strict=True)]
    axes.set_yticks(places, [_plain(name, 24) for name in names])
    axes.invert_yaxis()
    axes.legend(fontsize=7, frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(report.splits), borderpad=0)
    _finish(axes, "messages by category", "x")


def _draw_histogram(axes: Any, values: Sequence[float], title: str, colour: str) -> None:
    span = max(values, default=0) - min(values, default=0)
    axes.hist(values, bins=_BINS if span else 1, color=colour)
    _finish(axes, title, "y")


def _draw_confusion(axes: Any, report: BalanceReport, names: list[str]) -> None:
    confusion = report.writing.confusion
    shares = [
        [confusion.get(asked, {}).get(judged, 0) / max(1, sum(confusion.get(asked, {}).values())) for judged in names] for asked in names
    ]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, asked in enumerate(names):
        for column, judged in enumerate(names):
            count = confusion.get(asked, {}).get(judged, 0)
            if count and len(names) <= 16:
                axes.text(
                    column, row, f"{count}", ha="center", va="center", fontsize=7, color="white" if shares[row][column] > 0.5 else _INK
                )
    axes.set_xticks(range(len(names)), [_plain(name, 14) for name in names], rotation=60, ha="right")
    axes.set_yticks(range(len(names)), [_plain(name, 14) for name in names])
    _finish(axes, "written for (rows), judged as (columns)", "")


def _finish(axes: Any, title: str, grid: str) -> None:
    axes.set_title(title, fontsize=9, color=_INK, loc="left")
    axes.tick_params(labelsize=8, colors=_MUTED, length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_GRID)
    if grid:
        axes.grid(axis=grid, color=_GRID, linewidth=0.8)
        axes.set_axisbelow(True)


def _plain(text: str, limit: int) -> str:
    """One line, cut to `limit` characters, with matplotlib's `$` switched off."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return (line if len(line) <= limit else line[: limit - 1] + "…").replace("$", "\\$")
