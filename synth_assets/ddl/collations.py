"""Which collation and character set a column has: its own words, its table's, its database's, the dialect's default."""

from synth_assets.ddl.cursor import Cursor
from synth_assets.ddl.drafts import TextOptions
from synth_assets.schema.collations import EXACT, Charset, Collation

_UNICODE_CHARSETS = frozenset({"utf8mb4", "utf16", "utf16le", "utf32", "gb18030"})
_BASIC_CHARSETS = frozenset({"utf8", "utf8mb3", "ucs2"})
_NARROW = frozenset({"varchar", "char", "text"})
_EXACT_CHARSETS = frozenset({"binary"})


def read_text_options(cursor: Cursor, before: TextOptions = TextOptions()) -> TextOptions | None:  # noqa: B008 (frozen)
    """Read one of `[DEFAULT] CHARACTER SET x`, `CHARSET = x`, `COLLATE x` at the cursor; None (nothing read) for anything else."""
    start = cursor.index
    cursor.accept("DEFAULT")
    if cursor.accept("CHARACTER", "SET") or cursor.accept("CHARSET"):
        cursor.accept("=")
        return TextOptions(cursor.take().text.lower(), before.collation, before.binary)
    if cursor.accept("COLLATE"):
        cursor.accept("=")
        return TextOptions(before.charset, read_collation_name(cursor), before.binary)
    cursor.index = start
    return None


def read_collation_name(cursor: Cursor) -> str:
    """Read what follows COLLATE: a name, its namespace left away."""
    name = cursor.take().text
    while cursor.accept("."):
        name = cursor.take().text
    return name


def scan_text_options(cursor: Cursor, before: TextOptions) -> TextOptions:
    """Read every such option up to the end, whatever stands between: those of CREATE DATABASE and of CONVERT TO."""
    found = before
    while not cursor.done:
        read = read_text_options(cursor, found)
        if read is None:
            cursor.take()
        else:
            found = read
    return found


def read_create_collation(cursor: Cursor) -> tuple[str, Collation] | None:
    """Read from after `CREATE COLLATION`: (name, collation); None for one that copies another.

    A nondeterministic ICU collation ignores letter case at strength level 2 and accents too at level 1; where the
    locale names no level, the key's full strength, only canonical equivalence counts, and that is treated as both.
    """
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified_name("a collation name").last.text.lower()
    if not cursor.at("("):
        return None
    options = {p.key(): p.tokens.items[p.stop - 1].text.lower() for p in cursor.group().split() if not p.done}
    if options.get("DETERMINISTIC", "true") != "false":
        return name, EXACT
    locale = options.get("LOCALE", options.get("LC_COLLATE", ""))
    accents_count = any(level in locale for level in ("level2", "level3", "strength=secondary", "strength=tertiary"))
    case_counts = "kc-true" in locale or "level3" in locale or "caselevel=yes" in locale
    return name, Collation(ignores_case=not case_counts, ignores_accents=not accents_count, pads="shifted" in locale)


def collation_of(options: TextOptions, dialect: str, sql_type: str, own: dict[str, Collation], *, fixed: bool) -> Collation:
    """Return how a text column compares.

    Args:
        options: The column's, completed by its table's and its database's.
        sql_type: The type as written: `citext`, `NVARCHAR(20)`.
        own: The collations that the text itself creates, by lower-case name.
        fixed: The type is CHAR(n), whose trailing blanks never count.
    """
    words = _words(sql_type)
    match dialect:
        case "mysql":
            found = _mysql(options)
        case "tsql":
            found = _tsql(options.collation, words)
        case "sqlite":
            name = options.collation.upper()
            found = Collation(ignores_case=name == "NOCASE", pads=name == "RTRIM")
        case "oracle":
            name = options.collation.upper()
            found = Collation(ignores_case=name.endswith(("_CI", "_AI")), ignores_accents=name.endswith("_AI"))
        case _:
            found = own.get(options.collation.lower(), EXACT)
            found = found.joined(Collation(ignores_case=True)) if "citext" in words else found
    return found.joined(Collation(pads=True)) if fixed and dialect != "sqlite" else found


def is_utf8(options: TextOptions, sql_type: str) -> bool:
    """Tell whether a SQL Server column is of a type without N in a UTF-8 collation: its length is one of bytes."""
    return bool(_words(sql_type) & _NARROW) and "UTF8" in options.collation.upper().split("_")


def _words(sql_type: str) -> frozenset[str]:
    return frozenset(sql_type.lower().replace("(", " ").replace('"', " ").replace(".", " ").split())


def _mysql(options: TextOptions) -> Collation:
    name = options.collation.lower()
    charset = options.charset or (name.split("_")[0] if "_" in name or name == "binary" else "utf8mb4")
    if charset in _EXACT_CHARSETS or name == "binary":
        return EXACT
    pads = "_0900_" not in name and "nopad" not in name
    by_code = options.binary or name.endswith("_bin")
    ignores_case = not by_code and not name.endswith(("_cs", "_as_cs"))
    ignores_accents = ignores_case and "_as_" not in name
    return Collation(ignores_case=ignores_case, ignores_accents=ignores_accents, pads=pads, charset=_charset(charset))


def _charset(name: str) -> Charset | None:
    """Other one-byte and Asian character sets share ASCII, and no more than that is counted on."""
    if name in _UNICODE_CHARSETS or name.startswith(("uca1400", "unicode")):
        return None
    return "bmp" if name in _BASIC_CHARSETS else "latin1" if name == "latin1" else "ascii"


def _tsql(name: str, words: frozenset[str]) -> Collation:
    """The server's default, SQL_Latin1_General_CP1_CI_AS, ignores case; types without N hold one code page."""
    parts = frozenset(name.upper().split("_"))
    by_code = bool(parts & {"BIN", "BIN2"})
    narrow = bool(words & _NARROW) and "UTF8" not in parts
    latin = not name or "LATIN1" in parts
    return Collation(
        ignores_case=not by_code and "CS" not in parts,
        ignores_accents=not by_code and "AI" in parts,
        pads=True,
        charset=("latin1" if latin else "ascii") if narrow else None,
    )
