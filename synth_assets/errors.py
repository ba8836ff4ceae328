"""What went wrong, said once and in full: diagnostics, and the exceptions that carry them.

Here: `Diagnostic`, `SourcePosition` and the `SynthAssetsError` tree. Not here: any check that
produces a diagnostic (it lives beside what it judges), and any third-party exception (it stops at
the module that imports the third party). This module imports nothing of ours.

Codes: DDL1xx cannot be read, DDL2xx contradicts itself, DDL3xx understood and treated otherwise,
REQ1xx the request, PLAN1xx the plan, GEN1xx generation, CHK1xx checks, STO1xx storage, EXP1xx exports,
UPL1xx uploaded files, DB1xx databases, LLM1xx the language model.
"""

import difflib
from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Severity(StrEnum):
    """How bad a diagnostic is: an error stops the work, a warning changes it, info only tells."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class SourcePosition(BaseModel):
    """A place in a text: `file:line:column`, line and column counted from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Diagnostic(BaseModel):
    """One thing that is wrong, where, what was found there, and what to do about it.

    Attributes:
        code: Stable identifier such as `DDL101`; `docs/errors.md` has an entry for each.
        severity: Error, warning or info.
        where: `file:line:col` for a text, `table.column` for a plan or a dataset.
        message: One lower-case sentence without a full stop.
        found: The offending input as the user wrote it; empty when there is nothing to show.
        hint: The next step; empty when there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    severity: Severity = Severity.ERROR
    where: str
    message: str
    found: str = ""
    hint: str = ""

    def render(self) -> str:
        """Return `where CODE message`, with `found:` and `hint:` lines where there are any."""
        lines = [f"{self.where} {self.code} {self.message}"]
        if self.found:
            lines.append(f"  found: {self.found}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def render_diagnostics(diagnostics: Iterable[Diagnostic]) -> str:
    """Return all diagnostics as text, errors first, otherwise in the order given."""
    ranked = sorted(diagnostics, key=lambda d: list(Severity).index(d.severity))
    return "\n".join(d.render() for d in ranked)


def closest_name(name: str, candidates: Iterable[str]) -> str:
    """Return a hint `did you mean 'x'?` for the nearest candidate, or an empty string."""
    by_folded = {c.casefold(): c for c in candidates}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return f"did you mean '{by_folded[near[0]]}'?" if near else ""


class SynthAssetsError(Exception):
    """Base of every error this package raises; carries all the diagnostics that caused it."""

    def __init__(self, message: str, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics = tuple(diagnostics)
        self.message = message
        super().__init__("\n".join(filter(None, (message, render_diagnostics(self.diagnostics)))))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the two arguments: exceptions cross process boundaries in Dagster."""
        return type(self), (self.message, self.diagnostics)


class DdlError(SynthAssetsError):
    """The DDL gives no usable schema."""


class RequestError(SynthAssetsError):
    """The request (rows, seed, overrides) cannot be honoured."""


class PlanError(SynthAssetsError):
    """The plan does not fit its schema, or cannot be met; raised before a row is written."""


class LlmError(SynthAssetsError):
    """The language model gave no usable answer, or may not be asked: no key, no budget, refused, unreachable."""

    @property
    def code(self) -> str:
        """The code of its first diagnostic, such as `LLM102`."""
        return self.diagnostics[0].code if self.diagnostics else ""


class PromptError(SynthAssetsError):
    """A prompt file cannot be used, or was given other variables than it declares: our bug, so nothing falls back because of it."""


class GenerationError(SynthAssetsError):
    """The engine could not produce the rows a valid plan asks for: always our bug, or a CHECK too hard to meet."""


class CheckError(SynthAssetsError):
    """The checks themselves could not be run (not: data that fails them)."""


class StorageError(SynthAssetsError):
    """Rows or records could not be read or written.

    Attributes:
        retryable: Whether the same call may succeed later.
    """

    def __init__(self, message: str, diagnostics: Iterable[Diagnostic] = (), *, retryable: bool = False) -> None:
        super().__init__(message, diagnostics)
        self.retryable = retryable

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_storage_error, (self.message, self.diagnostics, self.retryable)


class ExternalServiceError(SynthAssetsError):
    """A service outside this process (database, Dagster instance) failed."""


class DatabaseError(ExternalServiceError):
    """A database cannot be reached, refuses what is asked of it, or failed on the way; carries no password."""


def _rebuild_storage_error(message: str, diagnostics: tuple[Diagnostic, ...], retryable: bool) -> StorageError:
    return StorageError(message, diagnostics, retryable=retryable)
