"""What real databases do with a whole dataset: the check that one accepts it, and the asset that serves it.

The check is always there: SQLite judges where no server is configured, or where the configured one does not speak the
DDL's dialect. The asset `_publish` is there once a server to publish to is configured.
"""

import tempfile
from collections.abc import Iterable
from typing import Any

import dagster as dg

from synth_assets.databases import DatabaseUrl, ProofResult, Publication, parse_database_url
from synth_assets.engine import ENGINE_VERSION
from synth_assets.errors import DatabaseError
from synth_assets.orchestration.datasets import Dataset, SchemaSource, ensure_dataset, open_store
from synth_assets.orchestration.failures import diagnostics_table, our_errors_as_failures
from synth_assets.orchestration.plan_asset import recorded_dataset
from synth_assets.orchestration.translator import PROOF_CHECK, SchemaNames
from synth_assets.pipeline.prove import prove_dataset
from synth_assets.pipeline.publish import publish_dataset
from synth_assets.plan.fingerprint import fingerprint_plan
from synth_assets.schema.fingerprint import fingerprint_schema
from synth_assets.settings import Settings, load_settings
from synth_assets.storage import DatasetStore

PROOF_SETTING = "SYNTH_PROOF_DATABASE_URL"
PUBLISH_SETTING = "SYNTH_PUBLISH_DATABASE_URL"

_UNUSABLE = frozenset({"DB102", "DB103", "DB104"})
"""The database could not be asked, which says nothing about the rows."""


def publishes(source: SchemaSource, settings: Settings) -> bool:
    """Tell whether datasets of the schema are published: a server is configured, and the DDL is PostgreSQL's."""
    return settings.publish_database_url is not None and source.schema.dialect == "postgres"


