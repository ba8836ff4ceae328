"""What quotes, comments and client commands look like in each dialect, as regular expressions.

Every pattern is possessive (Python 3.11 `*+`): matching never backtracks, so reading is linear in the text.
"""

import re
from functools import lru_cache

_DASHES = r"--[^\n]*+"
LINE_COMMENT = {
    "postgres": _DASHES,
    "mysql": r"--(?=\s)[^\n]*+|--\Z|\#[^\n]*+",
    "sqlite": _DASHES,
    "tsql": _DASHES,
    "oracle": _DASHES,
}
STRING = {
    "postgres": r"[eE]'(?:[^'\\]++|\\.|'')*+'|(?:[bBxXnN]|[uU]&)?'(?:[^']++|'')*+'",
    "mysql": r"""(?:[nNbBxX])?'(?:[^'\\]++|\\.|'')*+'|"(?:[^"\\]++|\\.|"")*+\"""",
    "sqlite": r"[xX]?'(?:[^']++|'')*+'",
    "tsql": r"[nN]?'(?:[^']++|'')*+'",
    "oracle": r"[nN]?[qQ]'(?:\[.{0,4000}?\]|\(.{0,4000}?\)|\{.{0,4000}?\})'|[nN]?'(?:[^']++|'')*+'",
}
QUOTED_NAME = {
    "postgres": r'(?:[uU]&)?"(?:[^"]++|"")*+"',
    "mysql": r"`(?:[^`]++|``)*+`",
    "sqlite": r'"(?:[^"]++|"")*+"|`(?:[^`]++|``)*+`|\[[^\]\[\n]*+\]',
    "tsql": r'"(?:[^"]++|"")*+"|\[(?:[^\]\[\n]++|\]\])*+\]',
    "oracle": r'"(?:[^"]++|"")*+"',
}
DOLLAR_QUOTE = r"(?<![\w$])\$(?:[^\W\d]\w*+)?\$"
NESTED_COMMENTS = frozenset({"postgres", "tsql"})

_CREATE_TABLE = r"(?:CREATE(?:[ \t]+(?:GLOBAL|LOCAL|UNLOGGED|TEMP|TEMPORARY|FOREIGN))*|ALTER)[ \t]+TABLE\b"
_SQLPLUS = (
    r"(?:SET|REM|REMARK|PROMPT|PRO|SPOOL|SPO|WHENEVER|DEFINE|DEF|UNDEFINE|UNDEF|ACCEPT|CONNECT|CONN|EXIT|QUIT|SHOW|"
    r"COLUMN|TTITLE|CLEAR|PAUSE|HOST|START|VARIABLE|VAR|EXECUTE|EXEC)\b[^\n]*+|@[^\n]*+"
)
_TSQL_STARTS = (
    r"(?:CREATE|INSERT|EXEC|EXECUTE|USE|PRINT|IF|BEGIN|END|ELSE|DECLARE|GRANT|REVOKE|DENY|DROP|RAISERROR|RETURN|WHILE|"
    r"ALTER[ \t]+(?:TABLE|DATABASE|INDEX|AUTHORIZATION|VIEW|PROC|FUNCTION|SCHEMA|ROLE|TRIGGER)|"
    r"SET[ \t]+(?:IDENTITY_INSERT|ANSI_\w+|QUOTED_IDENTIFIER|NOCOUNT|XACT_ABORT|ARITHABORT|DATEFORMAT|NUMERIC_ROUNDABORT|"
    r"CONCAT_\w+|LANGUAGE))\b"
)


@lru_cache(maxsize=64)
def splitting_pattern(dialect: str, delimiter: str) -> re.Pattern[str]:
    """Return the pattern whose matches, one after the other, cover a text; `lastgroup` says what was met."""
    lines = {
        "postgres": r"(?P<meta>\\[^\n]*+)",
        "mysql": r"(?P<delimiter>DELIMITER[ \t]+[^\n]*+)",
        "tsql": r"(?P<meta>(?::(?:setvar|r|on|out|connect|error|list|quit|exit)\b|!!)[^\n]*+)|"
        r"(?P<batch>GO(?:[ \t]+\d+)?[ \t]*;?[ \t\r]*(?:--[^\n]*+)?(?=\n|\Z))",
        "oracle": rf"(?P<batch>/[ \t\r]*(?=\n|\Z))|(?P<sqlplus>{_SQLPLUS})",
    }
    starts = rf"(?P<restart>(?={_TSQL_STARTS}))" if dialect == "tsql" else rf"(?P<restart>(?={_CREATE_TABLE}))"
    line = "|".join(filter(None, (lines.get(dialect), starts)))
    inside = [
        rf"(?P<comment>{LINE_COMMENT[dialect]})",
        r"(?P<unwrapped>/\*M?!\d*|\*/)" if dialect == "mysql" else None,
        r"(?P<block>/\*)",
        rf"(?P<dollar>{DOLLAR_QUOTE})" if dialect == "postgres" else None,
        rf"(?P<quoted>{STRING[dialect]}|{QUOTED_NAME[dialect]})",
        rf"(?P<end>{re.escape(delimiter)})",
        r"(?P<open>['\"`])" if dialect in {"mysql", "sqlite"} else r"(?P<open>['\"])",
        r"(?P<space>[^\S\n]++|\n)",
    ]
    alternatives = "|".join(filter(None, inside))
    # `plain` runs on to whatever may begin one of the alternatives, the prefix letter of a string included.
    symbols = "".join(c for c in ".,()=<>+*%:!@&|~^?{}]" if c not in delimiter)
    plain = rf"""(?P<plain>(?:(?![enxbuq]{{1,2}}&?['"])\w++|[^\S\n]++|[{re.escape(symbols)}]++)++|.)"""
    return re.compile(rf"^[ \t]*(?:{line})|{alternatives}|{plain}", re.IGNORECASE | re.MULTILINE | re.DOTALL)


@lru_cache(maxsize=8)
def token_pattern(dialect: str) -> re.Pattern[str]:
    """Return the pattern of one token, comment or blank; quotes are known to be closed."""
    parts = [
        r"(?P<space>\s++)",
        rf"(?P<comment>{LINE_COMMENT[dialect]})",
        r"(?P<unwrapped>/\*M?!\d*|\*/)" if dialect == "mysql" else None,
        r"(?P<block>/\*)",
        rf"(?P<dollar>{DOLLAR_QUOTE})" if dialect == "postgres" else None,
        rf"(?P<string>{STRING[dialect]})",
        rf"(?P<quoted>{QUOTED_NAME[dialect]})",
        r"(?P<number>\d++(?:\.\d*+)?(?:[eE][+-]?\d++)?(?![^\W\d])|\.\d++)",
        r"(?P<word>[@#]{0,2}\w[\w$#]*+)",
        r"(?P<symbol>::|<>|!=|<=|>=|\|\||->>|->|:=|!~~\*|!~~|~~\*|~~|!~\*|!~|~\*|.)",
    ]
    return re.compile("|".join(filter(None, parts)), re.DOTALL)


def end_of_block_comment(text: str, start: int, dialect: str) -> int:
    """Return the position after the block comment that opens at `start`, or -1 when it is never closed."""
    if dialect not in NESTED_COMMENTS:
        end = text.find("*/", start + 2)
        return -1 if end < 0 else end + 2
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(text, start):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return -1
