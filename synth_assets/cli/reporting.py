"""How commands speak: results on standard output, problems on standard error, and the exit code."""

import json
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer
from pydantic import ValidationError

from synth_assets.errors import (
    CheckError,
    Diagnostic,
    ExternalServiceError,
    LlmError,
    RequestError,
    StorageError,
    SynthAssetsError,
    render_diagnostics,
)

EXIT_FAILED_CHECKS = 1
EXIT_BAD_INPUT = 2
EXIT_SERVICE_FAILED = 3
EXIT_INTERRUPTED = 130

_BAD_INPUT_CODES = frozenset({"STO103", "STO104", "STO105", "STO106"})
"""Storage codes that say something about what the user named, not about the disk."""

_SETTINGS = {"Settings": "SYNTH_", "LlmSettings": "SYNTH_GEMINI_"}
"""Classes of settings that the environment fills, with what its variables begin with."""

_FAILED_DATA_CODES = frozenset({"DB108"})

MOST_OF_A_CODE = 10
"""Warnings of one code that are printed; a generated DDL with 80 CHECKs of one kind would hide everything else."""


@contextmanager
def reporting(*, as_json: bool) -> Iterator[None]:
    """Turn our errors into printed diagnostics and an exit code; with `as_json`, into JSON on standard output too."""
    try:
        yield
    except SynthAssetsError as error:
        if as_json:
            print_json({"error": error.message, "diagnostics": [d.model_dump(mode="json") for d in error.diagnostics]})
        say_error(f"error: {error.message}")
        print_diagnostics(error.diagnostics)
        raise typer.Exit(exit_code_of(error)) from None
    except ValidationError as error:
        if error.title not in _SETTINGS:
            raise
        _tell_bad_settings(error)
        raise typer.Exit(EXIT_BAD_INPUT) from None
    except KeyboardInterrupt:
        say_error("interrupted; nothing half-written is left")
        raise typer.Exit(EXIT_INTERRUPTED) from None


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does, so that nothing half-written is left."""

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    names = [s for s in ("SIGTERM", "SIGHUP") if hasattr(signal, s)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _tell_bad_settings(error: ValidationError) -> None:
    """Say which variables of the environment are no settings, without their values: one may be a key in the wrong place."""
    prefix = _SETTINGS[error.title]
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(problem["loc"][0])
        variable = name if name.isupper() else f"{prefix}{name.upper()}"
        message = problem["msg"][:1].lower() + problem["msg"][1:]
        print_diagnostics(bad_option(variable, message, "", "correct the environment variable").diagnostics)


def exit_code_of(error: SynthAssetsError) -> int:
    """Return 1 for rows a database rejects, 3 for what no input mends (disks, services, Gemini, the check engine), else 2."""
    if _FAILED_DATA_CODES & {d.code for d in error.diagnostics}:
        return EXIT_FAILED_CHECKS
    if isinstance(error, CheckError | ExternalServiceError | LlmError):
        return EXIT_SERVICE_FAILED
    if isinstance(error, StorageError) and not {d.code for d in error.diagnostics} & _BAD_INPUT_CODES:
        return EXIT_SERVICE_FAILED
    return EXIT_BAD_INPUT


def bad_option(option: str, message: str, found: str, hint: str) -> RequestError:
    """Return the error for options that are well-formed and still wrong."""
    return RequestError("bad options", [Diagnostic(code="REQ113", where=option, message=message, found=found, hint=hint)])


def print_text(text: str) -> None:
    """Print a result for people."""
    typer.echo(text)


def print_json(document: Any) -> None:
    """Print a result for programs: one JSON document."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics on standard error, errors first; of many warnings of one code, the first and how many more there are."""
    given = sorted(diagnostics, key=lambda d: not d.is_error)
    seen = Counter[str]()
    shown = []
    for diagnostic in given:
        if not diagnostic.is_error:
            seen[diagnostic.code] += 1
        if seen[diagnostic.code] <= MOST_OF_A_CODE or diagnostic.is_error:
            shown.append(diagnostic)
    text = render_diagnostics(shown)
    if text:
        say_error(text)
    for code, count in seen.items():
        if count > MOST_OF_A_CODE:
            say_error(f"and {count - MOST_OF_A_CODE:,} more {code}")


def say_error(text: str) -> None:
    """Print on standard error."""
    typer.echo(text, err=True)


def print_columns(rows: Sequence[tuple[str, ...]], *, widest: int = 60) -> None:
    """Print rows in aligned columns; all but the last column are cut to `widest` characters."""
    if not rows:
        return
    cut = [tuple(c if i == len(r) - 1 or len(c) <= widest else c[: widest - 1] + "…" for i, c in enumerate(r)) for r in rows]
    widths = [max(len(r[i]) for r in cut) for i in range(len(cut[0]))]
    for row in cut:
        print_text("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def on_terminal() -> bool:
    """Tell whether standard error is a terminal."""
    return sys.stderr.isatty()
