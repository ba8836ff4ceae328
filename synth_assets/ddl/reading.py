"""`read_ddl`: a text to a Schema and the diagnostics of everything in it. Never raises on any input."""

import re
from dataclasses import dataclass

from synth_assets.ddl.alter_table import read_alter_table, read_rename_table
from synth_assets.ddl.blocks import Conditions, statements_in_block
from synth_assets.ddl.catalogue import DEFAULT_NAMESPACES, Catalogue
from synth_assets.ddl.codes import diagnose
from synth_assets.ddl.collations import read_create_collation, scan_text_options
from synth_assets.ddl.create_table import read_create_table
from synth_assets.ddl.cursor import Cursor, DdlSyntaxError
from synth_assets.ddl.definitions import (
    read_alter_domain,
    read_alter_type,
    read_comment_on,
    read_create_domain,
    read_create_type,
    read_drop_index,
    read_unique_index,
)
from synth_assets.ddl.dialects import ALIASES, DIALECTS, detect_dialect
from synth_assets.ddl.drafts import TextOptions
from synth_assets.ddl.functions import MAX_FUNCTION, read_create_function
from synth_assets.ddl.preparation import prepare_text
from synth_assets.ddl.schema_assembly import assemble_schema
from synth_assets.ddl.session import read_search_path
from synth_assets.ddl.statements import Statement, split_statements
from synth_assets.ddl.system_procedures import PROCEDURES, read_system_procedure
from synth_assets.ddl.tokens import Kind, Source, tokenize
from synth_assets.errors import Diagnostic, Severity, SourcePosition, closest_name
from synth_assets.schema.model import Schema

_FIRST_WORDS = re.compile(r"\s*(?:\w+\s+){0,5}\w*", re.DOTALL)
_KNOWN_STARTS = frozenset({
    "CREATE", "ALTER", "DROP", "SET", "SELECT", "INSERT", "UPDATE", "DELETE", "COMMENT", "GRANT", "REVOKE", "DO", "BEGIN", "COMMIT",
    "ROLLBACK", "START", "END", "USE", "COPY", "WITH", "VALUES", "ANALYZE", "VACUUM", "REINDEX", "LOCK", "UNLOCK", "PRAGMA", "TRUNCATE",
    "EXPLAIN", "CALL", "EXEC", "EXECUTE", "DECLARE", "IF", "ELSE", "PRINT", "GO", "RETURN", "WHILE", "LOOP", "FOR", "OPEN", "CLOSE",
    "FETCH", "RAISERROR", "RAISE", "THROW", "SECURITY", "REASSIGN", "NOTIFY", "LISTEN", "REFRESH", "MERGE", "REPLACE", "RENAME",
    "FLUSH", "DENY", "DBCC", "CLUSTER", "SAVEPOINT", "RELEASE", "PREPARE", "DEALLOCATE", "ABORT", "IMPORT", "LOAD", "CHECKPOINT",
    "DISCARD", "RESET", "SHOW", "ATTACH", "DETACH", "DESCRIBE", "DESC", "HANDLER", "SIGNAL", "LEAVE", "ITERATE", "REPEAT", "UNTIL",
    "CASE", "WHEN", "ELSEIF", "ELSIF", "EXCEPTION", "NULL", "EXIT", "KILL", "BACKUP", "RESTORE", "WAITFOR", "DELIMITER", "ENABLE",
    "DISABLE", "SOURCE", "PURGE", "ADD", "CONNECT", "OPTIMIZE", "REPAIR", "CHECK", "BULK", "RECONFIGURE", "SAVE", "TABLE",
})  # fmt: skip
_TABLE_WORDS = frozenset(
    {"GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "FOREIGN", "COLUMN", "ROW", "OR", "REPLACE", "EXTERNAL", "PRIVATE"}
)


_BEFORE_OBJECT = _TABLE_WORDS | {
    "ON", "UNIQUE", "MATERIALIZED", "RECURSIVE", "CONSTRAINT", "EDITIONABLE", "NONEDITIONABLE", "FORCE", "VIRTUAL", "CLUSTERED",
    "NONCLUSTERED", "TRUSTED", "DEFAULT", "FULLTEXT", "SPATIAL", "ALGORITHM", "UNDEFINED", "MERGE", "BITMAP", "PUBLIC",
}  # fmt: skip
_CURRENT_SCHEMA = ["SESSION", "SET", "CURRENT_SCHEMA"]
_VIEW = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:ALGORITHM\s*=\s*\w+\s+)?(?:DEFINER\s*=\s*\S+\s+)?(?:SQL\s+SECURITY\s+\w+\s+)?"
    r"(?:(?:TEMP|TEMPORARY|RECURSIVE|MATERIALIZED|FORCE|EDITIONABLE)\s+)*(?:VIEW|SEQUENCE|TABLE)\s+(?:IF\s+NOT\s+EXISTS\s+)?",
    re.IGNORECASE,
)
_FUNCTION = re.compile(r"CREATE (?:OR (?:REPLACE|ALTER) )?FUNCTION\b")
_GUARDED_START = re.compile(r"\b(?:CREATE|ALTER|DROP)\s+TABLE\b", re.IGNORECASE)


