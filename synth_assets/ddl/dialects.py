"""Which dialect a text is written in: evidence is counted, the heaviest side wins, PostgreSQL when there is none."""

import re

DIALECTS = ("postgres", "mysql", "sqlite", "tsql", "oracle")
ALIASES = {
    "postgresql": "postgres",
    "pg": "postgres",
    "mariadb": "mysql",
    "sqlite3": "sqlite",
    "mssql": "tsql",
    "sqlserver": "tsql",
    "ora": "oracle",
}
_SAMPLE_CHARACTERS = 400_000
_MOST_HITS = 5
"""Hits of one sign that count; one habit repeated does not outweigh several signs."""

_SIGNS: dict[str, tuple[tuple[str, int], ...]] = {
    "postgres": (
        (r"\b(?:SMALL|BIG)?SERIAL\b", 3),
        (r"::\s*\w", 3),
        (r"CREATE\s+TYPE\s+\S+\s+AS\s+ENUM", 6),
        (r"^\\(?:connect|c|i|copy|set|restrict)\b", 6),
        (r"COPY\s[^;]{1,2000}FROM\s+stdin", 6),
        (r"\$\w*\$", 4),
        (r"\b(?:JSONB|TIMESTAMPTZ|BYTEA|CITEXT|TSVECTOR)\b", 4),
        (r"CREATE\s+EXTENSION\b", 6),
        (r"\bOWNER\s+TO\b", 4),
        (r"nextval\(", 4),
        (r"\bWITHOUT\s+TIME\s+ZONE\b", 4),
        (r"COMMENT\s+ON\b", 1),
        (r"gen_random_uuid\(", 4),
        (r"ALTER\s+TABLE\s+ONLY\b", 6),
        (r"SET\s+search_path\b", 6),
        (r"CREATE\s+DOMAIN\b", 4),
        (r"LANGUAGE\s+'?plpgsql", 5),
    ),
    "mysql": (
        (r"\bAUTO_INCREMENT\b", 6),
        (r"`\w+`", 2),
        (r"\bENGINE\s*=", 6),
        (r"/\*!\d+", 5),
        (r"\bDEFAULT\s+CHARSET\b", 5),
        (r"\bUNSIGNED\b", 4),
        (r"\b(?:TINYINT|MEDIUMINT|LONGTEXT|MEDIUMTEXT|TINYTEXT|LONGBLOB)\b", 3),
        (r"\bENUM\s*\('", 4),
        (r"^\s*DELIMITER\b", 6),
        (r"\bON\s+UPDATE\s+CURRENT_TIMESTAMP\b", 5),
        (r"^\s*(?:UNIQUE\s+)?KEY\s+[`\w]+\s*\(", 5),
        (r"^\s*USE\s+[`\w]+\s*;", 3),
        (r"\bLOCK\s+TABLES\b", 4),
        (r"\bDATETIME\b", 1),
    ),
    "sqlite": (
        (r"\bAUTOINCREMENT\b", 6),
        (r"\bWITHOUT\s+ROWID\b", 6),
        (r"^\s*PRAGMA\b", 6),
        (r"\bINTEGER\s+PRIMARY\s+KEY\b", 3),
        (r"\]\s+INTEGER\b", 6),
        (r"DROP\s+TABLE\s+IF\s+EXISTS\s+\[", 2),
        (r"\bsqlite_", 5),
        (r"\bstrftime\(|datetime\('now'|date\('now'", 5),
        (r"\bGLOB\b", 3),
        (r"\)\s*STRICT\s*;", 5),
        (r"\bON\s+CONFLICT\s+(?:ABORT|FAIL|IGNORE|REPLACE|ROLLBACK)\b", 5),
    ),
    "tsql": (
        (r"^\s*GO\s*$", 4),
        (r"\[\w+\]\.\[\w+\]", 5),
        (r"^\s*\[\w+\]\s+\[?\w+", 4),
        (r"\bN?VARCHAR\s*\(\s*MAX\s*\)", 6),
        (r"\bIDENTITY\s*\(", 5),
        (r"\bNVARCHAR\b", 2),
        (r"\b(?:NON)?CLUSTERED\b", 4),
        (r"\bUNIQUEIDENTIFIER\b", 4),
        (r"\bDATETIME2\b", 4),
        (r"\bGETDATE\(\)", 4),
        (r"\bWITH\s+(?:NO)?CHECK\s+ADD\b", 6),
        (r"\bdbo\.", 3),
        (r"\bN'", 1),
    ),
    "oracle": (
        (r"\bN?VARCHAR2\b", 6),
        (r"\bNUMBER\s*[(,]|\bNUMBER\s+(?:NOT|DEFAULT|PRIMARY)", 5),
        (r"^\s*(?:REM|PROMPT)\b", 4),
        (r"\bSYSDATE\b", 4),
        (r"^/\s*$", 3),
        (r"\bUSING\s+INDEX\s+TABLESPACE\b", 4),
        (r"\bPCTFREE\b", 4),
        (r"\.NEXTVAL\b", 4),
        (r"\b(?:SYS_GUID|TO_DATE)\s*\(", 3),
        (r"\bCLOB\b", 1),
    ),
}
_COMPILED = {d: [(re.compile(p, re.IGNORECASE | re.MULTILINE), w) for p, w in signs] for d, signs in _SIGNS.items()}
_COMMENT = re.compile(r"--[^\n]*+")
_BLANKS = re.compile(r"\s++")


def detect_dialect(text: str, source: str = "") -> str:
    """Return the dialect with the most evidence in the first 400,000 characters and in the file's name."""
    sample = _with_single_blanks(_COMMENT.sub("", text[:_SAMPLE_CHARACTERS]))
    scores = {d: sum(min(_count(p, sample), _MOST_HITS) * w for p, w in signs) for d, signs in _COMPILED.items()}
    folded = source.lower().replace("\\", "/").rsplit("/", 1)[-1]
    for word, dialect in [*((d, d) for d in DIALECTS), *ALIASES.items()]:
        if re.search(rf"(?:^|[._-]){re.escape(word)}(?:[._-]|$)", folded):
            scores[dialect] += 25
    return max(DIALECTS, key=lambda d: scores[d])


def _with_single_blanks(text: str) -> str:
    """Make every run of blanks one, a line break where it holds any: signs look past blanks at every place where some begin."""
    return _BLANKS.sub(lambda run: "\n" if "\n" in run[0] else " ", text)


def _count(pattern: re.Pattern[str], text: str) -> int:
    found = 0
    for _ in pattern.finditer(text):
        found += 1
        if found == _MOST_HITS:
            break
    return found
