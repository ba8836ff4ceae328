"""`synth plan`: what every column will hold, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synth_assets.cli.options import (
    Ai,
    AsJson,
    DdlFile,
    Dialect,
    Fit,
    Knowledge,
    Locale,
    RequestFile,
    Rows,
    Seed,
    build_request,
    documents_beside,
    end_with_reader_errors,
    make_plan,
    read_schema,
)
from synth_assets.cli.reporting import print_columns, print_json, print_text, reporting
from synth_assets.cli.tracing import traced

if TYPE_CHECKING:
    from synth_assets.plan.model import Plan


def plan(
    file: DdlFile,
    explain: Annotated[bool, typer.Option("--explain", help="List every column with its strategy, its origin and the reason.")] = False,
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the plan as YAML into this file, to edit and use again.")] = None,
    request: RequestFile = None,
    rows: Rows = None,
    fit: Fit = False,
    seed: Seed = None,
    locale: Locale = None,
    ai: Ai = None,
    knowledge: Knowledge = None,
    dialect: Dialect = None,
    as_json: AsJson = False,
) -> None:
    """Write the plan of a dataset: as YAML, explained, or into a file."""
    with reporting(as_json=as_json), traced("plan"):
        wanted = build_request(rows, seed, locale, request, fit=fit, ai=ai)
        schema, result = read_schema(file, dialect)
        made = make_plan(schema, wanted, None, documents_beside(file, knowledge))
        if out is not None:
            from synth_assets.plan import dump_plan
            from synth_assets.storage import write_text_atomically

            write_text_atomically(out, dump_plan(made))
        _print_plan(made, out, explain=explain, as_json=as_json)
        end_with_reader_errors(result)


def _print_plan(made: "Plan", out: Path | None, *, explain: bool, as_json: bool) -> None:
    from synth_assets.plan import dump_plan
    from synth_assets.plan.explain import explain_plan

    entries = explain_plan(made)
    if as_json:
        print_json({"plan": made.model_dump(mode="json"), "explanation": [vars(e) for e in entries]})
    elif explain:
        for table in made.tables:
            print_text(f"\n{table.table}: {table.row_count:,} rows")
            own = [e for e in entries if e.table == table.table]
            print_columns([(f"  {e.column}", e.strategy, f"{e.null_share:.0%} NULL", e.origin, e.reason) for e in own])
    elif out is None:
        print_text(dump_plan(made).rstrip("\n"))
    else:
        print_text(f"wrote {out}")
