"""Read one column: name, type, and everything that may follow (DEFAULT, NOT NULL, REFERENCES ...)."""

from collections.abc import Callable

from synth_assets.ddl.collations import read_text_options
from synth_assets.ddl.cursor import Cursor
from synth_assets.ddl.drafts import DraftColumn, DraftKey, DraftTable, DraftType, TextOptions
from synth_assets.ddl.key_clauses import (
    read_check,
    read_deferral,
    read_index_options,
    read_reference,
    skip_storage_options,
)
from synth_assets.ddl.tokens import Kind, Token

_SECOND_WORDS = {
    "DOUBLE": {"PRECISION"},
    "CHARACTER": {"VARYING", "LARGE"},
    "CHAR": {"VARYING"},
    "BIT": {"VARYING"},
    "BINARY": {"VARYING", "LARGE"},
    "NATIONAL": {"CHARACTER", "CHAR", "VARCHAR", "TEXT"},
    "NCHAR": {"VARYING"},
    "LONG": {"RAW", "VARCHAR"},
    "VARYING": set(),
    "LARGE": {"OBJECT"},
}
_ROW_VERSIONS = {"rowversion", "timestamp"}
"""Types of SQL Server whose values the database makes itself; it refuses rows that bring one."""
_TYPE_SUFFIXES = {"UNSIGNED", "SIGNED", "ZEROFILL", "BYTE"}
_INTERVAL_WORDS = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"}
OPTION_WORDS = frozenset({
    "CONSTRAINT", "NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "KEY", "CHECK", "REFERENCES", "COLLATE", "CHARACTER", "CHARSET",
    "AUTO_INCREMENT", "AUTOINCREMENT", "IDENTITY", "GENERATED", "AS", "COMMENT", "ON", "STORAGE", "COMPRESSION", "COLUMN_FORMAT",
    "INVISIBLE", "VISIBLE", "SPARSE", "ROWGUIDCOL", "PERSISTED", "MASKED", "ENABLE", "DISABLE", "USING", "SRID", "FIRST", "AFTER",
    "DEFERRABLE", "INITIALLY", "NO", "WITH", "ENCODE", "VIRTUAL", "STORED", "FOREIGN", "VALIDATE", "NOVALIDATE", "RELY", "ASCII",
    "UNICODE", "BINARY", "HIDDEN", "FILESTREAM", "SORT", "OPTIONS", "MATCH", "ENFORCED", "EXCLUDE",
})  # fmt: skip
_JOINING_WORDS = frozenset({
    "AT", "IS", "AND", "OR", "IN", "LIKE", "BETWEEN", "TIME", "ZONE", "WITHOUT", "DIV", "MOD", "ESCAPE", "ILIKE", "SIMILAR", "OPERATOR",
    "OVERLAPS",
})  # fmt: skip


def read_column(cursor: Cursor, table: DraftTable) -> DraftColumn:
    """Read a column definition into `table` (constraints beside it included) and return the column."""
    name = cursor.name("a column name")
    column = DraftColumn(name, read_type(cursor))
    if column.type is None and not (cursor.dialect == "sqlite" or cursor.at("AS") or cursor.at("GENERATED")):
        raise cursor.failure(f"column '{name.text}' has no type", hint="write a type after the name, or quote the name if it is a keyword")
    table.columns.append(column)
    read_column_options(cursor, table, column)
    if cursor.dialect == "tsql" and column.type is not None and column.type.name.lower() in _ROW_VERSIONS:
        column.generated = "row version"
    return column


def read_type(cursor: Cursor) -> DraftType | None:
    """Read a type, or return None when an option or the end follows."""
    if not cursor.at_name() or (cursor.kind() is Kind.WORD and cursor.key() in OPTION_WORDS and not _is_type_here(cursor)):
        return None
    start_index, start = cursor.index, cursor.offset
    first = cursor.qualified_name("a type")
    words = [first.last.text if first.last.quoted else first.last.text.lower()]
    arguments: list[Token] = []
    dimensions = 0
    while not cursor.done:
        key = cursor.key()
        if key == "(":
            if arguments and cursor.dialect != "sqlite" and words[0] != "interval":
                break
            arguments += [t for t in _tokens_of(cursor.group()) if t.key != ","]
        elif key == "[" or (key == "ARRAY" and cursor.dialect == "postgres"):
            dimensions += _skip_dimension(cursor)
        elif _continues_type(words, cursor):
            words += [w.lower() for w in _type_words(words, cursor)]
        else:
            break
    sql = " ".join(cursor.text(start_index, cursor.index).split())
    return DraftType(" ".join(words), first.last.quoted, tuple(arguments), dimensions, sql, start)


