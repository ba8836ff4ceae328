"""ALTER TABLE: constraints and columns added, changed, renamed or dropped after CREATE TABLE."""

import re
from typing import TypeVar

from synth_assets.ddl.catalogue import Catalogue
from synth_assets.ddl.collations import scan_text_options
from synth_assets.ddl.column_clauses import (
    note_default,
    read_column_options,
    read_default_expression,
    read_type,
)
from synth_assets.ddl.create_table import note_partition, read_element
from synth_assets.ddl.cursor import Cursor
from synth_assets.ddl.drafts import DraftCheck, DraftColumn, DraftForeignKey, DraftKey, DraftTable, Name, QualifiedName, TextOptions
from synth_assets.ddl.key_clauses import at_constraint
from synth_assets.errors import Severity

_Named = TypeVar("_Named", DraftKey, DraftForeignKey, DraftCheck)
_WITHOUT_EFFECT = frozenset({
    "OWNER", "ENABLE", "DISABLE", "VALIDATE", "CLUSTER", "REPLICA", "FORCE", "NO", "SET", "RESET", "INHERIT", "DETACH", "CHECK",
    "NOCHECK", "SWITCH", "REBUILD", "ENGINE", "AUTO_INCREMENT", "CONVERT", "ORDER", "DEFAULT", "CHARACTER", "CHARSET", "COMMENT",
    "ROW_FORMAT", "PARTITION", "ALGORITHM", "LOCK", "MOVE", "STORAGE", "LOGGING", "NOLOGGING", "PARALLEL", "CACHE", "NOCACHE",
    "TABLESPACE", "REORGANIZE", "SUPPLEMENTAL", "COLLATE", "EXCHANGE", "TRUNCATE",
})  # fmt: skip

_TEXT_OPTIONS = frozenset({"DEFAULT", "CHARACTER", "CHARSET", "COLLATE"})


def read_alter_table(cursor: Cursor, catalogue: Catalogue) -> bool:
    """Read from after `ALTER TABLE`; tell whether anything in it says something about tables."""
    if_exists = cursor.accept("IF", "EXISTS")
    cursor.accept("ONLY")
    name = cursor.qualified_name("a table name")
    cursor.accept("*")
    if cursor.at("WITH", "CHECK") or cursor.at("WITH", "NOCHECK"):
        cursor.index += 2
    if cursor.dialect == "mysql" and (cursor.at("CONVERT", "TO") or cursor.key() in _TEXT_OPTIONS):
        _restate_texts(cursor, catalogue, name)
        return True
    if cursor.key() in _WITHOUT_EFFECT and not cursor.at("SET", "SCHEMA"):
        return False
    if cursor.at("ATTACH", "PARTITION"):
        cursor.index += 2
        note_partition(catalogue, cursor.qualified_name("a table name"), name)
        return True
    if catalogue.is_without_rows(name) or (if_exists and catalogue.find_table(name) is None):
        return False
    table = catalogue.need_table(name, "ALTER TABLE")
    if table is None:
        return True
    if cursor.accept("SET", "SCHEMA"):
        _move_table(catalogue, table, QualifiedName((cursor.name("a schema name"), table.name)))
        return True
    if cursor.at("RENAME", "TO") or (cursor.at("RENAME", "AS") and cursor.dialect == "mysql"):
        cursor.index += 2
        rename_table(catalogue, table, name.last, cursor.qualified_name("a table name").last)
        return True
    _read_actions(cursor, catalogue, table)
    return True


def _restate_texts(cursor: Cursor, catalogue: Catalogue, name: QualifiedName) -> None:
    """CONVERT TO CHARACTER SET says it for the columns that are there; without CONVERT it holds for columns to come."""
    table = catalogue.find_table(name)
    if table is None:
        return
    converts = cursor.accept("CONVERT", "TO")
    options = scan_text_options(cursor, TextOptions())
    for column in table.columns:
        column.options = TextOptions() if converts else column.options.within(table.options)
    table.options = options.within(table.options)


