"""`synth inspect`: what is in a DDL file."""

from typing import TYPE_CHECKING

import typer

from synth_assets.cli.options import AsJson, DdlFile, Dialect, Fit, Rows, build_request
from synth_assets.cli.reporting import EXIT_BAD_INPUT, print_columns, print_diagnostics, print_json, print_text, reporting
from synth_assets.errors import DdlError
from synth_assets.formats import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synth_assets.ddl import ReadResult
    from synth_assets.pipeline.plan import JudgedRequest
    from synth_assets.plan.explain import OfferedReference
    from synth_assets.plan.limits import TableVerdict
    from synth_assets.schema.model import Schema, Table


SHOWN_CAPACITY = 1_000_000_000
"""A table that can hold more rows than this is not said to be bounded: every 32-bit key is."""


def inspect(file: DdlFile, rows: Rows = None, fit: Fit = False, dialect: Dialect = None, as_json: AsJson = False) -> None:
    """Show the tables, keys and cycles of a DDL file, how many rows a table can hold, and what could not be read."""
    with reporting(as_json=as_json):
        from synth_assets.pipeline.plan import judge_request
        from synth_assets.pipeline.read import read_schema_file

        result = read_schema_file(file, dialect=dialect)
        if result.schema is None:
            raise DdlError(f"{file.name} gives no table", result.diagnostics)
        judged = judge_request(result.schema, build_request(rows, None, None, None, fit=fit))
        verdicts = {v.table: v for v in judged.verdicts}
        if as_json:
            print_json(_document(result.schema, result, judged))
        else:
            _print_schema(result.schema, verdicts, judged.offered)
        refused = judged.diagnostics if rows or fit else ()
        print_diagnostics([*result.diagnostics, *refused])
        if result.errors or any(d.is_error for d in refused):
            raise typer.Exit(EXIT_BAD_INPUT)


def _document(schema: "Schema", result: "ReadResult", judged: "JudgedRequest") -> dict[str, object]:
    from synth_assets.schema.graph import creation_order, find_cycles

    return {
        "schema": schema.model_dump(mode="json"),
        "creation_order": list(creation_order(schema)),
        "cycles": [list(cycle) for cycle in find_cycles(schema)],
        "feasibility": [_feasibility(v) for v in judged.verdicts],
        "offered": [vars(pair) for pair in judged.offered],
        "diagnostics": [d.model_dump(mode="json") for d in (*result.diagnostics, *judged.diagnostics)],
    }


def _feasibility(verdict: "TableVerdict") -> dict[str, object]:
    """What a table can hold (null: no bound known) at the rows asked for, and every limit, the tightest first."""
    limits = [
        {"capacity": x.capacity, "kind": x.kind, "constraint": x.label, "where": str(x.where), "reason": x.reason, "hint": x.suggestion}
        for x in verdict.limits
    ]
    return {"table": verdict.table, "rows": verdict.requested, "capacity": verdict.capacity, "limits": limits}


def _print_schema(schema: "Schema", verdicts: "dict[str, TableVerdict]", offered: "Sequence[OfferedReference]") -> None:
    from synth_assets.schema.graph import find_cycles

    keys = sum(len(t.foreign_keys) for t in schema.tables)
    print_text(f"{schema.name}: {schema.dialect}, {count_of(len(schema.tables), 'table')}, {count_of(keys, 'foreign key')}")
    for table in schema.tables:
        print_text("")
        _print_table(table)
        for pair in offered:
            if pair.table == table.key:
                columns = ", ".join(c for c in (pair.by, pair.column) if c is not None)
                print_text(f"  by its name ({columns}) -> {' or '.join(pair.tables)}")
        _print_capacity(verdicts[table.key])
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
        nulls = "" if unique.nulls_distinct else " nulls not distinct"
        print_text(f"  unique{nulls} ({', '.join([*unique.columns, *unique.expressions])}){_where(unique.predicate)}")
    for exclusion in table.exclusions:
        members = ", ".join([*(f"{m} with =" for m in (*exclusion.columns, *exclusion.expressions)), f"{exclusion.interval.sql} with &&"])
        print_text(f"  exclude ({members}){_where(exclusion.predicate)}")
    for check in table.checks:
        print_text(f"  check ({check.sql})")


def _where(predicate: str | None) -> str:
    return f" where {predicate}" if predicate else ""


def _print_capacity(verdict: "TableVerdict") -> None:
    limit = verdict.limit
    if limit is not None and limit.capacity <= SHOWN_CAPACITY:
        print_text(f"  {verdict.holds(limit)}: {limit.label} ({limit.where}): {limit.reason}")