def _is_type_here(cursor: Cursor) -> bool:
    """CHARACTER, BINARY are types right after the name; `character set` never is."""
    return cursor.key() in {"CHARACTER", "BINARY"} and cursor.key(1) != "SET"


def _tokens_of(group: Cursor) -> list[Token]:
    return group.tokens.items[group.index : group.stop]


def _skip_dimension(cursor: Cursor) -> int:
    if cursor.accept("ARRAY") and not cursor.at("["):
        return 1
    cursor.accept("[")
    if cursor.kind() is Kind.NUMBER:
        cursor.take()
    cursor.expect("]")
    return 1


def _continues_type(words: list[str], cursor: Cursor) -> bool:
    key, last = cursor.key(), words[-1].upper()
    if cursor.kind() is not Kind.WORD:
        return False
    if key in _SECOND_WORDS.get(last, ()) or (cursor.dialect == "mysql" and key in _TYPE_SUFFIXES):
        return True
    if words[0] in {"timestamp", "time", "timestamptz", "timetz"} and key in {"WITH", "WITHOUT"}:
        return cursor.key(1) in {"TIME", "LOCAL"}
    if words[0] == "interval" and key in _INTERVAL_WORDS:
        return True
    return cursor.dialect == "sqlite" and (key not in OPTION_WORDS or key == "CHARACTER")


def _type_words(words: list[str], cursor: Cursor) -> list[str]:
    taken = [cursor.take().text]
    if words[0] in {"timestamp", "time", "timestamptz", "timetz"} and taken[0].upper() in {"WITH", "WITHOUT"}:
        while cursor.key() in {"TIME", "LOCAL", "ZONE"}:
            taken.append(cursor.take().text)
    return taken


def read_column_options(cursor: Cursor, table: DraftTable, column: DraftColumn) -> None:
    """Read options until the definition ends. Raises DdlSyntaxError at a word no option begins with."""
    constraint_name: str | None = None
    while not cursor.done:
        if cursor.accept("CONSTRAINT"):
            constraint_name = cursor.name("a constraint name").text
            continue
        key = cursor.key()
        reader = _OPTIONS.get(key)
        if reader is None:
            message = f"unexpected '{cursor.text(cursor.index, cursor.index + 1)}' in the definition of column '{column.name.text}'"
            error = cursor.failure(message, hint="is a comma missing before it?")
            error.message = message
            raise error
        start = cursor.offset
        cursor.take()
        reader(cursor, table, column, constraint_name, start)
        constraint_name = None
    column.end = cursor.tokens.items[cursor.stop - 1].end if cursor.stop else 0


_Reader = Callable[[Cursor, DraftTable, DraftColumn, "str | None", int], None]


def _read_not(cursor: Cursor, _table: DraftTable, column: DraftColumn, _name: str | None, _start: int) -> None:
    if cursor.accept("NULL"):
        column.nullable = False
        if cursor.dialect == "sqlite" and cursor.accept("ON", "CONFLICT"):
            cursor.take()
        cursor.accept("NO", "INHERIT")
    elif cursor.accept("FOR", "REPLICATION"):
        pass
    elif not cursor.accept_any("DEFERRABLE", "VALID", "ENFORCED", "VISIBLE", "HIDDEN", "EXTENDED"):
        raise cursor.failure("expected NULL after NOT")
    skip_storage_options(cursor)


def _read_default(cursor: Cursor, _table: DraftTable, column: DraftColumn, _name: str | None, _start: int) -> None:
    if cursor.accept("ON", "NULL"):
        pass
    column.default = read_default_expression(cursor)
    cursor.accept("WITH", "VALUES")
    note_default(column, cursor.dialect)


def note_default(column: DraftColumn, dialect: str) -> None:
    """Take a default that numbers rows as identity, and drop DEFAULT NULL, which says nothing."""
    folded = (column.default or "").lower().replace(" ", "")
    if folded in {"null", "(null)"} or folded.startswith("null::"):
        column.default = None
    elif "nextval(" in folded or folded.endswith(".nextval") or folded.startswith("nextvaluefor"):
        column.identity = True
        column.nullable = column.nullable and dialect == "postgres"