@dataclass(frozen=True)
class ReadResult:
    """What a text says: its schema, and everything worth knowing about how it was read.

    Attributes:
        schema: None when no table could be read.
        diagnostics: In the order of the text; errors mean that one object could not be honoured.
    """

    schema: Schema | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.is_error)


def read_ddl(text: str | bytes, *, source: str, name: str | None = None, dialect: str | None = None) -> ReadResult:
    """Read a DDL text in any of the dialects postgres, mysql, sqlite, tsql, oracle.

    Args:
        text: The text, or the bytes of a file.
        source: Name of the file; diagnostics start with it, and it may hint at the dialect.
        name: Name of the schema; by default a slug of the file's stem.
        dialect: One of the five (or an alias such as `postgresql`, `mariadb`); detected when None.
    """
    start = SourcePosition(file=source)
    given = (dialect or "").strip().lower()
    given = ALIASES.get(given, given)
    if given and given not in DIALECTS:
        hint = closest_name(given, [*DIALECTS, *ALIASES]) or f"known dialects: {', '.join(DIALECTS)}"
        return ReadResult(None, (diagnose("DDL108", start, f"dialect '{dialect}' is not known", found=str(dialect), hint=hint),))
    decoded, notes = prepare_text(text, start)
    if decoded is None:
        return ReadResult(None, notes)
    if not decoded.strip():
        return ReadResult(None, (*notes, diagnose("DDL101", start, "the text is empty", hint="write at least one CREATE TABLE statement")))
    reader = _Reader(Source(decoded, source), given or detect_dialect(decoded, source))
    schema, diagnostics = reader.read(slug_of(name or source_stem(source)))
    return ReadResult(schema, (*notes, *diagnostics))


def source_stem(source: str) -> str:
    """Return the file's name without folders and without anything behind its first dot."""
    return re.split(r"[/\\]", source)[-1].split(".", 1)[0]


def slug_of(name: str) -> str:
    """Return the name in `[a-z0-9_]`, not beginning with a digit, never empty."""
    slug = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")[:100] or "schema"
    return f"s_{slug}" if slug[0].isdigit() else slug


