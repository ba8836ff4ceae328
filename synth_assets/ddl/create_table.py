"""CREATE TABLE: columns, constraints, comments beside them, LIKE, INHERITS and partitions."""

import copy
import re
from bisect import bisect_left

from synth_assets.ddl.catalogue import Catalogue
from synth_assets.ddl.collations import read_text_options
from synth_assets.ddl.column_clauses import read_column
from synth_assets.ddl.cursor import Cursor
from synth_assets.ddl.drafts import DraftTable, QualifiedName, TextOptions
from synth_assets.ddl.key_clauses import at_constraint, read_constraint
from synth_assets.ddl.tokens import Comment
from synth_assets.errors import Severity

_BOILERPLATE = re.compile(r"Name: .*; Type: |Table structure for|Data for Name|Dumping |Structure for |[-=*#\s]*\Z|Current Database")


def read_create_table(cursor: Cursor, catalogue: Catalogue, begin: int) -> None:
    """Read the statement from after `CREATE ... TABLE`. Raises DdlSyntaxError; the table is then left out."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified_name("a table name")
    table = DraftTable(name.last, catalogue.namespace_of(name), name.last.start, options=catalogue.options, path=catalogue.path)
    catalogue.broken.setdefault(catalogue.key_of(name), name.start)
    if cursor.at("PARTITION", "OF"):
        cursor.accept("PARTITION", "OF")
        note_partition(catalogue, name, cursor.qualified_name("the partitioned table"))
        cursor.skip_to_end()
        return
    if cursor.at("LIKE"):
        cursor.take()
        _copy_columns(cursor, catalogue, table, everything=True)
    elif cursor.at("(") and not _is_query(cursor):
        _read_body(cursor.group(), catalogue, table)
    elif cursor.accept("OF"):
        raise cursor.failure("a typed table has no columns of its own")
    else:
        catalogue.broken.pop(catalogue.key_of(name), None)
        text = f"table '{name}' takes its columns from a query and is left aside"
        catalogue.report("DDL306", name.start, text, found=str(name), severity=Severity.WARNING)
        catalogue.broken[catalogue.key_of(name)] = name.start
        return
    if cursor.dialect == "oracle" and cursor.at("ORGANIZATION", "EXTERNAL"):
        text = f"table '{name}' reads files outside the database and is left aside"
        catalogue.report("DDL306", name.start, text, found=str(name), severity=Severity.WARNING)
        return
    _read_tail(cursor, catalogue, table)
    _attach_comments(cursor, table, begin)
    _declare(catalogue, name, table, if_not_exists=if_not_exists)


def _is_query(cursor: Cursor) -> bool:
    return cursor.key(1) in {"SELECT", "WITH"} and cursor.key(2) != ""


def _declare(catalogue: Catalogue, name: QualifiedName, table: DraftTable, *, if_not_exists: bool) -> None:
    key = catalogue.key_of(name)
    catalogue.broken.pop(key, None)
    first = catalogue.tables.get(key)
    if first is None:
        catalogue.tables[key] = table
    elif if_not_exists:
        line = catalogue.source.line_of(first.start)
        message = f"table '{name}' is already declared at line {line}; this declaration has no effect"
        catalogue.report("DDL310", table.start, message, found=str(name), severity=Severity.INFO)
    else:
        lines = f"line {catalogue.source.line_of(first.start)} and line {catalogue.source.line_of(table.start)}"
        hint = "the first declaration was kept; remove or rename one of the two"
        catalogue.report("DDL205", table.start, f"table '{name}' is declared twice, at {lines}", found=str(name), hint=hint)


def note_partition(catalogue: Catalogue, child: QualifiedName, parent: QualifiedName) -> None:
    """Take a partition out of the tables: its rows are the parent's rows."""
    key = catalogue.key_of(child)
    catalogue.broken.pop(key, None)
    catalogue.tables.pop(key, None)
    catalogue.partitions[key] = catalogue.key_of(parent)
    message = f"'{child}' is a partition of '{parent}' and is read as part of it"
    catalogue.report("DDL305", child.start, message, found=str(child), severity=Severity.INFO)