def read_default_expression(cursor: Cursor) -> str:
    """Read an expression up to the next option; two operands side by side end it too (a comma is missing there)."""
    start = cursor.index
    last_key, last_kind = "(", Kind.SYMBOL
    while not cursor.done:
        key, kind = cursor.key(), cursor.kind()
        if cursor.index > start and kind is Kind.WORD and _ends_default(cursor, key, last_key, last_kind):
            break
        if key == "(":
            cursor.group()
            last_key, last_kind = ")", Kind.SYMBOL
        else:
            token = cursor.take()
            last_key, last_kind = token.key, token.kind
    if cursor.index == start:
        raise cursor.failure("expected an expression after DEFAULT")
    return cursor.text(start, cursor.index)


def _ends_default(cursor: Cursor, key: str, last_key: str, last_kind: Kind) -> bool:
    if key == "WITH" and cursor.key(1) in {"TIME", "LOCAL"}:
        return False
    if key in {"CHARACTER", "BINARY"} and last_key == "::":
        return False
    if key in {"FOR"} or key in OPTION_WORDS:
        return True
    if last_kind is Kind.STRING and key in _INTERVAL_WORDS:
        return False
    operand = last_kind in {Kind.NUMBER, Kind.STRING} or last_key in {")", "TRUE", "FALSE", "NULL", "CURRENT_TIMESTAMP", "CURRENT_DATE"}
    return operand and key not in _JOINING_WORDS and key != "WITH"


def _read_primary(cursor: Cursor, table: DraftTable, column: DraftColumn, name: str | None, start: int) -> None:
    cursor.expect("KEY")
    _read_inline_key(cursor, table.primary_keys, column, name, start)
    column.nullable = False


def _read_key(cursor: Cursor, table: DraftTable, column: DraftColumn, name: str | None, start: int) -> None:
    _read_inline_key(cursor, table.primary_keys, column, name, start)
    column.nullable = False


def _read_unique(cursor: Cursor, table: DraftTable, column: DraftColumn, name: str | None, start: int) -> None:
    cursor.accept("KEY")
    _read_inline_key(cursor, table.uniques, column, name, start)


def _read_inline_key(cursor: Cursor, keys: list[DraftKey], column: DraftColumn, name: str | None, start: int) -> None:
    key = DraftKey(name, [column.name], start)
    while cursor.accept_any("CLUSTERED", "NONCLUSTERED", "ASC", "DESC"):
        pass
    if cursor.accept_any("AUTOINCREMENT"):
        column.identity = True
    if cursor.accept("ON", "CONFLICT"):
        cursor.take()
    if cursor.accept_any("AUTOINCREMENT"):
        column.identity = True
    read_index_options(cursor, key)
    keys.append(key)


def _read_inline_check(cursor: Cursor, table: DraftTable, _column: DraftColumn, name: str | None, start: int) -> None:
    table.checks.append(read_check(cursor, name, start))


def _read_references(cursor: Cursor, table: DraftTable, column: DraftColumn, name: str | None, start: int) -> None:
    table.foreign_keys.append(read_reference(cursor, name, [column.name], start, table.path))


def _read_foreign(cursor: Cursor, table: DraftTable, column: DraftColumn, name: str | None, start: int) -> None:
    cursor.expect("KEY")
    cursor.skip_group()
    cursor.expect("REFERENCES")
    _read_references(cursor, table, column, name, start)


def _read_identity(cursor: Cursor, _table: DraftTable, column: DraftColumn, _name: str | None, _start: int) -> None:
    cursor.skip_group()
    column.identity, column.nullable = True, False


def _read_generated(cursor: Cursor, table: DraftTable, column: DraftColumn, name: str | None, start: int) -> None:
    always = bool(cursor.accept("ALWAYS"))
    if not always:
        cursor.expect("BY", "DEFAULT")
        cursor.accept("ON", "NULL")
    cursor.expect("AS")
    if cursor.accept("IDENTITY"):
        column.identity_always = always
        _read_identity(cursor, table, column, name, start)
    else:
        _read_as(cursor, table, column, name, start)


def _read_as(cursor: Cursor, _table: DraftTable, column: DraftColumn, _name: str | None, _start: int) -> None:
    if cursor.accept("ROW"):
        cursor.take()
        cursor.accept("HIDDEN")
        column.generated = "row validity"
        return
    if cursor.at("(") or cursor.dialect != "tsql":
        column.generated = cursor.group("the expression of a generated column in parentheses").text() or "()"
    else:
        column.generated = read_default_expression(cursor)
    cursor.accept_any("STORED", "VIRTUAL", "PERSISTED", "PERSISTENT")


