"""Texts that a model wrote for a table's rows, when a change of the dataset gives it other rows.

Texts belong to what they were written for: the table, the rows they describe, the wishes. Where that changes, texts of an earlier version
for the same are taken up again, else Gemini writes others, else the old ones stay and that is said. Texts that give way are kept
beside the versions, so that going back finds them without asking anybody.
"""

from collections.abc import Callable, Collection
from pathlib import Path

from synth_assets.pipeline.fill import Writer, fill_table, make_task
from synth_assets.pipeline.filled_texts import filled_columns
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.graph import creation_order
from synth_assets.schema.model import Schema
from synth_assets.storage import atomic_file, sha256_of_file, storage_errors
from synth_assets.storage.filled import FilledFolder

KEPT_TEXTS = "filled"
"""Folder below `versions` for the texts of versions that no longer hold, by the digest of what they were written for."""

OpenWriter = Callable[[], Writer | None]
"""Asked for who writes texts, once somebody has to."""


def settle_texts(
    texts: FilledFolder,
    history: Path,
    schema: Schema,
    plan: Plan,
    tables: Collection[str],
    request: DatasetRequest,
    open_writer: OpenWriter = lambda: None,
) -> tuple[str, ...]:
    """Give tables the texts that belong to the rows of a plan, parents first.

    Args:
        texts: The dataset's texts; files in it are replaced, or removed where the plan fills nothing.
        history: The folder of the versions.
        tables: Those that are to be made again; the texts of all others stay.
        request: What is wished of texts.

    Returns:
        The tables whose texts were written for other rows, and stay, because nobody writes others.

    Raises:
        LlmError: The request says `ai: required`, and texts cannot be had.
        StorageError, GenerationError: Texts cannot be kept, or their rows not be made.
    """
    stale = []
    for key in creation_order(schema):
        path = texts.path_of(key)
        if key not in tables or not (path.exists() or filled_columns(plan, key)):
            continue
        old = texts.load(key)
        if old is not None:
            _copy(path, history / KEPT_TEXTS / f"{old.task}.parquet")
        if not filled_columns(plan, key):
            with storage_errors("write", path):
                path.unlink()
            continue
        from synth_assets.llm.row_filler import digest_of_task

        task = digest_of_task(make_task(texts, schema, plan, key, request))
        if old is not None and old.task == task:
            continue
        if (history / KEPT_TEXTS / f"{task}.parquet").exists():
            _copy(history / KEPT_TEXTS / f"{task}.parquet", path)
        elif (writer := open_writer()) is not None:
            fill_table(texts, schema, plan, key, writer.gemini, writer.request)
        elif old is not None and old.holds_any:
            stale.append(key)
    return tuple(stale)


def _copy(source: Path, target: Path) -> None:
    if target.exists() and sha256_of_file(target) == sha256_of_file(source):
        return
    with storage_errors("read", source, "STO101"):
        data = source.read_bytes()
    with atomic_file(target) as file, storage_errors("write", target):
        file.write(data)
