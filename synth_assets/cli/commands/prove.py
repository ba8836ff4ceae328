"""`synth prove`: have a real database judge a dataset."""

from typing import TYPE_CHECKING, Annotated

import typer

from synth_assets.cli.database_options import DatasetPath, DdlOption, read_url
from synth_assets.cli.options import AsJson
from synth_assets.cli.progress import table_progress
from synth_assets.cli.reporting import EXIT_FAILED_CHECKS, ended_by_signals, print_columns, print_json, print_text, reporting
from synth_assets.formats import count_of

if TYPE_CHECKING:
    from synth_assets.databases import ProofResult, Rejection

Database = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="postgresql://, mysql://, mariadb:// or sqlite://; default: SYNTH_PROOF_DATABASE_URL."),
]


def prove(folder: DatasetPath, database: Database = None, ddl: DdlOption = None, as_json: AsJson = False) -> None:
    """Load the rows into a scratch place of a database, every constraint on. Exit code 1 when a row is rejected."""
    with reporting(as_json=as_json), ended_by_signals():
        from synth_assets.pipeline.prove import prove_directory

        url = read_url(database, "proof_database_url")
        with table_progress() as tell:
            result = prove_directory(folder, url, ddl, tell)
        if as_json:
            print_json({"accepted": result.accepted, **result.model_dump(mode="json")})
        else:
            _print_result(result)
        if not result.accepted:
            raise typer.Exit(EXIT_FAILED_CHECKS)


def _print_result(result: "ProofResult") -> None:
    rejected = {r.table for r in result.rejections}
    print_columns(
        [
            ("REJECTED" if t.table in rejected else "ok", t.table, f"{t.accepted:,} of {t.rows:,} rows", f"{t.seconds:.2f} s")
            for t in result.tables
        ]
    )
    for rejection in result.rejections:
        print_text(_describe(rejection))
    for statement in result.refused:
        print_text(f"line {statement.line}: the server refuses this statement: {statement.message}\n  {statement.statement}")
    for item in result.not_judged:
        print_text(f"not judged{_line(item.line)}: {item.table}, {item.subject}: {item.reason}")
    rendered = ", the DDL rendered for it" if result.rendered else ""
    rows = sum(r.rows for r in result.rejections)
    verdict = "accepted" if result.accepted else (f"{count_of(rows, 'row')} rejected" if result.rejections else "no table was judged")
    size = f"{count_of(len(result.tables), 'table')}, {count_of(result.rows, 'row')}"
    print_text(f"{result.server}{rendered}: {size}, {result.seconds:.1f} s: {verdict}")


def _describe(rejection: "Rejection") -> str:
    count = f"{'at least ' if rejection.at_least else ''}{count_of(rejection.rows, 'row')}"
    number = f" (the first is row {rejection.row_number})" if rejection.row_number else ""
    lines = [f"{rejection.table}: {_name(rejection)}{_line(rejection.line)} rejects {count}{number}"]
    if rejection.message:
        lines.append(f"  server: {rejection.message}")
    if rejection.example:
        lines.append("  row: " + ", ".join(f"{n}={'NULL' if v is None else repr(v)}" for n, v in rejection.example.items()))
    return "\n".join(lines)


def _name(rejection: "Rejection") -> str:
    """Return the constraint with its kind, which what stands for a missing name mostly says already: `CHECK (total >= 0)`."""
    says_kind = rejection.kind in rejection.constraint.casefold()
    return rejection.constraint if says_kind else f"{rejection.kind} {rejection.constraint}"


def _line(line: int | None) -> str:
    return f" (line {line})" if line else ""