class _Reader:
    """One reading of one text."""

    def __init__(self, source: Source, dialect: str) -> None:
        self.source = source
        self.dialect = dialect
        self.catalogue = Catalogue(source, dialect, DEFAULT_NAMESPACES.get(dialect))
        self.schema_under_way: tuple[str | None, ...] | None = None
        self.conditions = Conditions()

    def read(self, name: str) -> tuple[Schema | None, list[Diagnostic]]:
        catalogue = self.catalogue
        for statement in split_statements(self.source.text, self.dialect):
            self._read_statement(statement)
        schema = assemble_schema(catalogue, name)
        catalogue.diagnostics.sort(key=_place)
        if schema is None:
            hint = "the text needs at least one CREATE TABLE statement that can be read"
            where = self.source.position(0)
            catalogue.diagnostics.append(diagnose("DDL106", where, "no table could be read from the text", hint=hint))
        if catalogue.unlisted:
            more = f"{catalogue.unlisted} more diagnostics are not listed"
            catalogue.diagnostics.append(diagnose("DDL311", self.source.position(0), more, severity=Severity.INFO))
        return schema, catalogue.diagnostics

    def _read_statement(self, statement: Statement) -> None:
        if statement.kind == "open":
            opening = self.source.text[statement.start : statement.start + 40].split("\n")[0]
            self.catalogue.report("DDL103", statement.start, "a quote or a comment is opened here and never closed", found=opening)
        elif statement.kind == "data":
            self.catalogue.pass_over("COPY data", statement.start, statement.start)
        elif statement.kind == "client":
            self.catalogue.pass_over("client command", statement.start, statement.end)
        else:
            self._read_sql(statement)

    def _read_sql(self, statement: Statement) -> None:
        words = _first_words(self.source.text, statement)
        if self.dialect == "tsql" and words:
            self.catalogue.guarded = self.conditions.take(words, self.source.text[statement.start : statement.end], statement.unfinished)
            if words[0] in {"IF", "BEGIN", "ELSE"}:
                statement, words = self._inside_condition(statement, words)
        if _FUNCTION.match(" ".join(words)) and self._read_function(statement):
            return
        if not words or not self._is_relevant(words):
            self._pass_over(statement, words)
            return
        tokens = tokenize(self.source.text, statement.start, statement.end, self.dialect)
        above = tokenize(self.source.text, statement.begin, statement.start, self.dialect).comments
        tokens.comments[:0] = above
        if not tokens.items:
            return
        cursor = Cursor(self.source, tokens, self.dialect)
        try:
            if tokens.unbalanced is not None:
                raise self._unbalanced(cursor, words)
            if not self._dispatch(cursor, statement):
                self._pass_over(statement, words)
        except DdlSyntaxError as error:
            self.catalogue.report_syntax(error)
        except RecursionError:
            self.catalogue.report("DDL107", statement.start, "the statement is nested too deeply to be read")
        self._note_missing_semicolon(statement, words)
        self._leave_schema(statement)

    def _read_function(self, statement: Statement) -> bool:
        """Tell whether the statement declares a function that is one expression; no other one is worth a diagnostic."""
        tokens = tokenize(self.source.text, statement.start, min(statement.end, statement.start + MAX_FUNCTION), self.dialect)
        cursor = Cursor(self.source, tokens, self.dialect)
        while not cursor.accept("FUNCTION"):
            cursor.take()
        try:
            return tokens.unbalanced is None and read_create_function(cursor, self.catalogue)
        except DdlSyntaxError:
            return False

    def _inside_condition(self, statement: Statement, words: list[str]) -> tuple[Statement, list[str]]:
        """`IF NOT EXISTS (...) CREATE TABLE ...` on one line: read from CREATE on."""
        found = _GUARDED_START.search(self.source.text, statement.start, statement.end)
        if found is None:
            return statement, words
        inner = Statement(statement.begin, found.start(), statement.end)
        return inner, _first_words(self.source.text, inner)

    def _unbalanced(self, cursor: Cursor, words: list[str]) -> DdlSyntaxError:
        at = cursor.tokens.items[cursor.tokens.unbalanced or 0]
        message = "a parenthesis is opened here and never closed" if at.key == "(" else "a parenthesis is closed here that was never opened"
        if "TABLE" in words[:3]:
            probe = Cursor(self.source, cursor.tokens, self.dialect, words.index("TABLE") + 1)
            probe.accept("IF", "NOT", "EXISTS")
            if probe.at_name():
                name = probe.qualified_name()
                self.catalogue.broken.setdefault(self.catalogue.key_of(name), name.start)
        return DdlSyntaxError(message, at.start, at.text, code="DDL104")

    def _is_relevant(self, words: list[str]) -> bool:
        first = words[0]
        if first == "CREATE":
            rest = [w for w in words[1:] if w not in _TABLE_WORDS]
            head = rest[0] if rest else ""
            databases = {"DATABASE"} if self.dialect == "mysql" else {"COLLATION"}
            return head in {"TABLE", "TYPE", "DOMAIN", "SCHEMA", *databases} or (head == "UNIQUE" and "INDEX" in rest)
        if first == "ALTER":
            databases = {"DATABASE", "SCHEMA"} if self.dialect == "mysql" else set[str]()
            return words[1:2] != [] and (words[1] in {"TABLE", "TYPE", "DOMAIN", "FOREIGN", *databases} or words[1:4] == _CURRENT_SCHEMA)
        if first == "DROP":
            return words[1:2] in (["TABLE"], ["INDEX"])
        if first == "RENAME":
            return self.dialect in {"mysql", "oracle"}
        if first in {"EXEC", "EXECUTE"}:
            return self.dialect == "tsql" and not PROCEDURES.isdisjoint(words)
        if first == "SET":
            return "SEARCH_PATH" in words[:4]
        return first in {"COMMENT", "DO", "USE"} or (first == "SELECT" and self.dialect == "postgres" and "SET_CONFIG" in words[:6])

    def _dispatch(self, cursor: Cursor, statement: Statement) -> bool:
        """Read one statement that counts; tell whether it said anything about tables."""
        first = cursor.take().key
        if first == "CREATE":
            return self._create(cursor, statement)
        if first == "ALTER" and not cursor.at("SESSION"):
            cursor.accept("FOREIGN")
            kind = cursor.take().key
            if kind in {"DATABASE", "SCHEMA"}:
                return self._note_texts(cursor)
            readers = {"TABLE": read_alter_table, "TYPE": read_alter_type, "DOMAIN": read_alter_domain}
            return readers[kind](cursor, self.catalogue)
        if first == "COMMENT":
            return cursor.accept("ON") and read_comment_on(cursor, self.catalogue)
        if first == "DO":
            return self._read_do_block(cursor)
        if first == "DROP":
            return read_drop_index(cursor, self.catalogue) if cursor.accept("INDEX") else self._drop_tables(cursor)
        if first == "RENAME":
            return read_rename_table(cursor, self.catalogue)
        if first in {"EXEC", "EXECUTE"}:
            return read_system_procedure(cursor, self.catalogue)
        read_search_path(cursor, self.catalogue, first)
        return False

    def _read_do_block(self, cursor: Cursor) -> bool:
        """Read what a `DO $$ ... $$` says about tables and types; tell whether there was any."""
        found = False
        for token in cursor.tokens.items:
            start = self.source.text.find(token.text, token.start, token.end) if token.kind is Kind.STRING else -1
            if start >= 0:  # a string whose quotes are doubled inside is none that its author meant to be read
                self.catalogue.guarded = True
                for inner in statements_in_block(self.source.text, start, start + len(token.text), self.dialect):
                    self._read_sql(inner)
                    found = True
                self.catalogue.guarded = False
        return found

    def _create(self, cursor: Cursor, statement: Statement) -> bool:
        temporary = False
        while word := cursor.accept_any(*_TABLE_WORDS):
            temporary = temporary or word in {"TEMP", "TEMPORARY"}
        if temporary and not cursor.at("TABLE"):
            return False
        if cursor.accept("UNIQUE"):
            cursor.accept_any("CLUSTERED", "NONCLUSTERED")
            if not cursor.accept("INDEX"):
                return False
            read_unique_index(cursor, self.catalogue, statement.start)
            return True
        kind = cursor.take().key
        if kind == "TYPE":
            return read_create_type(cursor, self.catalogue)
        if kind == "DOMAIN":
            read_create_domain(cursor, self.catalogue)
            return True
        if kind == "COLLATION":
            return self._create_collation(cursor)
        if kind == "SCHEMA":
            self._create_schema(cursor, statement)
        if kind == "DATABASE" or (kind == "SCHEMA" and self.dialect == "mysql"):
            self._note_texts(cursor)
        if kind in {"DATABASE", "SCHEMA"}:
            return False
        if kind != "TABLE" or (temporary and self.dialect != "oracle") or cursor.key().startswith("#") or self._is_systems_own(cursor):
            return False
        read_create_table(cursor, self.catalogue, statement.begin)
        return True

    def _note_texts(self, cursor: Cursor) -> bool:
        """`CREATE DATABASE d CHARACTER SET latin1` holds for the tables that follow."""
        self.catalogue.options = scan_text_options(cursor, TextOptions()).within(self.catalogue.options)
        return False

    def _create_collation(self, cursor: Cursor) -> bool:
        created = read_create_collation(cursor)
        if created is not None:
            self.catalogue.collations[created[0]] = created[1]
        return False

    def _is_systems_own(self, cursor: Cursor) -> bool:
        """Tell whether a table is SQLite's own, such as `sqlite_sequence` in a dump: nobody else may create or fill it."""
        return self.dialect == "sqlite" and cursor.at_name() and cursor.tokens.items[cursor.index].text.lower().startswith("sqlite_")

    def _create_schema(self, cursor: Cursor, statement: Statement) -> None:
        """`CREATE SCHEMA s CREATE TABLE t (...)` puts t into s, up to the semicolon."""
        cursor.accept("IF", "NOT", "EXISTS")
        if cursor.at_name():
            self.catalogue.namespaces.add(cursor.tokens.items[cursor.index].text.lower())
        if statement.unfinished and cursor.at_name() and self.dialect == "postgres" and not cursor.at("AUTHORIZATION"):
            self.schema_under_way = self.catalogue.path
            name = cursor.name()
            default = self.catalogue.default_namespace
            self.catalogue.path = (None if name.text.lower() == default else name.text, *self.catalogue.path)

    def _leave_schema(self, statement: Statement) -> None:
        if self.schema_under_way is not None and not statement.unfinished:
            self.catalogue.path, self.schema_under_way = self.schema_under_way, None

    def _drop_tables(self, cursor: Cursor) -> bool:
        cursor.expect("TABLE")
        cursor.accept("IF", "EXISTS")
        dropped = []
        cascade = cursor.tokens.items[-1].key in {"CASCADE", "CONSTRAINTS", "PURGE"}
        for part in cursor.split():
            if part.at_name():
                keys = self.catalogue.candidates(part.qualified_name(), self.catalogue.path)
                dropped += [self.catalogue.tables[k] for k in keys if k in self.catalogue.tables]
        for table in dropped:
            self.catalogue.drop_table(table, cascade=cascade)
        return bool(dropped)

    def _note_view(self, statement: Statement) -> None:
        """Remember what is no table: later statements about it are not about tables."""
        found = _VIEW.match(self.source.text, statement.start, statement.end)
        if found is not None:
            tokens = tokenize(self.source.text, found.end(), min(statement.end, found.end() + 300), self.dialect)
            cursor = Cursor(self.source, tokens, self.dialect)
            if cursor.at_name():
                self.catalogue.views.add(self.catalogue.key_of(cursor.qualified_name()))

    def _pass_over(self, statement: Statement, words: list[str]) -> None:
        if not words:
            return
        self._note_view(statement)
        kind = words[0]
        if kind in {"CREATE", "ALTER", "DROP", "COMMENT"}:
            kind = f"{kind} {next((w for w in words[1:] if w not in _BEFORE_OBJECT), '')}".strip()
        if words[0] not in _KNOWN_STARTS:
            kind = "not SQL"
            found = self.source.text[statement.start : min(statement.end, statement.start + 100)]
            near = self.catalogue.nearest(words[0], ["CREATE", "ALTER", "COMMENT", "INSERT"])
            self.catalogue.report("DDL105", statement.start, f"no SQL statement begins with '{words[0].lower()}'", found=found, hint=near)
        self.catalogue.pass_over(kind, statement.start, statement.end)

    def _note_missing_semicolon(self, statement: Statement, words: list[str]) -> None:
        if (
            statement.unfinished
            and self.dialect not in {"tsql", "oracle"}
            and words[:2] != ["CREATE", "SCHEMA"]
            and self.schema_under_way is None
        ):
            message = "a semicolon is missing at the end of this statement; the next one was read nevertheless"
            end = max(statement.end - 1, statement.start)
            self.catalogue.report(
                "DDL308",
                statement.start,
                message,
                found=self.source.text[statement.start : min(end, statement.start + 80)],
                severity=Severity.WARNING,
            )


def _place(diagnostic: Diagnostic) -> tuple[int, int]:
    line, column = diagnostic.where.rsplit(":", 2)[1:]
    return int(line), int(column)


def _first_words(text: str, statement: Statement) -> list[str]:
    """Return the first words of a statement in upper case, comments between them ignored."""
    head = text[statement.start : min(statement.end, statement.start + 400)]
    head = re.sub(r"/\*.*?\*/|--[^\n]*", " ", head, flags=re.DOTALL)
    return [w.upper() for w in re.findall(r"[\w#@]+", head)[:7]]
