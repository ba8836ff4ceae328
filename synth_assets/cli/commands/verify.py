"""`synth verify`: prove that a folder can be made again, byte for byte."""

import typer

from synth_assets.cli.options import AsJson, OutputFolder
from synth_assets.cli.progress import table_progress
from synth_assets.cli.reporting import EXIT_FAILED_CHECKS, print_json, print_text, reporting


def verify(folder: OutputFolder, as_json: AsJson = False) -> None:
    """Generate a folder's rows again from its plan and compare every byte. Exit code 1 when anything differs."""
    with reporting(as_json=as_json):
        from synth_assets.pipeline.verify import verify_directory

        with table_progress() as tell:
            report = verify_directory(folder, tell)
        if as_json:
            print_json({"passed": report.passed, "files": report.files, "mismatches": [vars(m) for m in report.mismatches]})
        else:
            for mismatch in report.mismatches:
                print_text(f"{mismatch.subject} differs\n  expected: {mismatch.expected}\n  found: {mismatch.found}")
            verdict = "every byte can be made again" if report.passed else f"{len(report.mismatches)} differences"
            print_text(f"{report.files} files: {verdict}")
        if not report.passed:
            raise typer.Exit(EXIT_FAILED_CHECKS)
