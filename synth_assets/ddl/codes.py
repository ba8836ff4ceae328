"""Every diagnostic code of this package with its meaning, and the one function that makes a diagnostic.

DDL1xx: cannot be read. DDL2xx: read, and contradicts itself. DDL3xx: understood, and treated in a way that is said.
`docs/ddl.md` lists the same codes; a test compares the two. DDL109, a file too large, is raised by `pipeline/read.py`.
"""

from synth_assets.errors import Diagnostic, Severity, SourcePosition

CODES: dict[str, str] = {
    "DDL101": "the text is empty",
    "DDL102": "the bytes are not text",
    "DDL103": "a quote or a comment is never closed",
    "DDL104": "a parenthesis has no partner",
    "DDL105": "a statement cannot be read",
    "DDL106": "no table could be read",
    "DDL107": "something is nested too deeply",
    "DDL108": "the dialect asked for is unknown",
    "DDL201": "a foreign key points at a table that is not there",
    "DDL202": "a foreign key points at a column that is not there",
    "DDL203": "a foreign key has more or fewer columns than it points at",
    "DDL204": "a foreign key points at columns that are neither primary key nor unique",
    "DDL205": "a table is declared twice",
    "DDL206": "a column is declared twice",
    "DDL207": "a key or an index names a column its table does not have",
    "DDL208": "a CHECK reads a column its table does not have",
    "DDL209": "a foreign key and its parent column have types that do not compare",
    "DDL210": "a table has two primary keys",
    "DDL211": "a statement is about a table that is not there",
    "DDL212": "a statement is about a column that is not there",
    "DDL213": "a table has no columns",
    "DDL301": "a type is unknown; its values are kept as text",
    "DDL302": "part of a CHECK is not understood; it is judged by the database only",
    "DDL303": "an EXCLUDE constraint is left aside",
    "DDL304": "the bytes are no UTF-8; they were read as Windows-1252",
    "DDL305": "a partition is read as part of its parent table",
    "DDL306": "a table without declared columns of its own is left aside",
    "DDL307": "UNIQUE over the first characters of a column is read as UNIQUE over the whole",
    "DDL308": "a semicolon is missing; the next statement was read nevertheless",
    "DDL309": "a constraint that is not enforced is left aside",
    "DDL310": "a table is created again under IF NOT EXISTS; the first declaration counts",
    "DDL312": "the text stands in a Markdown fence, which was ignored",
    "DDL313": "a CHECK calls a function whose body is not one expression",
    "DDL311": "there are more diagnostics than are listed",
    "DDL330": "the part of a migration that undoes it is passed over",
}


def diagnose(
    code: str, where: SourcePosition, message: str, *, found: str = "", hint: str = "", severity: Severity = Severity.ERROR
) -> Diagnostic:
    """Return a diagnostic of a code of this package. Raises KeyError for a code that is not in `CODES`."""
    _ = CODES[code]
    return Diagnostic(code=code, severity=severity, where=str(where), message=message, found=shorten(found), hint=hint)


def shorten(text: str, limit: int = 120) -> str:
    """Return the text on one line, at most `limit` characters."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 3] + "..."
