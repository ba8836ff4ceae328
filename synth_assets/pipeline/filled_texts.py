"""The filled texts of a dataset: where they are, and which of them a table's rows are made with."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from synth_assets.plan.cells import leaves
from synth_assets.plan.model import Plan
from synth_assets.plan.strategies import Filled
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore, file_names, safe_file_name
from synth_assets.storage.filled import FilledFolder, FilledTexts

NO_TEXTS: Mapping[str, FilledTexts] = MappingProxyType({})
"""Nothing was filled."""


def stored_texts(store: DatasetStore, schema: Schema, dataset: str) -> FilledFolder:
    """Return where a stored dataset keeps its texts."""
    folder = store.dataset_directory(schema.name, dataset) / "filled"
    return FilledFolder(folder, {t.key: f"{safe_file_name(t.key)}.parquet" for t in schema.tables})


def filled_file_names(schema: Schema, taken: Iterable[str]) -> dict[str, str]:
    """Return the file names of filled texts in a folder of files; `taken` are those of everything else there."""
    return file_names([t.key for t in schema.tables], ".filled.parquet", taken=taken)


def filled_columns(plan: Plan, table_key: str) -> dict[str, Filled]:
    """Return the columns of a table whose texts are filled, by name, in plan order."""
    found = ((c.column, s) for c in plan.table(table_key).columns for s in leaves(c.strategy) if isinstance(s, Filled))
    return dict(found)


def mentioned_tables(plan: Plan, table_key: str) -> tuple[str, ...]:
    """Return the filled tables whose texts a table's own may name, and those that theirs may, nearest first."""
    found: dict[str, None] = {}
    waiting = [table_key]
    while waiting:
        own = waiting.pop(0)
        relations = plan.table(own).relations_by_name
        mentions = [m for s in filled_columns(plan, own).values() for m in s.mentions]
        for parent in (relations[m.relation].parent_table for m in mentions if m.relation in relations):
            if parent not in found and parent != table_key and filled_columns(plan, parent):
                found[parent] = None
                waiting.append(parent)
    return tuple(found)


def texts_for(folder: FilledFolder, plan: Plan, table_key: str) -> dict[str, FilledTexts]:
    """Return the texts that a table's rows are made with: its own, and those its own may name. Raises StorageError."""
    wanted = [key for key in (table_key, *mentioned_tables(plan, table_key)) if filled_columns(plan, key)]
    known = {key: folder.load(key) for key in wanted}
    return {key: texts for key, texts in known.items() if texts is not None and texts.holds_any}
