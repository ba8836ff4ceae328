"""Options that several commands share, and the request they add up to."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synth_assets.cli.reporting import EXIT_BAD_INPUT, bad_option, print_diagnostics, say_error
from synth_assets.errors import DdlError, PlanError
from synth_assets.formats import count_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synth_assets.ddl import ReadResult
    from synth_assets.llm.report import AssetAiReport
    from synth_assets.plan.model import Plan
    from synth_assets.plan.request import BudgetRequest, DatasetRequest
    from synth_assets.schema.model import Schema

MOST_NAMED, MOST_NOTES = 8, 20
"""Tables named in one line of a report, and notes of it, at most."""

DdlFile = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="SQL DDL: .sql, .ddl or .txt.")]
OutputFolder = Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="A folder that `synth generate` made.")]
DatasetName = Annotated[
    str, typer.Argument(metavar="DATASET", help="A folder that `synth generate` made, or schema/dataset of the store in SYNTH_DATA_DIR.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Dialect = Annotated[str | None, typer.Option(help="postgres, mysql, sqlite, tsql or oracle; found out by default.")]
Rows = Annotated[
    list[str] | None, typer.Option("--rows", metavar="N|TABLE=N", help="Rows of every table, or of one; may be repeated. Default 1000.")
]
Fit = Annotated[
    bool, typer.Option("--fit", help="Lower the rows of tables that cannot hold as many, and say so; they are refused by default.")
]
Seed = Annotated[int | None, typer.Option(help="Another seed makes other rows of the same kind. Default 42.")]
Locale = Annotated[str | None, typer.Option(help="Language and country of names and places, as in de_DE. Default en_US.")]
Ai = Annotated[
    str | None,
    typer.Option("--ai", metavar="auto|off|required", help="Whether Gemini helps: auto (default) where there is a key, off, or required."),
]
Knowledge = Annotated[
    Path | None,
    typer.Option(
        "--knowledge",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="Documents for Gemini to plan by. Default: shop.knowledge beside shop.sql, where there is such a folder.",
    ),
]
RequestFile = Annotated[
    Path | None, typer.Option("--request", exists=True, dir_okay=False, help="YAML with rows, seed, locale, overrides; options win.")
]
_ALL_IN_ALL = "that the dataset may take in all, what it took before included; of its request by default."
Calls = Annotated[int | None, typer.Option("--calls", min=0, help=f"Requests to Gemini {_ALL_IN_ALL}")]
Tokens = Annotated[int | None, typer.Option("--tokens", min=0, help=f"Tokens {_ALL_IN_ALL}")]
Dollars = Annotated[float | None, typer.Option("--dollars", min=0, help=f"US dollars {_ALL_IN_ALL}")]
PlanFile = Annotated[Path | None, typer.Option("--plan", exists=True, dir_okay=False, help="A plan that `synth plan --out` wrote.")]


def read_schema(path: Path, dialect: str | None) -> "tuple[Schema, ReadResult]":
    """Return the schema of a file, its diagnostics printed. Raises DdlError when no table could be read."""
    from synth_assets.pipeline.read import read_schema_file

    result = read_schema_file(path, dialect=dialect)
    if result.schema is None:
        raise DdlError(f"{path.name} gives no table", result.diagnostics)
    print_diagnostics(result.diagnostics)
    return result.schema, result


def documents_beside(ddl_file: Path, given: Path | None) -> Path | None:
    """Return the folder of documents given, or else the one beside a DDL file; None where there is none."""
    from synth_assets.pipeline.knowledge import knowledge_folder

    return given or knowledge_folder(ddl_file)


def end_with_reader_errors(result: "ReadResult") -> None:
    """End with the exit code for bad input where some of the DDL could not be read, whatever was made of the rest."""
    if result.errors:
        say_error("made of what could be read; the errors above say what could not")
        raise typer.Exit(EXIT_BAD_INPUT)


def build_request(
    rows: list[str] | None,
    seed: int | None,
    locale: str | None,
    request_file: Path | None,
    *,
    fit: bool = False,
    ai: str | None = None,
) -> "DatasetRequest":
    """Return the request of a file with the options over it. Raises RequestError, StorageError."""
    from synth_assets.plan import request as requests

    given = requests.read_request(read_text_file(request_file), request_file.name) if request_file else requests.DatasetRequest()
    document = given.model_dump(mode="json", exclude_unset=True)  # what nobody said stays unsaid: beside a plan, the plan says it
    every, by_table = _parse_rows(rows or [])
    changes: dict[str, Any] = {"rows": every, "seed": seed, "locale": locale, "fit": fit or None, "ai": ai}
    document |= {name: value for name, value in changes.items() if value is not None}
    # A number given here for a table wins over the file's, whatever the letter case there.
    named = {key.casefold() for key in by_table}
    if by_table:
        document["rows_by_table"] = {k: n for k, n in given.rows_by_table.items() if k.casefold() not in named} | by_table
    return requests.build_request(document, "options")


def make_plan(schema: "Schema", request: "DatasetRequest", plan_file: Path | None, documents: Path | None = None) -> "Plan":
    """Return the plan of a file, or else of the request (by Gemini too, see `--ai`); its warnings printed.

    Args:
        documents: Folder of documents that describe the data.

    Raises:
        PlanError, RequestError, StorageError: It cannot be met, or read.
        LlmError: Gemini is required and gives no answer.
    """
    from synth_assets.pipeline.gemini import open_gemini
    from synth_assets.pipeline.knowledge import plan_with_documents
    from synth_assets.pipeline.plan import accept_plan

    if plan_file is None:
        made = plan_with_documents(schema, request, open_gemini(schema, request), documents)
        planned = made.planned
        print_ai_report(made.report, sum(c.origin == "gemini" for t in planned.plan.tables for c in t.columns))
    else:
        from synth_assets.plan import load_plan

        planned = accept_plan(schema, load_plan(read_text_file(plan_file), plan_file.name))
    print_diagnostics(planned.diagnostics)
    return planned.plan


def print_ai_report(report: "AssetAiReport | None", decided: int) -> None:
    """Say on standard error what Gemini did for a plan, what it took, and what the rules did instead."""
    if report is None:
        return
    told = f"{count_of(report.calls, 'question')} asked and {report.cached:,} answered from the cache"
    say_error(f"Gemini decided {count_of(decided, 'column')}: {told}, {report.usage.total:,} tokens, ${report.dollars:.4f}")
    for table, passages in report.passages.items():
        say_error(f"  {table}: {count_of(len(passages), 'passage')} of the documents: {'; '.join(p.partition(': ')[0] for p in passages)}")
    _say_fallbacks(report, "the rules' plan stays")


def print_text_reports(reports: "Iterable[AssetAiReport]") -> None:
    """Say on standard error how many rows' texts Gemini wrote, what they took, and where the rules' texts stand."""
    for report in reports:
        told = f"{count_of(report.calls, 'question')} asked and {report.cached:,} answered from the cache"
        cost = f"{report.usage.total:,} tokens, ${report.dollars:.4f}"
        judged = report.critique
        outcome = f"{judged.refilled:,} rows written twice, {judged.dropped:,} left to the rules; " if judged else ""
        written = f"texts of {report.rows_written:,} of {report.rows_asked:,} rows of" if report.rows_written else "no texts of"
        say_error(f"Gemini wrote {written} {report.label}: {outcome}{told}, {cost}")
        _say_fallbacks(report, "the rules' texts stand")


def _say_fallbacks(report: "AssetAiReport", instead: str) -> None:
    """Say where the rules stood in, tables of one reason in one line, and what else a reader should know."""
    by_reason: dict[str, list[str]] = {}
    for fallback in report.fallbacks:
        by_reason.setdefault(f"{fallback.code} {fallback.message}", []).append(fallback.what)
    for reason, names in by_reason.items():
        more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
        say_error(f"  {', '.join(names[:MOST_NAMED])}{more}: {instead} ({reason})")
    for note in report.notes[:MOST_NOTES]:
        say_error(f"  {note}")
    if len(report.notes) > MOST_NOTES:
        say_error(f"  and {len(report.notes) - MOST_NOTES:,} more such notes")


def build_budget(calls: int | None, tokens: int | None, dollars: float | None) -> "BudgetRequest":
    """Return the limits given; None leaves one as it is. Raises RequestError for dollars that are no number."""
    from synth_assets.plan.request import BudgetRequest

    if dollars is not None and not math.isfinite(dollars):
        raise bad_option("--dollars", "is no amount", str(dollars), "write --dollars 2.50")
    return BudgetRequest(calls=calls, tokens=tokens, dollars=dollars)


def warn_of_unbounded_texts(schema: "Schema", plan: "Plan", request: "DatasetRequest") -> None:
    """Say on standard error what the texts of a plan will be asked for, where no request bounds it: before anything is asked."""
    from synth_assets.pipeline.estimate import estimate_texts
    from synth_assets.settings import load_llm_settings

    made = estimate_texts(schema, plan, request, load_llm_settings())
    tables = count_of(len(made.tables), "table")
    say_error(f"the plan has Gemini write texts of {tables}; no --request is given, so ai is {request.ai} and no budget bounds it")
    is_priced = made.dollars is not None and made.most_dollars is not None
    cost = f"${made.dollars:,.4f}, at most ${made.most_dollars:,.4f}" if is_priced else "price unknown"
    say_error(f"  expected: {made.calls:,} calls (at most {made.most_calls:,}), {made.tokens:,} tokens, {cost}; --ai off asks nothing")


def refuse_beside_plan(options: dict[str, object]) -> None:
    """A plan already says rows, seed and locale. Raises PlanError for options given beside it."""
    given = [name for name, value in options.items() if value]
    if given:
        message, hint = "cannot be given together with --plan", "edit the plan, or leave --plan out"
        raise PlanError("bad options", [d for name in given for d in bad_option(name, message, "", hint).diagnostics])


def _parse_rows(rows: list[str]) -> tuple[int | None, dict[str, int]]:
    every: int | None = None
    by_table: dict[str, int] = {}
    for text in rows:
        table, equals, number = text.rpartition("=")
        try:
            count = int(number)
        except ValueError:
            raise bad_option("--rows", "is neither a number nor TABLE=NUMBER", text, "write --rows 1000 or --rows Books=5000") from None
        if equals:
            by_table[table] = count
        else:
            every = count
    return every, by_table


def read_text_file(path: Path) -> str:
    """Return the text of a file given by an option. Raises StorageError, RequestError for one that is not UTF-8."""
    from synth_assets.storage import storage_errors

    with storage_errors("read", path, "STO101"):
        data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise bad_option(path.name, "is not UTF-8 text", "", "save the file as UTF-8") from None
