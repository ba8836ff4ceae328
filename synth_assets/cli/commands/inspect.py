"""`synth inspect`: what is in a DDL file."""

from typing import TYPE_CHECKING

import typer

from synth_assets.cli.options import AsJson, DdlFile, Dialect
from synth_assets.cli.reporting import EXIT_BAD_INPUT, print_columns, print_diagnostics, print_json, print_text, reporting
from synth_assets.errors import DdlError

if TYPE_CHECKING:
    from synth_assets.ddl import ReadResult
    from synth_assets.schema.model import Schema, Table


def inspect(file: DdlFile, dialect: Dialect = None, as_json: AsJson = False) -> None:
    """Show the tables, keys and cycles of a DDL file, and what could not be read."""
    with reporting(as_json=as_json):
        from synth_assets.pipeline.read import read_schema_file

        result = read_schema_file(file, dialect=dialect)
        if result.schema is None:
            raise DdlError(f"{file.name} gives no table", result.diagnostics)
        if as_json:
            print_json(_document(result.schema, result))
        else:
            _print_schema(result.schema)
        print_diagnostics(result.diagnostics)
        if result.errors:
            raise typer.Exit(EXIT_BAD_INPUT)


def _document(schema: "Schema", result: "ReadResult") -> dict[str, object]:
    from synth_assets.schema.graph import creation_order, find_cycles

    return {
        "schema": schema.model_dump(mode="json"),
        "creation_order": list(creation_order(schema)),
        "cycles": [list(cycle) for cycle in find_cycles(schema)],
        "diagnostics": [d.model_dump(mode="json") for d in result.diagnostics],
    }


def _print_schema(schema: "Schema") -> None:
    from synth_assets.schema.graph import find_cycles

    keys = sum(len(t.foreign_keys) for t in schema.tables)
    print_text(f"{schema.name}: {schema.dialect}, {len(schema.tables)} tables, {keys} foreign keys")
    for table in schema.tables:
        print_text("")
        _print_table(table)
    for cycle in find_cycles(schema):
        print_text(f"\ncycle: {' -> '.join([*cycle, cycle[0]])}")
    if schema.passed_over:
        kinds = [p.kind for p in schema.passed_over]
        counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        print_text(f"\npassed over: {counted}")


def _print_table(table: "Table") -> None:
    print_text(f"{table.key}{f'  -- {table.comment}' if table.comment else ''}")
    primary = table.primary_key.columns if table.primary_key else ()
    rows = []
    for column in table.columns:
        marks = ["primary key"] if column.name in primary else []
        marks += [] if column.nullable or column.name in primary else ["not null"]
        marks += ["generated"] if column.generated is not None else []
        rows.append((f"  {column.name}", column.sql_type, ", ".join(marks)))
    print_columns(rows)
    for foreign_key in table.foreign_keys:
        print_text(
            f"  foreign key ({', '.join(foreign_key.columns)}) -> {foreign_key.parent_table} ({', '.join(foreign_key.parent_columns)})"
        )
    for unique in table.unique_constraints:
        print_text(f"  unique ({', '.join([*unique.columns, *unique.expressions])})")
    for check in table.checks:
        print_text(f"  check ({check.sql})")
