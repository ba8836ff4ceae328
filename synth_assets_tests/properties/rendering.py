"""A drawn schema as SQL text: one model, two dialects."""

import re

from synth_assets_tests.properties.model import Column, DrawnSchema, Key, Reference, Table

RESERVED = frozenset({
    "all", "and", "any", "array", "as", "asc", "check", "column", "constraint", "create", "default", "desc", "distinct", "end",
    "foreign", "from", "group", "having", "in", "index", "into", "key", "like", "limit", "not", "null", "offset", "on", "or",
    "order", "primary", "references", "select", "table", "then", "to", "union", "unique", "user", "using", "when", "where", "with",
})  # fmt: skip


def quoted(name: str) -> str:
    """The name as SQL takes it: bare where that is the same name in both dialects."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def listed(names: tuple[str, ...]) -> str:
    return ", ".join(quoted(n) for n in names)


def render(schema: DrawnSchema, dialect: str) -> str:
    """The whole DDL. PostgreSQL adds a key to a table that comes later (a cycle) at the end; SQLite takes it in place."""
    return "\n".join([*statements(schema, dialect, references="in place"), *late_references(schema, dialect)]) + "\n"


def statements(schema: DrawnSchema, dialect: str, *, references: str) -> list[str]:
    """CREATE TABLE and CREATE UNIQUE INDEX statements; with `references="none"`, no foreign key in them."""
    made: list[str] = []
    for table in schema.tables:
        known = {t.name for t in schema.tables[: schema.tables.index(table) + 1]}
        inside = [r for r in table.references if dialect == "sqlite" or r.parent in known] if references == "in place" else []
        made.append(_create_table(table, dialect, inside))
        made += [_create_index(table, key, number) for number, key in enumerate(table.keys) if not key.is_whole]
        if table.comment and dialect == "postgres":
            made.append(f"COMMENT ON TABLE {quoted(table.name)} IS {_text(table.comment)};")
    return made


def late_references(schema: DrawnSchema, dialect: str, *, every: bool = False) -> list[str]:
    """ALTER TABLE statements for the keys that `statements` left out; `every`: for all keys."""
    if dialect == "sqlite":
        return []
    made = []
    for place, table in enumerate(schema.tables):
        known = {t.name for t in schema.tables[: place + 1]}
        made += [f"ALTER TABLE {quoted(table.name)} ADD {_reference(r)};" for r in table.references if every or r.parent not in known]
    return made


def _create_table(table: Table, dialect: str, references: list[Reference]) -> str:
    lines = [(_column(c), c.comment) for c in table.columns]
    lines += [(f"{'PRIMARY KEY' if k.primary else 'UNIQUE'} ({listed(k.columns)})", "") for k in table.keys if k.is_whole]
    lines += [(_reference(r), "") for r in references]
    texts = [(number, check.text(dialect)) for number, check in enumerate(table.checks)]
    lines += [(f"CONSTRAINT check_{number} CHECK ({text})", "") for number, text in texts if text is not None]
    ends = [","] * (len(lines) - 1) + [""]
    body = "\n".join(f"    {line}{end}{f'  -- {note}' if note else ''}" for (line, note), end in zip(lines, ends, strict=True))
    return f"CREATE TABLE {quoted(table.name)} (\n{body}\n);"


def _column(column: Column) -> str:
    default = f" DEFAULT {column.default}" if column.default is not None else ""
    return f"{quoted(column.name)} {column.type}{default}{' NOT NULL' if column.not_null else ''}"


def _reference(reference: Reference) -> str:
    columns, parent = listed(reference.columns), quoted(reference.parent)
    return f"FOREIGN KEY ({columns}) REFERENCES {parent} ({listed(reference.parent_columns)})"


def _create_index(table: Table, key: Key, number: int) -> str:
    name = quoted(f"{table.name}_u{number}"[:63])
    where = f" WHERE {key.where}" if key.where else ""
    return f"CREATE UNIQUE INDEX {name} ON {quoted(table.name)} ({key.expression or listed(key.columns)}){where};"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
