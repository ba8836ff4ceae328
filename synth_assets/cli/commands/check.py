"""`synth check`: judge the files of a folder."""

from typing import TYPE_CHECKING

import typer

from synth_assets.cli.options import AsJson, OutputFolder
from synth_assets.cli.reporting import EXIT_FAILED_CHECKS, print_columns, print_json, print_text, reporting
from synth_assets.errors import Severity

if TYPE_CHECKING:
    from synth_assets.checks import CheckResult


def check(folder: OutputFolder, as_json: AsJson = False) -> None:
    """Check the rows of a folder against its schema and plan. Exit code 1 when a check of severity error fails."""
    with reporting(as_json=as_json):
        from synth_assets.pipeline.check import check_directory

        results = check_directory(folder)
        failed = [r for r in results if not r.passed and r.severity is Severity.ERROR]
        if as_json:
            print_json({"passed": not failed, "checks": [r.model_dump(mode="json") for r in results]})
        else:
            _print_results(results, len(failed))
        if failed:
            raise typer.Exit(EXIT_FAILED_CHECKS)


def _print_results(results: "tuple[CheckResult, ...]", failed: int) -> None:
    print_columns([(_verdict(r), r.table, r.name, _detail(r)) for r in results])
    warned = sum(not r.passed for r in results) - failed
    print_text(f"{len(results)} checks: {failed} failed, {warned} warned")


def _verdict(result: "CheckResult") -> str:
    if result.passed:
        return "ok"
    return "FAILED" if result.severity is Severity.ERROR else "warned"


def _detail(result: "CheckResult") -> str:
    if result.passed:
        return f"{result.element_count:,} rows"
    parts = [f"{result.unexpected_count:,} of {result.element_count:,} values"] if result.unexpected_count else []
    parts += [f"such as {', '.join(map(repr, result.failing_values))}"] if result.failing_values else []
    return "; ".join([*parts, *([result.note] if result.note else [])])