def build_database_check(names: SchemaNames, source: SchemaSource, *, blocking: bool) -> dg.AssetChecksDefinition:
    """Return the check of a complete dataset; `blocking` keeps what was rejected from being published."""
    spec = dg.AssetCheckSpec(
        PROOF_CHECK,
        asset=names.export_key,
        description="A real database takes every row, with every constraint of the DDL on.",
        blocking=blocking,
        partitions_def=names.partitions,
    )

    @dg.multi_asset_check(name=names.proof_op, specs=[spec])
    def database_accepts(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with our_errors_as_failures():
            store = open_store()
            dataset = _load(context, store, names, source)
            url, why = choose_judge(source.schema.dialect, load_settings())
            try:
                result = prove_dataset(store, dataset.schema, dataset.key, url)
            except DatabaseError as error:
                if not _UNUSABLE & {d.code for d in error.diagnostics}:
                    raise
                return _not_asked(names, url, error)
        context.log.info("%s: %s", result.server, "accepted" if result.accepted else f"{len(result.rejections)} constraints reject rows")
        return _verdict(names, result, why)

    return database_accepts


def choose_judge(dialect: str, settings: Settings) -> tuple[DatabaseUrl, str]:
    """Return the database that judges a DDL of this dialect, and why it is that one. Raises RequestError for a bad URL."""
    scratch = DatabaseUrl("sqlite", database=tempfile.gettempdir())
    if settings.proof_database_url is None:
        return scratch, f"no database is configured: set {PROOF_SETTING} to have one of the DDL's own dialect judge"
    url = parse_database_url(settings.proof_database_url, PROOF_SETTING)
    if url.kind in {"sqlite", dialect}:
        return url, f"configured by {PROOF_SETTING}"
    return scratch, f"the DDL is of dialect {dialect}, which the configured {url.server_name} does not speak"


def build_publish_asset(names: SchemaNames, source: SchemaSource, owners: list[str]) -> dg.AssetsDefinition:
    """Return the asset that puts a dataset into PostgreSQL; a failed check of the dataset keeps it from running."""
    spec = dg.AssetSpec(
        names.publish_key,
        deps=[names.export_key],
        group_name=names.group,
        partitions_def=names.partitions,
        code_version=f"{fingerprint_schema(source.schema)[:16]}-{ENGINE_VERSION}",
        description=f"`{source.schema.name}` in PostgreSQL, a schema for each dataset, swapped for its former version at once.",
        kinds={"postgres"},
        tags=names.asset_tags,
        owners=owners,
    )

    @dg.multi_asset(name=names.publish_op, specs=[spec])
    def publication(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        settings = load_settings()
        with our_errors_as_failures():
            store = open_store()
            dataset = _load(context, store, names, source)
            url = parse_database_url(settings.publish_database_url or "", PUBLISH_SETTING)
            target = names.published_schema(dataset.key)
            done = publish_dataset(store, dataset.schema, dataset.key, url, target, settings.publish_readers)
        context.log.info("%s rows published to %s, schema %s", f"{done.row_count:,}", done.database, done.schema_name)
        version = dg.DataVersion(fingerprint_plan(dataset.plan)[:32])
        return dg.MaterializeResult(asset_key=names.publish_key, metadata=_publication_metadata(done), data_version=version)

    return publication


def _load(context: Any, store: DatasetStore, names: SchemaNames, source: SchemaSource) -> Dataset:
    key = context.partition_key
    return ensure_dataset(store, source, key, recorded=lambda: recorded_dataset(context.instance, names, source, key))


def _verdict(names: SchemaNames, result: ProofResult, why: str) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {
        "server": result.server,
        "database": result.database,
        "judge": why,
        "tables": len(result.tables),
        "rows": result.rows,
        "rejected rows": sum(r.rows for r in result.rejections),
        "seconds": result.seconds,
    }
    if result.rendered:
        metadata["DDL"] = "rendered for SQLite"
    if result.rejections:
        columns = ("table", "kind", "constraint", "line", "rows", "example", "server")
        rows = [
            (r.table, r.kind, r.constraint, r.line, f"{'≥ ' if r.at_least else ''}{r.rows}", _example(r.example), r.message)
            for r in result.rejections
        ]
        metadata["rejections"] = _markdown(columns, rows)
    if result.refused:
        metadata["DDL refused"] = _markdown(("line", "statement", "server"), [(s.line, s.statement, s.message) for s in result.refused])
    if result.not_judged:
        listed = [(n.table, n.subject, n.line, n.reason) for n in result.not_judged]
        metadata["not judged"] = _markdown(("table", "what", "line", "why"), listed)
    return dg.AssetCheckResult(
        asset_key=names.export_key, check_name=PROOF_CHECK, passed=result.accepted, severity=dg.AssetCheckSeverity.ERROR, metadata=metadata
    )


def _not_asked(names: SchemaNames, url: DatabaseUrl, error: DatabaseError) -> dg.AssetCheckResult:
    """A database that cannot be asked is a warning: nothing is known about the rows."""
    return dg.AssetCheckResult(
        asset_key=names.export_key,
        check_name=PROOF_CHECK,
        passed=False,
        severity=dg.AssetCheckSeverity.WARN,
        description="The rows were not judged: the database could not be asked.",
        metadata={"database": url.label, "diagnostics": diagnostics_table(error.diagnostics)},
    )


def _publication_metadata(done: Publication) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "dagster/row_count": done.row_count,
        "database": done.database,
        "schema": done.schema_name,
        "sample SQL": dg.MetadataValue.md(f"```sql\n{done.sample_sql}\n```"),
        "schemas": _markdown(("namespace of the DDL", "schema"), list(done.schemas.items())),
        "rows by table": _markdown(("table", "rows"), list(done.rows.items())),
        "seconds": done.seconds,
        "rows per second": done.rows_per_second,
        "replaced a former version": done.replaced,
    }
    if done.left_behind:
        metadata["still being read"] = ", ".join(done.left_behind)
    return metadata


def _example(row: dict[str, str | None]) -> str:
    return ", ".join(f"{name}={'NULL' if value is None else value}" for name, value in row.items())


def _markdown(columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> dg.MarkdownMetadataValue:
    lines = [columns, ("---",) * len(columns), *rows]
    return dg.MetadataValue.md("\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines))


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).replace("|", "\\|").split())
