"""`synth modify`: change a dataset that is there, by words or by a patch."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synth_assets.cli.changes import diff_document, print_diff, print_made, print_previews, version_document
from synth_assets.cli.options import AsJson, Calls, DatasetName, Dollars, Tokens, build_budget, read_text_file
from synth_assets.cli.progress import table_progress
from synth_assets.cli.reporting import bad_option, ended_by_signals, print_diagnostics, print_json, print_text, reporting, say_error
from synth_assets.cli.tracing import traced
from synth_assets.formats import count_of

if TYPE_CHECKING:
    from synth_assets.llm.report import AssetAiReport
    from synth_assets.pipeline.modify import ChangeableDataset, ChangedDataset
    from synth_assets.pipeline.versions import ChangedColumn, ProposedChange


def modify(
    dataset: DatasetName,
    words: Annotated[
        str, typer.Argument(metavar="[WORDS]", help="What should become of it, as in “half of the members are students”.")
    ] = "",
    table: Annotated[str, typer.Option(help="The table that the words are about; the whole dataset by default.")] = "",
    patch: Annotated[
        Path | None, typer.Option("--patch", exists=True, dir_okay=False, help="YAML with the change itself; needs no Gemini.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing.")] = False,
    calls: Calls = None,
    tokens: Tokens = None,
    dollars: Dollars = None,
    as_json: AsJson = False,
) -> None:
    """Change a dataset: only the tables that the change reaches are made again, the rest keeps every byte."""
    with reporting(as_json=as_json), ended_by_signals(), traced("modify"):
        from synth_assets.pipeline.modify import make_change, open_changeable
        from synth_assets.pipeline.versions import preview_change, unmet_wishes
        from synth_assets.settings import load_settings

        _refuse_contradictions(words, patch, table, dry_run=dry_run, yes=yes, as_json=as_json)
        opened = open_changeable(dataset, load_settings().datasets_dir, build_budget(calls, tokens, dollars))
        change = _propose(opened, words, table, patch)
        previews = preview_change(opened.schema, change.before, change.after, change.diff)
        unmet = unmet_wishes(previews, change.after)
        if not as_json:
            _print_change(change, previews, unmet)
        print_diagnostics(change.diagnostics)
        made = None
        if not dry_run and (yes or _confirmed(change)):
            with table_progress() as tell:
                made = make_change(opened, change, tell)
        _print_result(change, previews, unmet, made, as_json=as_json)


def _refuse_contradictions(words: str, patch: Path | None, table: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    if bool(words.strip()) == (patch is not None):
        found = "both" if patch else "neither"
        raise bad_option("WORDS or --patch", "takes one of the two", found, 'write synth modify DATASET "words", or --patch patch.yaml')
    if table and patch is not None:
        raise bad_option("--table", "belongs to words; a patch names its tables", table, "leave it out")
    if as_json and not (dry_run or yes):
        raise bad_option("--json", "cannot ask before changing", "", "add --yes, or --dry-run to see what would change")


def _propose(opened: "ChangeableDataset", words: str, table: str, patch: Path | None) -> "ProposedChange":
    from synth_assets.pipeline.versions import propose_change

    if patch is not None:
        from synth_assets.plan.patch import read_patch

        return propose_change(opened.schema, opened.plan, read_patch(read_text_file(patch), patch.name))
    from synth_assets.pipeline.feedback import propose_by_words

    told: list[str] = []

    def tell(piece: str) -> None:
        told.append(piece)
        typer.echo(piece, err=True, nl=False)

    try:
        change = propose_by_words(opened, words, table=table, on_text=tell)
    finally:
        if told:
            say_error("")
    if change.report is not None:
        say_error(_cost(change.report))
    return change


def _cost(report: "AssetAiReport") -> str:
    if report.cached:
        return "Gemini: answered before, nothing was asked"
    return f"Gemini: {count_of(report.attempts, 'request')}, {count_of(report.usage.total, 'token')}, ${report.dollars:.4f}"


def _print_change(change: "ProposedChange", previews: "tuple[ChangedColumn, ...]", unmet: tuple[str, ...]) -> None:
    print_diff(change.diff)
    print_previews(previews)
    for note in change.notes:
        print_text(f"not done: {note}")
    for sentence in unmet:
        print_text(f"not met: {sentence}")
    kept = len(change.after.tables) - len(change.diff.tables)
    print_text(f"\n{len(change.diff.tables)} of {len(change.after.tables)} tables are made again; {kept} keep every byte")


def _confirmed(change: "ProposedChange") -> bool:
    try:
        return typer.confirm(f"Change {', '.join(t.table for t in change.diff.touched)}?", err=True)
    except typer.Abort:
        raise bad_option("--yes", "nobody is there to ask", "", "add --yes, or --dry-run to see what would change") from None


def _print_result(
    change: "ProposedChange",
    previews: "tuple[ChangedColumn, ...]",
    unmet: tuple[str, ...],
    made: "ChangedDataset | None",
    *,
    as_json: bool,
) -> None:
    if not as_json:
        if made is None:
            say_error("nothing was changed")
        else:
            print_made(made)
        return
    print_json(
        {
            "changed": made is not None,
            "version": version_document(made.version) if made else None,
            "written": list(made.written) if made else [],
            "tables": diff_document(change.diff, previews),
            "not_done": list(change.notes),
            "not_met": list(unmet),
            "diagnostics": [d.model_dump(mode="json") for d in change.diagnostics],
        }
    )