def _read_comment(cursor: Cursor, _table: DraftTable, column: DraftColumn, _name: str | None, _start: int) -> None:
    cursor.accept("=")
    column.comment = cursor.take().text or None


def _read_on(cursor: Cursor, _table: DraftTable, _column: DraftColumn, _name: str | None, _start: int) -> None:
    if cursor.accept_any("UPDATE"):
        read_default_expression(cursor)
    elif cursor.accept("CONFLICT"):
        cursor.take()
    else:  # ON filegroup (SQL Server)
        cursor.name("a filegroup")
        cursor.skip_group()


def _read_auto(_cursor: Cursor, _table: DraftTable, column: DraftColumn, _name: str | None, _start: int) -> None:
    column.identity, column.nullable = True, False


def _read_nothing(cursor: Cursor, _table: DraftTable, _column: DraftColumn, _name: str | None, _start: int) -> None:
    skip_storage_options(cursor)


def _read_text_option(cursor: Cursor, _table: DraftTable, column: DraftColumn, _name: str | None, _start: int) -> None:
    cursor.index -= 1
    found = read_text_options(cursor, column.options)
    if found is None:
        cursor.take()
    column.options = found or column.options


def _read_binary(_cursor: Cursor, _table: DraftTable, column: DraftColumn, _name: str | None, _start: int) -> None:
    column.options = TextOptions(column.options.charset, column.options.collation, binary=True)


def _read_ascii(_cursor: Cursor, _table: DraftTable, column: DraftColumn, _name: str | None, _start: int) -> None:
    column.options = TextOptions("latin1", column.options.collation, column.options.binary)  # MySQL means latin1 by ASCII


def _read_one_word(cursor: Cursor, _table: DraftTable, _column: DraftColumn, _name: str | None, _start: int) -> None:
    cursor.accept("SET")
    cursor.accept("=")
    if not cursor.skip_group():
        cursor.take()
        while cursor.accept("."):
            cursor.take()
        cursor.skip_group()


def _read_deferral(cursor: Cursor, table: DraftTable, _column: DraftColumn, _name: str | None, _start: int) -> None:
    cursor.index -= 1
    if read_deferral(cursor) and table.foreign_keys:
        table.foreign_keys[-1].deferrable = True


def _read_using(cursor: Cursor, _table: DraftTable, _column: DraftColumn, _name: str | None, _start: int) -> None:
    cursor.index -= 1
    read_index_options(cursor, DraftKey(None, [], 0))


_OPTIONS: dict[str, _Reader] = {
    "NOT": _read_not,
    "DEFAULT": _read_default,
    "PRIMARY": _read_primary,
    "KEY": _read_key,
    "UNIQUE": _read_unique,
    "CHECK": _read_inline_check,
    "REFERENCES": _read_references,
    "FOREIGN": _read_foreign,
    "IDENTITY": _read_identity,
    "GENERATED": _read_generated,
    "AS": _read_as,
    "COMMENT": _read_comment,
    "ON": _read_on,
    "AUTO_INCREMENT": _read_auto,
    "AUTOINCREMENT": _read_auto,
    "DEFERRABLE": _read_deferral,
    "INITIALLY": _read_deferral,
    "USING": _read_using,
    **dict.fromkeys(
        ("NULL", "ROWGUIDCOL", "SPARSE", "PERSISTED", "INVISIBLE", "VISIBLE", "ENABLE", "DISABLE", "VIRTUAL", "STORED", "FIRST",
         "UNICODE", "HIDDEN", "FILESTREAM", "SORT", "NO", "VALIDATE", "NOVALIDATE", "RELY", "ENFORCED"),
        _read_nothing,
    ),
    "BINARY": _read_binary,
    "ASCII": _read_ascii,
    **dict.fromkeys(("COLLATE", "CHARACTER", "CHARSET"), _read_text_option),
    **dict.fromkeys(
        ("STORAGE", "COMPRESSION", "COLUMN_FORMAT", "SRID", "AFTER", "ENCODE", "WITH", "MASKED",
         "OPTIONS", "MATCH"),
        _read_one_word,
    ),
}  # fmt: skip
