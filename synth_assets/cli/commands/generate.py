"""`synth generate`: a dataset into a folder."""

import time
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
    PlanFile,
    RequestFile,
    Rows,
    Seed,
    build_request,
    documents_beside,
    end_with_reader_errors,
    make_plan,
    print_text_reports,
    read_schema,
    refuse_beside_plan,
    warn_of_unbounded_texts,
)
from synth_assets.cli.progress import table_progress
from synth_assets.cli.reporting import ended_by_signals, print_columns, print_json, print_text, reporting
from synth_assets.cli.tracing import traced
from synth_assets.formats import FOLDER_FORMATS, count_of, one_of

if TYPE_CHECKING:
    from synth_assets.ddl import ReadResult
    from synth_assets.pipeline.generate import GeneratedDirectory


def generate(
    file: DdlFile,
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for the files: new, empty, or a former output, which is replaced.")],
    rows: Rows = None,
    fit: Fit = False,
    seed: Seed = None,
    output_format: Annotated[str, typer.Option("--format", help=f"{one_of(FOLDER_FORMATS)}.")] = "csv",
    locale: Locale = None,
    ai: Ai = None,
    knowledge: Knowledge = None,
    request: RequestFile = None,
    plan: PlanFile = None,
    dialect: Dialect = None,
    as_json: AsJson = False,
) -> None:
    """Generate a dataset: one file a table (or one SQL script), with its plan and a manifest."""
    started = time.perf_counter()
    with reporting(as_json=as_json), ended_by_signals(), traced("generate"):
        from synth_assets.pipeline.fill import open_writer
        from synth_assets.pipeline.generate import generate_directory
        from synth_assets.pipeline.planned_request import request_of_plan

        if plan is not None:
            refuse_beside_plan({"--rows": rows, "--fit": fit, "--seed": seed is not None, "--locale": locale})
        wanted = build_request(rows, seed, locale, request, fit=fit, ai=ai)
        schema, result = read_schema(file, dialect)
        made = make_plan(schema, wanted, plan, documents_beside(file, knowledge))
        if plan is not None:
            wanted = request_of_plan(schema, made, wanted)
        writer = open_writer(schema, made, wanted)
        if writer is not None and plan is not None and request is None:
            warn_of_unbounded_texts(schema, made, wanted)
        with table_progress() as tell:
            generated = generate_directory(
                schema,
                made,
                out,
                output_format,
                ddl_text=_ddl_text(file, result),
                request=wanted,
                writer=writer,
                on_progress=tell,
            )
        print_text_reports(generated.reports)
        _print_generated(generated, time.perf_counter() - started, as_json=as_json)
        end_with_reader_errors(result)


def _ddl_text(file: Path, result: "ReadResult") -> str | None:
    """The file's text, kept beside the rows; None where it did not read cleanly: then it would not load cleanly either."""
    from synth_assets.ddl.decoding import decode_ddl
    from synth_assets.storage import storage_errors

    if result.errors:
        return None
    with storage_errors("read", file, "STO101"):
        text, _ = decode_ddl(file.read_bytes())
    return text


def _print_generated(generated: "GeneratedDirectory", seconds: float, *, as_json: bool) -> None:
    manifest = generated.manifest
    total = sum(t.rows for t in manifest.tables)
    if as_json:
        document = {"path": str(generated.path), "rows": total, "seconds": round(seconds, 3), "manifest": manifest.model_dump(mode="json")}
        texts = [report.model_dump(mode="json") for report in generated.reports]
        print_json(document | ({"texts": texts} if texts else {}))
        return
    print_columns([(f"  {t.table}", f"{t.rows:,} {'row ' if t.rows == 1 else 'rows'}".rjust(14), t.file or "") for t in manifest.tables])
    print_text(f"{count_of(total, 'row')} in {count_of(len(manifest.tables), 'table')}, {seconds:.1f} s: {generated.path}")