def _read_body(body: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    parts = body.split()
    for number, part in enumerate(parts):
        if part.done:
            if len(parts) == 1:
                return
            last = number == len(parts) - 1
            if last and part.dialect == "tsql":  # SQL Server takes it
                continue
            message = "a comma stands before the closing parenthesis" if last else "two commas stand side by side"
            comma = body.tokens.items[part.index - 1]
            catalogue.report("DDL105", comma.start, f"{message} in table '{table.name.text}'", found=",", hint="remove the comma")
            continue
        read_element(part, catalogue, table)


def read_element(part: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    """Read one element of the body: a column, a constraint, or LIKE."""
    if part.dialect == "postgres" and part.at("LIKE") and part.at_name():
        part.take()
        _copy_columns(part, catalogue, table, everything=False)
        return
    if not at_constraint(part):
        read_column(part, table)
        return
    while not part.done and at_constraint(part):  # SQLite accepts constraints without a comma between them
        read_constraint(part, table)
        if part.dialect != "sqlite":
            break
    if not part.done:
        raise part.failure(
            f"the constraint of table '{table.name.text}' goes on in an unexpected way", hint="is a comma missing before it?"
        )


def _copy_columns(cursor: Cursor, catalogue: Catalogue, table: DraftTable, *, everything: bool) -> None:
    """LIKE parent [INCLUDING ...]: copy columns, and with INCLUDING ALL (MySQL: always) keys and checks too."""
    parent = catalogue.need_table(cursor.qualified_name("a table name"), "LIKE")
    words = {t.key for t in cursor.tokens.items[cursor.index : cursor.stop]}
    cursor.skip_to_end()
    if parent is None:
        return
    table.columns += copy.deepcopy(parent.columns)
    if not everything and not words & {"ALL", "DEFAULTS"}:
        for column in table.columns:
            column.default = None
    if everything or words & {"ALL", "INDEXES"}:
        table.primary_keys += copy.deepcopy(parent.primary_keys)
        table.uniques += copy.deepcopy(parent.uniques)
    if everything or words & {"ALL", "CONSTRAINTS"}:
        table.checks += copy.deepcopy(parent.checks)


def _read_tail(cursor: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    """Read what follows the body: INHERITS, a table comment and the character set count, storage options do not."""
    said = TextOptions()
    while not cursor.done:
        if cursor.accept("INHERITS"):
            for part in cursor.group().split():
                _inherit(catalogue, table, part.qualified_name("a table name"))
        elif cursor.accept("COMMENT"):
            cursor.accept("=")
            table.comment = cursor.take().text or None
        elif cursor.dialect == "mysql" and (options := read_text_options(cursor, said)) is not None:
            table.options = said = options
        elif cursor.key() == ")":
            raise cursor.failure("a parenthesis is closed that was never opened")
        elif not cursor.skip_group():
            cursor.take()


def _inherit(catalogue: Catalogue, table: DraftTable, name: QualifiedName) -> None:
    parent = catalogue.need_table(name, "INHERITS")
    if parent is not None:
        own = {c.name.text.lower() for c in table.columns}
        table.columns[:0] = [copy.deepcopy(c) for c in parent.columns if c.name.text.lower() not in own]
        table.checks += copy.deepcopy(parent.checks)


def _attach_comments(cursor: Cursor, table: DraftTable, begin: int) -> None:
    source, comments = cursor.source, cursor.tokens.comments
    starts = [c.start for c in comments]
    for column in table.columns:
        at = bisect_left(starts, column.end)
        if at < len(comments) and column.end and column.comment is None and begin <= column.end:
            beside = comments[at]
            between = source.text[column.end : beside.start]
            if "\n" not in between and not between.strip(" \t,)"):
                column.comment = beside.text or None
    if table.comment is None:
        table.comment = _comment_above(cursor, [c for c in comments if c.end <= cursor.tokens.items[0].start])


def _comment_above(cursor: Cursor, comments: list[Comment]) -> str | None:
    """Join the `-- ...` lines that stand right above the statement, each alone on its line, generated ones left out."""
    source = cursor.source
    line = source.line_of(cursor.tokens.items[0].start)
    words: list[str] = []
    for comment in reversed(comments):
        if source.line_of(comment.start) != line - 1 or not source.is_alone_on_line(comment.start):
            break
        line -= 1
        words.append(comment.text)
    kept = [w for w in reversed(words) if not _BOILERPLATE.match(w)]
    return " ".join(kept) or None
