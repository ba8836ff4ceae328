"""Fill a table's texts by Gemini before its rows are made: the skeleton from the engine, the texts from the model, kept as a file.

The file is part of what the rows follow from. It is made once for a task (plan, skeleton, wishes, prompts); asked again for the same
task, it is read; where it is lost, the answers come from the cache.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synth_assets.errors import Diagnostic, LlmError
from synth_assets.pipeline.create import generator_of
from synth_assets.pipeline.filled_texts import filled_columns
from synth_assets.plan.filled_texts import with_slots
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Filled, Reference
from synth_assets.schema.graph import creation_order
from synth_assets.schema.model import Column, Schema, Table
from synth_assets.schema.types import TextType
from synth_assets.settings import load_llm_settings
from synth_assets.storage.filled import FilledFolder, FilledTexts

if TYPE_CHECKING:
    from synth_assets.llm.report import AssetAiReport, Fallback
    from synth_assets.llm.row_filler import FillColumn, FilledRows, FillTask, SkeletonRow
    from synth_assets.pipeline.gemini import Gemini


@dataclass(frozen=True)
class FilledTable:
    """What became of one table's texts.

    Attributes:
        texts: What its rows are made with; None where it has no columns to fill, or nobody was asked.
        report: What Gemini did; None where it was not asked now.
        before: Tables that had to be filled first, as the texts may name their rows.
    """

    table: str
    texts: FilledTexts | None
    report: "AssetAiReport | None"
    before: tuple["FilledTable", ...] = ()


@dataclass(frozen=True)
class Writer:
    """Who writes the texts of a dataset, and what is wished of them."""

    gemini: "Gemini"
    request: DatasetRequest


def open_writer(schema: Schema, plan: Plan, request: DatasetRequest, dataset: str | None = None) -> Writer | None:
    """Return who writes the texts of a plan; None where it has none to write, or Gemini is not asked. Raises LlmError (LLM101)."""
    from synth_assets.pipeline.gemini import open_gemini

    if not any(filled_columns(plan, t.table) for t in plan.tables):
        return None
    gemini = open_gemini(schema, request, dataset)
    return None if gemini is None else Writer(gemini, request)


def fill_table(
    folder: FilledFolder, schema: Schema, plan: Plan, table_key: str, gemini: "Gemini | None", request: DatasetRequest
) -> FilledTable:
    """Fill the texts of a table, and first those that its writer is shown, where they were never asked for.

    Texts that are kept are taken, unless their writing ended early, or the answers are to be asked for anew
    (`SYNTH_GEMINI_CACHE=refresh`). New ones do not depend on which answer came first, nor on how many rows the table has beyond
    those that are filled.

    Args:
        folder: Where texts are kept.
        gemini: Whom to ask; None takes what is kept.
        request: Its wishes; with `ai: auto` a failure leaves the rules' texts and is reported, with `required` it is raised.

    Raises:
        LlmError: `required` and no answer: `LLM101`-`LLM109`, or `LLM131` where no row got texts that hold.
        StorageError, GenerationError: Texts cannot be kept, or the skeleton cannot be made.
    """
    columns = filled_columns(plan, table_key)
    rows = min(max((s.rows for s in columns.values()), default=0), plan.table(table_key).row_count)
    if not rows:
        return FilledTable(table_key, None, None)
    if gemini is None:
        return FilledTable(table_key, folder.load(table_key), None)
    missing = [key for key in _shown_tables(schema, plan, table_key) if folder.load(key) is None]
    before = tuple(fill_table(folder, schema, plan, key, gemini, request) for key in missing)
    from synth_assets.llm.row_filler import digest_of_task

    task = make_task(folder, schema, plan, table_key, request)
    digest, known = digest_of_task(task), folder.load(table_key)
    known = known if known is not None and known.holds_any and known.task == digest else None
    if known is not None and known.is_whole and not gemini.gateway.asks_anew:
        return FilledTable(table_key, known, None, before)
    made = _fill(task, gemini, request)
    report = gemini.count(made.report)
    if known is not None and not (made.texts and made.is_whole) and known.whole_rows >= len(made.texts):
        return FilledTable(table_key, known, _with_known(report, known), before)
    return FilledTable(table_key, folder.save(table_key, _kept(task, made), digest, is_whole=made.is_whole), report, before)


def _with_known(report: "AssetAiReport", known: FilledTexts) -> "AssetAiReport":
    """Return the report of a run that wrote no more than there is of an earlier one, which stays."""
    note = f"the texts of {known.whole_rows:,} rows that an earlier run kept stay"
    return report.model_copy(update={"rows_written": known.whole_rows, "notes": (note, *report.notes)})


def _shown_tables(schema: Schema, plan: Plan, table_key: str) -> tuple[str, ...]:
    """Return the filled tables whose texts a table's writer is shown, and those that theirs are, in the order they are made.

    Without them the task would be another one: it would be asked for again once they are there.
    """
    from synth_assets.llm.row_filler import shown_references

    found: set[str] = set()
    waiting = [table_key]
    while waiting:
        own = waiting.pop()
        relations = plan.table(own).relations_by_name
        parents = {relations[r.relation].parent_table for r in shown_references(schema, plan, own) if r.relation is not None}
        waiting += sorted(key for key in parents - found if filled_columns(plan, key))
        found |= set(waiting)
    return tuple(key for key in creation_order(schema) if key in found)


def _fill(task: "FillTask", gemini: "Gemini", request: DatasetRequest) -> "FilledRows":
    """Return the texts of a task and the report; in `auto`, none or fewer where Gemini failed, which the report says."""
    from synth_assets.llm.report import Fallback, report_of
    from synth_assets.llm.row_filler import FilledRows, fill_rows

    is_required = request.ai == "required"
    try:
        _refuse_if_down(gemini, task.table)
        made = fill_rows(gemini.gateway, task, tolerant=not is_required, workers=load_llm_settings().workers)
    except LlmError as error:
        if is_required:
            raise
        made = FilledRows({}, report_of(task.table, (), fallbacks=[Fallback.of_error(task.table, error)]), is_whole=False)
    if not made.texts and made.is_whole:
        problem = _nothing_holds(task, made)
        if is_required:
            raise problem
        made = replace(made, report=_with_fallback(made.report, Fallback.of_error(task.table, problem)))
    counted = {"rows_asked": len(task.rows), "rows_written": len(made.texts)}
    return replace(made, report=made.report.model_copy(update=counted))


def _refuse_if_down(gemini: "Gemini", table: str) -> None:
    """Raise LLM107 where the last question of this run had no answer in all its time: every table would wait as long again."""
    from synth_assets.llm.failures import unreachable

    records = gemini.tally.records()
    if records and records[-1].error_code == "LLM107":
        raise unreachable(f"{table}: texts", "it did not answer about the table before")


def _with_fallback(report: "AssetAiReport", fallback: "Fallback") -> "AssetAiReport":
    return report.model_copy(update={"fallbacks": (*report.fallbacks, fallback)})


def _kept(task: "FillTask", made: "FilledRows") -> dict[str, list[str | None]]:
    """Return a list for each column, one entry a row: its text with slots for the names of parents, None where it was dropped.

    Without any text, the lists are empty.
    """
    if not made.texts:
        return {c.name: [] for c in task.columns}
    rows = [(made.texts.get(row.number), row.names) for row in task.rows]
    return {c.name: [None if texts is None else with_slots(texts[c.name], names) for texts, names in rows] for c in task.columns}


def _nothing_holds(task: "FillTask", made: "FilledRows") -> LlmError:
    hint = "lower gemini.critique_threshold, say more in the prompt, or ask anew with SYNTH_GEMINI_CACHE=refresh; the report says why"
    found = "; ".join(made.report.notes)[:300]
    message = "no row got texts that hold, twice"
    return LlmError("Gemini's texts are of no use", [Diagnostic(code="LLM131", where=task.table, message=message, found=found, hint=hint)])


def make_task(folder: FilledFolder, schema: Schema, plan: Plan, table_key: str, request: DatasetRequest) -> "FillTask":
    """Return what is to be filled of a table: its rows as the engine makes them, with what their parents hold."""
    from synth_assets.llm.row_filler import FillTask, shown_references
    from synth_assets.llm.table_text import describe_neighbours, describe_table

    table, wishes = schema.table(table_key), request.gemini.of_table(table_key)
    columns = filled_columns(plan, table_key)
    return FillTask(
        table=table_key,
        outline=describe_table(table),
        neighbours=describe_neighbours(schema, table),
        columns=tuple(_fill_column(table.column(name)) for name in columns),
        rows=tuple(_skeleton(folder, schema, plan, table, columns, shown_references(schema, plan, table_key))),
        locale=plan.locale,
        as_of=plan.as_of.isoformat(),
        wish="\n\n".join(filter(None, (request.prompt, wishes.prompt))),
        wishes=wishes,
        critique_model=load_llm_settings().critique_model or "",
    )


def _fill_column(column: Column) -> "FillColumn":
    from synth_assets.llm.row_filler import FillColumn

    comment = f" -- {' '.join(column.comment.split())[:300]}" if column.comment else ""
    about = f"{column.sql_type}{comment}"
    if not isinstance(column.type, TextType):
        return FillColumn(column.name, about, None, column.collation.charset)
    return FillColumn(column.name, about, column.type.max_length, column.collation.charset, column.type.in_bytes)


def _skeleton(
    folder: FilledFolder, schema: Schema, plan: Plan, table: Table, columns: Mapping[str, Filled], shown: tuple[Reference, ...]
) -> "Iterator[SkeletonRow]":
    """Yield the first rows without their texts; texts of parents that are made before the table are shown as they were filled."""
    from synth_assets.llm.row_filler import SkeletonRow
    from synth_assets.llm.row_filler.skeleton import shown_name, shown_value

    position = {key: place for place, key in enumerate(creation_order(schema))}
    before = {k: folder.load(k) for k in position if position[k] < position[table.key] and filled_columns(plan, k)}
    generator = generator_of(schema, plan, {key: texts for key, texts in before.items() if texts is not None and texts.holds_any})
    mentions = tuple(dict.fromkeys(m for s in columns.values() for m in s.mentions))
    count = min(max(s.rows for s in columns.values()), plan.table(table.key).row_count)
    read = generator.read_texts(table.key, count, (*shown, *mentions))
    for number in range(count):
        values = [texts[number] for texts in read]
        told = tuple((shown_name(r), shown_value(v)) for r, v in zip(shown, values, strict=False) if v is not None and v.strip())
        yield SkeletonRow(number, told, tuple(zip(mentions, values[len(shown) :], strict=True)))
