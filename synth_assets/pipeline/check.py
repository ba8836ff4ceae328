"""Check rows: a table of a stored dataset, or a folder of files."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from synth_assets.checks import CheckResult, run_checks
from synth_assets.errors import Diagnostic, RequestError
from synth_assets.formats import TABLE_FORMATS, one_of
from synth_assets.pipeline.folder import load_folder
from synth_assets.plan.model import Plan
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore


def check_table(
    store: DatasetStore, schema: Schema, plan: Plan, dataset: str, table_key: str, only: Collection[str] | None = None
) -> tuple[CheckResult, ...]:
    """Judge a stored table against schema and plan; `only` names single checks.

    Raises:
        StorageError: The table, or a parent of it, is not stored.
        CheckError: The checks themselves could not be run.
    """

    def load_parent(key: str, columns: tuple[str, ...]) -> Any:
        return store.read_table(schema.name, dataset, key, columns)

    return run_checks(schema, plan, table_key, store.read_table(schema.name, dataset, table_key), load_parent, only)


def check_directory(folder: Path) -> tuple[CheckResult, ...]:
    """Judge the files of a folder that `generate_directory` made, also after someone has edited them.

    Every table is read back from its file and judged; nothing is generated. Holds one table and the keys
    of its parents in memory.

    Raises:
        RequestError: The folder holds a SQL script, which only a database can judge.
        StorageError: A file is missing or damaged.
        CheckError: The checks themselves could not be run.
    """
    contents = load_folder(folder)
    if contents.manifest.format == "sql":
        hint = f"load the script into the database, or generate {one_of(TABLE_FORMATS)}"
        where = str(folder)
        problem = Diagnostic(code="EXP103", where=where, message="rows in a SQL script are judged by the database that loads it", hint=hint)
        raise RequestError("nothing to check", [problem])

    def load_parent(key: str, columns: tuple[str, ...]) -> Any:
        return contents.read_table(key).select(list(columns))

    results: list[CheckResult] = []
    for table in contents.schema.tables:
        results += run_checks(contents.schema, contents.plan, table.key, contents.read_table(table.key), load_parent)
    return tuple(results)
