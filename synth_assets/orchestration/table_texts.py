"""The texts of a table in Dagster: filled before its rows are made, and what the UI shows of them."""

from typing import Any

import dagster as dg

from synth_assets.llm.report import AssetAiReport, Critique
from synth_assets.orchestration.ai_metadata import ai_metadata
from synth_assets.orchestration.datasets import Dataset, load_ai_report
from synth_assets.orchestration.table_metadata import markdown_table
from synth_assets.pipeline.fill import FilledTable, fill_table, open_writer
from synth_assets.pipeline.filled_texts import filled_columns, stored_texts
from synth_assets.plan.fillable import may_hold_prose
from synth_assets.schema.model import Table
from synth_assets.storage import DatasetStore


def may_be_filled(table: Table) -> bool:
    """Tell whether some plan of the table may fill texts, known before there is any plan."""
    return any(may_hold_prose(table, column.name) for column in table.stored_columns)


def fill_texts(store: DatasetStore, dataset: Dataset, table_key: str) -> AssetAiReport | None:
    """Have a table's texts written, where its plan has any to fill, and return what Gemini did; None where it was never asked.

    Raises:
        LlmError: The request says `ai: required`, and texts cannot be had; answers that came are kept.
        StorageError: Texts or reports cannot be kept.
    """
    if not filled_columns(dataset.plan, table_key):
        return None
    writer = open_writer(dataset.schema, dataset.plan, dataset.request, dataset.key)
    if writer is None:
        return load_ai_report(store, dataset.schema.name, dataset.key, table_key)
    folder = stored_texts(store, dataset.schema, dataset.key)
    _save_reports(store, dataset, fill_table(folder, dataset.schema, dataset.plan, table_key, writer.gemini, writer.request))
    return load_ai_report(store, dataset.schema.name, dataset.key, table_key)


def _save_reports(store: DatasetStore, dataset: Dataset, filled: FilledTable) -> None:
    for one in (*filled.before, filled):
        if one.report is not None:
            store.save_ai_report(dataset.schema.name, dataset.key, one.table, one.report)


def texts_metadata(store: DatasetStore, dataset: Dataset, table_key: str, report: AssetAiReport | None) -> dict[str, Any]:
    """Return what the UI shows of a table's texts; nothing where its plan fills none."""
    columns = filled_columns(dataset.plan, table_key)
    if not columns:
        return {}
    texts = stored_texts(store, dataset.schema, dataset.key).load(table_key)
    metadata: dict[str, Any] = {
        "filled columns": ", ".join(columns),
        "filled rows": 0 if texts is None else texts.whole_rows,
        "filled sha256": "" if texts is None else texts.sha256,
        **ai_metadata(report, dataset.request.ai),
    }
    if report is None:
        return metadata
    if report.rows_asked:
        metadata["ai written rows"] = f"{report.rows_written:,} of {report.rows_asked:,}"
    if report.instructions:
        metadata["ai instructions"] = dg.MetadataValue.md("\n".join(f"1. {scenario}" for scenario in report.instructions))
    if report.critique is not None:
        metadata |= _critique(report.critique, 0 if texts is None else texts.table.num_rows)
    if report.examples:
        header = list(dict.fromkeys(name for example in report.examples for name in example))
        rows = [[example.get(name) for name in header] for example in report.examples]
        metadata["ai example rows"] = markdown_table(header, rows)
    return metadata


def _critique(critique: Critique, rows: int) -> dict[str, Any]:
    """Return the scores by how many rows got them, how many were written twice, and the share that was left to the rules."""
    most = max(critique.scores.values(), default=0)
    bars = [[score, count, "█" * max(1, round(20 * count / most))] for score, count in sorted(critique.scores.items())]
    asked = max(rows, critique.dropped)
    return {
        "ai critique": markdown_table(["score", "rows", ""], bars),
        "ai refilled rows": critique.refilled,
        "ai dropped rows": critique.dropped,
        "ai drop rate": round(critique.dropped / asked, 4) if asked else 0.0,
    }
