"""What the UI shows of a labelled text dataset: balance, confidence, who wrote it, plots, files."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from synth_assets.labelled_text import rows_table
from synth_assets.labelled_text.report import BalanceReport, describe_writing, render_report
from synth_assets.orchestration.table_metadata import image_markdown, preview_markdown, table_schema
from synth_assets.pipeline.export import ExportedFile
from synth_assets.pipeline.labelled_store import LabelledStore
from synth_assets.pipeline.labelled_text import LabelledText
from synth_assets.storage import StoredTable

FALLBACK_DESCRIPTION = "Gemini wrote what the file would have it write; a warning where templates did instead."


def table_columns(table: str) -> dg.TableSchema:
    """Return columns and types of a table of messages."""
    return table_schema(rows_table(table))


def messages_metadata(store: LabelledStore, made: LabelledText, stored: StoredTable, files: Sequence[ExportedFile]) -> dict[str, Any]:
    """Return what the asset of all messages shows after it was made."""
    from synth_assets.reports import plot_balance

    report, writing = made.report, made.report.writing
    plot = plot_balance(report, made.messages)
    shown: dict[str, Any] = {
        **_stored(store, stored, files),
        "written by": describe_writing(writing, by_templates=report.by_templates, messages=report.messages),
        "confidence means": dg.MetadataValue.md("\n".join(f"* {who}: {what}" for who, what in report.confidence_means.items())),
        "balance": dg.MetadataValue.md(render_report(report)),
        "balance plot": image_markdown(f"{report.name}: balance", plot),
        "lengths": dg.MetadataValue.json(report.characters.model_dump()),
        "near-duplicates left out": report.near_duplicates,
        "near-duplicates are": f"similarity (Jaccard, {report.shingle} characters) of {report.near_duplicate} or more",
        "seed": report.seed,
        "ai": writing.ai,
        "report": dg.MetadataValue.json(report.model_dump(mode="json")),
    }
    return shown | _model_metadata(report)


def split_metadata(store: LabelledStore, split: str, stored: StoredTable, files: Sequence[ExportedFile]) -> dict[str, Any]:
    """Return what the asset of one split shows after it was made."""
    report = store.report()
    counts = [dg.TableRecord({"category": name, "rows": c.by_split[split], "of": c.made}) for name, c in report.categories.items()]
    kinds = {"category": "string", "rows": "int", "of": "int"}
    columns = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in kinds.items()])
    return {**_stored(store, stored, files), "categories": dg.MetadataValue.table(counts, schema=columns)}


def _stored(store: LabelledStore, stored: StoredTable, files: Sequence[ExportedFile]) -> dict[str, Any]:
    record = stored.record
    return {
        "dagster/row_count": record.rows,
        "dagster/uri": str(stored.path),
        "preview": preview_markdown(store.read(record.table)),
        "bytes": record.bytes,
        "sha256": record.sha256,
        **{f"{f.format} file": dg.MetadataValue.path(f.path) for f in files},
    }


def _model_metadata(report: BalanceReport) -> dict[str, Any]:
    """Return what a model did and cost; nothing where none was asked."""
    writing = report.writing
    shown: dict[str, Any] = {}
    if writing.calls:
        cost = {"questions": writing.calls, "from the cache": writing.cached, "tokens": writing.tokens, "dollars": writing.dollars}
        shown = {f"gemini {name}": value for name, value in cost.items()}
        shown |= {"gemini models": ", ".join(writing.models), "gemini prompts": ", ".join(writing.prompts)}
        shown["judged"] = dg.MetadataValue.md(_confusion(report))
    if writing.fallbacks:
        shown["fallbacks"] = dg.MetadataValue.md("\n".join(f"* {f}" for f in writing.fallbacks))
    if writing.passages:
        shown["passages"] = dg.MetadataValue.json(list(writing.passages))
    return shown


def _confusion(report: BalanceReport) -> str:
    """Return what messages were written for and judged as, as a table of the pairs that occurred."""
    lines = ["| written for | judged as | messages |", "| --- | --- | --- |"]
    for asked, judged in report.writing.confusion.items():
        lines += [f"| {asked} | {'the same' if name == asked else name} | {count:,} |" for name, count in judged.items()]
    return "\n".join(lines)
