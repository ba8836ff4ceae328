"""`synth publish`: put a dataset where people can query it."""

from dataclasses import asdict
from typing import Annotated

import typer

from synth_assets.cli.database_options import DatasetPath, DdlOption, read_url
from synth_assets.cli.options import AsJson
from synth_assets.cli.progress import table_progress
from synth_assets.cli.reporting import ended_by_signals, print_json, print_text, reporting, say_error
from synth_assets.formats import count_of

Database = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="A PostgreSQL; default: the setting SYNTH_PUBLISH_DATABASE_URL.")
]
SchemaName = Annotated[
    str, typer.Option("--schema", metavar="NAME", help="The PostgreSQL schema; what was published there before is replaced at once.")
]
Readers = Annotated[list[str] | None, typer.Option("--grant-to", metavar="ROLE", help="A role that may read the tables; may be repeated.")]


def publish(
    folder: DatasetPath,
    schema: SchemaName,
    database: Database = None,
    ddl: DdlOption = None,
    grant_to: Readers = None,
    as_json: AsJson = False,
) -> None:
    """Load the rows into PostgreSQL beside the version that is there, and swap the two in one transaction."""
    with reporting(as_json=as_json), ended_by_signals():
        from synth_assets.pipeline.publish import publish_directory

        url = read_url(database, "publish_database_url")
        with table_progress() as tell:
            done = publish_directory(folder, url, schema, ddl, grant_to or (), tell)
        if as_json:
            print_json({**asdict(done), "row_count": done.row_count, "rows_per_second": done.rows_per_second})
            return
        how = "in place of the former version" if done.replaced else "as a new schema"
        print_text(f"{count_of(done.row_count, 'row')} in {count_of(len(done.rows), 'table')} published to {done.database}, {how}")
        for namespace, name in done.schemas.items():
            print_text(f"  {namespace}: {name}")
        print_text(f"{done.seconds:.1f} s, {done.rows_per_second:,} rows a second\n{done.sample_sql}")
        for name in done.left_behind:
            say_error(f"{name} is still being read; the next publication drops it")
