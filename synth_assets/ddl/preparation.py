"""What is done to a text before it is read: decoding, line ends, Markdown fences, the undoing half of migrations."""

import re

from synth_assets.ddl.codes import diagnose
from synth_assets.ddl.decoding import decode_ddl
from synth_assets.ddl.migrations import without_undoing
from synth_assets.errors import Diagnostic, Severity, SourcePosition

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n`]*$", re.MULTILINE)


def prepare_text(text: str | bytes, start: SourcePosition) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """Return the text as it is read, places unchanged, and what there is to say about it; None when it is no text."""
    if isinstance(text, bytes):
        decoded, encoding = decode_ddl(text)
    else:
        decoded, encoding = (None, "binary") if "\0" in text else (text.removeprefix("\ufeff"), "utf-8")
    if decoded is None:
        hint = "upload the SQL text of the schema, such as the output of pg_dump --schema-only"
        return None, (diagnose("DDL102", start, "the bytes are not text", hint=hint),)
    notes: tuple[Diagnostic, ...] = ()
    if encoding in {"cp1252", "latin-1"}:
        notes = (diagnose("DDL304", start, "the bytes are no UTF-8; they were read as Windows-1252", severity=Severity.WARNING),)
    decoded = decoded.replace("\r\n", "\n").replace("\r", "\n")
    fence = _FENCE.search(decoded)
    if fence is not None and not decoded[: fence.start()].count(";"):
        line = decoded.count("\n", 0, fence.start()) + 1
        where = SourcePosition(file=start.file, line=line)
        message = "the text stands in a Markdown fence, which was ignored"
        notes = (*notes, diagnose("DDL312", where, message, found=fence.group().strip(), hint="remove the line", severity=Severity.WARNING))
        decoded = _FENCE.sub(lambda m: " " * len(m[0]), decoded)
    decoded, undoing = without_undoing(decoded)
    for offset in undoing[:1]:
        where = SourcePosition(file=start.file, line=decoded.count("\n", 0, offset) + 1)
        message = "the part of a migration that undoes it is passed over"
        notes = (*notes, diagnose("DDL330", where, message, found=decoded[offset:].split("\n", 1)[0], severity=Severity.INFO))
    return decoded, notes