def _read_actions(cursor: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    verb = ""
    for action in cursor.split():
        if action.done:
            raise action.failure("an action is missing between the commas")
        key = action.key()
        if key in {"ADD", "ALTER", "MODIFY", "CHANGE", "DROP", "RENAME"}:
            verb = action.take().key
        elif key in _WITHOUT_EFFECT and not (verb == "ADD" and action.dialect == "tsql"):
            continue
        elif verb not in {"ADD", "DROP"}:
            raise action.failure("expected ADD, ALTER, MODIFY, CHANGE, DROP or RENAME")
        _ACTIONS[verb](action, catalogue, table)


def _add(action: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    action.accept("COLUMN")
    may_exist = action.accept("IF", "NOT", "EXISTS")
    if action.key() in {"PARTITION", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "SUPPLEMENTAL"} and action.kind(1) is not None:
        return
    if action.at("(") and not at_constraint(action):  # Oracle and MySQL: several elements in parentheses
        for part in action.group().split():
            _add_element(part, catalogue, table, may_exist=may_exist)
        return
    _add_element(action, catalogue, table, may_exist=may_exist)


def _add_element(part: Cursor, catalogue: Catalogue, table: DraftTable, *, may_exist: bool) -> None:
    ahead = 2 if part.at("CONSTRAINT") else 0
    if part.key(ahead) == "DEFAULT" and part.dialect == "tsql":
        _add_default(part, catalogue, table, ahead)
        return
    before = _sizes(table)
    read_element(part, catalogue, table)
    if catalogue.guarded:
        _forget_repeated(table, before)
    if len(table.columns) > before[0]:
        added = table.columns.pop()
        existing = catalogue.find_column(table, added.name)
        if existing is None:
            table.columns.append(added)
            return
        _forget_added(table, before)
        if not may_exist:
            message = f"column '{added.name.text}' is added to table '{table.name.text}', which has it already"
            catalogue.report("DDL206", added.name.start, message, found=added.name.text)


def _sizes(table: DraftTable) -> tuple[int, int, int, int, int]:
    return len(table.columns), len(table.primary_keys), len(table.uniques), len(table.foreign_keys), len(table.checks)


def _forget_added(table: DraftTable, before: tuple[int, int, int, int, int]) -> None:
    _, keys, uniques, foreign_keys, checks = before
    del table.primary_keys[keys:], table.uniques[uniques:], table.foreign_keys[foreign_keys:], table.checks[checks:]


def _forget_repeated(table: DraftTable, before: tuple[int, int, int, int, int]) -> None:
    """Drop what a condition would have prevented: a second primary key, a constraint of a name the table has."""
    _, keys, uniques, foreign_keys, checks = before
    del table.primary_keys[max(keys, 1) :]
    _forget_known(table.uniques, uniques)
    _forget_known(table.foreign_keys, foreign_keys)
    _forget_known(table.checks, checks)


def _forget_known(group: list[_Named], count: int) -> None:
    known = {c.name.lower() for c in group[:count] if c.name}
    group[count:] = [c for c in group[count:] if (c.name or "").lower() not in known]


def _add_default(part: Cursor, catalogue: Catalogue, table: DraftTable, ahead: int) -> None:
    """`ADD CONSTRAINT df DEFAULT (0) FOR col` of SQL Server."""
    part.index += ahead + 1
    default = read_default_expression(part)
    part.expect("FOR")
    column = catalogue.need_column(table, part.name("a column name"))
    if column is not None:
        column.default = default
        note_default(column, part.dialect)


def _alter(action: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    if action.key() in {"INDEX", "CONSTRAINT", "CHECK"} and action.kind(1) is not None and action.key(1) not in {"SET", "TYPE", "DROP"}:
        return
    action.accept("COLUMN")
    name = action.name("a column name")
    column = catalogue.need_column(table, name)
    if column is None:
        return
    if action.accept("SET", "NOT", "NULL"):
        column.nullable = False
    elif action.accept("DROP", "NOT", "NULL"):
        column.nullable = True
    elif action.accept("SET", "DEFAULT"):
        column.default = read_default_expression(action)
        note_default(column, action.dialect)
    elif action.accept("DROP", "DEFAULT"):
        column.default = None
    elif action.accept("TYPE") or action.accept("SET", "DATA", "TYPE"):
        column.type = read_type(action) or column.type
    elif action.at("ADD", "GENERATED"):
        action.take()
        read_column_options(action, table, column)
    elif action.accept("DROP", "IDENTITY"):
        column.identity = False
    elif action.dialect == "tsql" and action.key() not in {"SET", "DROP", "ADD"}:
        _retype(action, table, column)


def _retype(action: Cursor, table: DraftTable, column: DraftColumn) -> None:
    """`ALTER COLUMN c type NULL` of SQL Server, MODIFY of Oracle and MySQL: type and nullability are said anew."""
    end = column.end
    new_type = read_type(action)
    if new_type is not None:
        column.type = new_type
        column.options = TextOptions()
        column.nullable = True if action.dialect in {"tsql", "mysql"} else column.nullable
    read_column_options(action, table, column)
    column.end = end


def _modify(action: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    action.accept("COLUMN")
    if action.at("("):
        for part in action.group().split():
            _modify(part, catalogue, table)
        return
    if action.key() in _WITHOUT_EFFECT | {"CONSTRAINT"} and action.kind(1) is not None and action.dialect == "oracle":
        return
    column = catalogue.need_column(table, action.name("a column name"))
    if column is not None:
        _restate(action, table, column)


def _change(action: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    action.accept("COLUMN")
    column = catalogue.need_column(table, action.name("a column name"))
    if column is not None:
        rename_column(catalogue, table, column, action.name("the new column name"))
        _restate(action, table, column)


def _restate(action: Cursor, table: DraftTable, column: DraftColumn) -> None:
    """MySQL's MODIFY and CHANGE say the whole column again, AUTO_INCREMENT included."""
    if action.dialect == "mysql":
        column.default, column.identity = None, False
    _retype(action, table, column)


def _drop(action: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    if action.accept("PRIMARY", "KEY"):
        table.primary_keys.clear()
        return
    constraint = action.accept("CONSTRAINT") or action.accept("FOREIGN", "KEY") or action.accept_any("INDEX", "KEY", "CHECK") != ""
    if not constraint:
        action.accept("COLUMN")
    if_exists = action.accept("IF", "EXISTS")
    if action.at("("):
        for part in action.group().split():
            _drop(part, catalogue, table)
        return
    if action.accept("PARTITION"):
        action.skip_to_end()
        return
    name = action.name("a name")
    if constraint:
        _drop_constraint(table, name.text.lower())
    else:
        _drop_column(catalogue, table, name, if_exists=if_exists)


def _drop_constraint(table: DraftTable, name: str) -> None:
    table.primary_keys = [c for c in table.primary_keys if (c.name or "").lower() != name]
    table.uniques = [c for c in table.uniques if (c.name or "").lower() != name]
    table.foreign_keys = [c for c in table.foreign_keys if (c.name or "").lower() != name]
    table.checks = [c for c in table.checks if (c.name or "").lower() != name]
    table.exclusions = [c for c in table.exclusions if (c.name or "").lower() != name]


def _drop_column(catalogue: Catalogue, table: DraftTable, name: Name, *, if_exists: bool) -> None:
    column = catalogue.find_column(table, name) if if_exists else catalogue.need_column(table, name)
    if column is None:
        return
    table.columns = [c for c in table.columns if c is not column]
    table.forget_index()
    gone = column.name.text.lower()
    table.primary_keys = [k for k in table.primary_keys if not _uses(k.columns, gone)]
    table.uniques = [k for k in table.uniques if not _uses(k.columns, gone)]
    table.foreign_keys = [k for k in table.foreign_keys if not _uses(k.columns, gone)]
    named = re.compile(rf"(?<!\w){re.escape(gone)}(?!\w)", re.IGNORECASE)
    table.checks = [c for c in table.checks if not named.search(c.sql)]


def _uses(columns: list[Name], name: str) -> bool:
    return any(c.text.lower() == name for c in columns)


def _rename(action: Cursor, catalogue: Catalogue, table: DraftTable) -> None:
    if action.key() in {"CONSTRAINT", "INDEX", "KEY"} and action.kind(1) is not None and action.key(1) != "TO":
        action.take()
        old = action.name("a constraint name").text.lower()
        action.expect("TO")
        new = action.name("a constraint name").text
        groups: tuple[list[DraftKey] | list[DraftForeignKey] | list[DraftCheck], ...]
        groups = (table.primary_keys, table.uniques, table.foreign_keys, table.checks)
        for constraint in (c for group in groups for c in group):
            if (constraint.name or "").lower() == old:
                constraint.name = new
        return
    action.accept("COLUMN")
    column = catalogue.need_column(table, action.name("a column name"))
    action.expect("TO")
    if column is not None:
        rename_column(catalogue, table, column, action.name("the new column name"))


def rename_column(catalogue: Catalogue, table: DraftTable, column: DraftColumn, new: Name) -> None:
    """Give a column another name, also in the keys of its table and in foreign keys that point at it."""
    old = column.name.text.lower()
    column.name = new
    table.forget_index()
    members = [k.columns for k in (*table.primary_keys, *table.uniques)] + [k.columns for k in table.foreign_keys]
    for columns in members:
        columns[:] = [new if c.text.lower() == old else c for c in columns]
    for child in catalogue.tables.values():
        for fk in child.foreign_keys:
            if catalogue.find_table(fk.parent, fk.path) is table:
                fk.parent_columns[:] = [new if c.text.lower() == old else c for c in fk.parent_columns]


def read_rename_table(cursor: Cursor, catalogue: Catalogue) -> bool:
    """Read `RENAME TABLE a TO b, ...` of MySQL and `RENAME a TO b` of Oracle from after RENAME."""
    cursor.accept("TABLE")
    for part in cursor.split():
        old = part.qualified_name("a table name")
        part.expect("TO")
        new = part.qualified_name("the new table name")
        if catalogue.is_without_rows(old):
            continue
        table = catalogue.need_table(old, "RENAME")
        if table is not None:
            rename_table(catalogue, table, old.last, new.last)
    return True


def _move_table(catalogue: Catalogue, table: DraftTable, target: QualifiedName) -> None:
    for child in catalogue.tables.values():
        for fk in child.foreign_keys:
            if catalogue.find_table(fk.parent, fk.path) is table:
                fk.parent = target
    catalogue.tables.pop(catalogue.key(table.namespace, table.name), None)
    table.namespace = catalogue.namespace_of(target)
    catalogue.tables[catalogue.key(table.namespace, table.name)] = table


def rename_table(catalogue: Catalogue, table: DraftTable, old: Name, new: Name) -> None:
    """Give a table another name, also where foreign keys name it."""
    for child in catalogue.tables.values():
        for fk in child.foreign_keys:
            if catalogue.find_table(fk.parent, fk.path) is table:
                fk.parent = QualifiedName((*fk.parent.parts[:-1], new))
    catalogue.tables.pop(catalogue.key(table.namespace, table.name), None)
    table.name = new
    key = catalogue.key(table.namespace, new)
    if key in catalogue.tables:
        message = f"table '{old.text}' is renamed to '{new.text}', which exists already"
        catalogue.report("DDL205", new.start, message, found=new.text, severity=Severity.ERROR)
        return
    catalogue.tables[key] = table


_ACTIONS = {"ADD": _add, "ALTER": _alter, "MODIFY": _modify, "CHANGE": _change, "DROP": _drop, "RENAME": _rename}
