"""`synth revert`: make a dataset what it was, byte for byte."""

from typing import Annotated

import typer

from synth_assets.cli.changes import diff_document, print_diff, print_made, version_document
from synth_assets.cli.options import AsJson, Calls, DatasetName, Dollars, Tokens, build_budget
from synth_assets.cli.progress import table_progress
from synth_assets.cli.reporting import ended_by_signals, print_json, reporting


def revert(
    dataset: DatasetName,
    to: Annotated[int | None, typer.Option(help="The version to go back to, or forth; the one before by default.", min=1)] = None,
    calls: Calls = None,
    tokens: Tokens = None,
    dollars: Dollars = None,
    as_json: AsJson = False,
) -> None:
    """Go back to an earlier version of a dataset: the same bytes as then. Later versions stay, and can be gone back to as well."""
    with reporting(as_json=as_json), ended_by_signals():
        from synth_assets.pipeline.modify import open_changeable, propose_return, return_to
        from synth_assets.settings import load_settings

        opened = open_changeable(dataset, load_settings().datasets_dir, build_budget(calls, tokens, dollars))
        version, diff = propose_return(opened, to)
        if not as_json:
            print_diff(diff)
        with table_progress() as tell:
            made = return_to(opened, version, diff, tell)
        if as_json:
            print_json({"version": version_document(version), "written": list(made.written), "tables": diff_document(diff)})
        else:
            print_made(made)
