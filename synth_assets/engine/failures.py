"""What the engine says when a plan that was accepted cannot be met: one error, one diagnostic with its code."""

from synth_assets.errors import Diagnostic, GenerationError

REPORT_IT = "the plan was accepted, so this is a bug: report it with the DDL and the request"


def failure(code: str, where: str, message: str, found: str = "", hint: str = REPORT_IT) -> GenerationError:
    """Return the error to raise: `where` is a table, or `table.column`; `found` is cut to 300 characters."""
    diagnostic = Diagnostic(code=code, where=where, message=message, found=found[:300], hint=hint)
    return GenerationError(f"cannot generate {where}", [diagnostic])
