"""The manifest of a dataset, made of what it was generated from."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from types import MappingProxyType

from synth_assets.engine import ENGINE_VERSION
from synth_assets.pipeline.filled_texts import stored_texts
from synth_assets.plan.fingerprint import fingerprint_plan, fingerprint_table_plans
from synth_assets.plan.model import Plan
from synth_assets.schema.fingerprint import fingerprint_schema, fingerprint_table
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetManifest, DatasetStore, FileEntry, TableEntry, sha256_of_file
from synth_assets.vocabulary import fingerprint_vocabulary


def make_manifest(
    schema: Schema,
    plan: Plan,
    *,
    format_name: str,
    rows: Mapping[str, int],
    table_files: Mapping[str, str],
    files: Iterable[FileEntry],
    dataset: str = "",
    filled_files: Mapping[str, str] = MappingProxyType({}),
) -> DatasetManifest:
    """Return the manifest of files made from schema and plan.

    Args:
        format_name: csv, parquet, jsonl, json or sql.
        rows: Rows by table key.
        table_files: File name by table key; tables inside a SQL script have none.
        files: Every file beside the manifest.
        dataset: Name of the dataset in a store.
        filled_files: File name of a table's filled texts by table key.
    """
    plan_fingerprints = fingerprint_table_plans(plan, (table.key for table in schema.tables))
    entries = [
        TableEntry(
            table=table.key,
            rows=rows[table.key],
            schema_fingerprint=fingerprint_table(table),
            plan_fingerprint=plan_fingerprints[table.key],
            file=table_files.get(table.key),
            filled=filled_files.get(table.key),
        )
        for table in schema.tables
    ]
    return DatasetManifest(
        package_version=version("synth_assets"),
        engine_version=ENGINE_VERSION,
        pyarrow_version=version("pyarrow"),
        format=format_name,
        schema_name=schema.name,
        dialect=schema.dialect,
        dataset=dataset,
        seed=plan.seed,
        locale=plan.locale,
        as_of=plan.as_of.isoformat(),
        schema_fingerprint=fingerprint_schema(schema),
        plan_fingerprint=fingerprint_plan(plan),
        vocabularies=vocabulary_fingerprints(plan),
        tables=tuple(entries),
        files=tuple(sorted(files, key=lambda f: f.name)),
    )


def vocabulary_fingerprints(plan: Plan) -> dict[str, str]:
    """Return the digest of every vocabulary a plan draws from, by `name/locale`, sorted."""
    from synth_assets.engine.vocabularies import vocabularies_of

    return {f"{name}/{locale}": fingerprint_vocabulary(name, locale) for name, locale in vocabularies_of(plan)}


def build_manifest(store: DatasetStore, schema: Schema, plan: Plan, dataset: str) -> DatasetManifest:
    """Return the manifest of a stored dataset, all of whose tables must be there; `store.save_manifest` writes it.

    Raises:
        StorageError: A table is missing.
    """
    folder = store.dataset_directory(schema.name, dataset)
    stored = {table.key: store.load_record(schema.name, dataset, table.key) for table in schema.tables}
    names = {key: s.path.relative_to(folder).as_posix() for key, s in stored.items()}
    files = [FileEntry(name=names[key], bytes=s.record.bytes, sha256=s.record.sha256) for key, s in stored.items()]
    rows = {key: s.record.rows for key, s in stored.items()}
    texts = stored_texts(store, schema, dataset)
    filled = {key: texts.path_of(key) for key, s in stored.items() if key in s.record.provenance.filled}
    filled_names = {key: path.relative_to(folder).as_posix() for key, path in filled.items()}
    files += [FileEntry(name=filled_names[key], bytes=p.stat().st_size, sha256=sha256_of_file(p)) for key, p in filled.items()]
    return make_manifest(
        schema, plan, format_name="parquet", rows=rows, table_files=names, files=files, dataset=dataset, filled_files=filled_names
    )
