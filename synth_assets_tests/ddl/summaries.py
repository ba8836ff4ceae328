"""A schema as a short text for golden files: one line per fact, nothing left out that a reader would miss."""

from synth_assets.schema.model import Column, Schema, Table


def summarise_schema(schema: Schema | None) -> str:
    """Return the whole schema as lines; `(no schema)` for None."""
    if schema is None:
        return "(no schema)\n"
    lines = [f"schema {schema.name} ({schema.dialect})"]
    for table in schema.tables:
        lines += _table(table)
    lines += [f"passed over: {p.kind} at line {p.where.line}" for p in schema.passed_over]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    lines = [f"table {table.key}" + (f"  -- {table.comment}" if table.comment else "")]
    lines += [_column(c) for c in table.columns]
    if table.primary_key:
        lines.append(f"  primary key {table.primary_key.columns} name={table.primary_key.name}")
    for u in table.unique_constraints:
        extra = f" expressions={u.expressions}" * bool(u.expressions) + f" where={u.predicate}" * bool(u.predicate)
        lines.append(f"  unique {u.columns} name={u.name}{extra}{' index' * u.is_index}{'' if u.nulls_distinct else ' nulls not distinct'}")
    for fk in table.foreign_keys:
        actions = f" delete={fk.on_delete} update={fk.on_update}{' deferrable' * fk.deferrable}"
        lines.append(f"  foreign key {fk.columns} -> {fk.parent_table}{fk.parent_columns} name={fk.name}{actions}")
    lines += [f"  missing parent {k.columns} -> {k.parent_table}{k.parent_columns} name={k.name}" for k in table.missing_parents]
    for c in table.checks:
        lines.append(f"  check {c.name} {c.columns}: {c.sql}")
        lines.append(f"    tree: {c.expression.model_dump_json(exclude_defaults=True)}")
        lines.append(f"    duckdb: {c.duckdb_sql}")
    for e in table.exclusions:
        span = e.interval.start if e.interval.is_stored else f"{e.interval.start} to {e.interval.end}"
        lines.append(f"  exclude {e.columns} {span}{' included' * e.interval.end_included} where={e.predicate} name={e.name}")
    return lines


def _column(c: Column) -> str:
    facts = [c.type.model_dump_json(), "" if c.nullable else "not null", f"default {c.default}" if c.default is not None else ""]
    facts += [
        "identity always" if c.identity_always else "identity" if c.identity else "",
        f"generated {c.generated}" if c.generated else "",
    ]
    seen = c.collation
    ignored = [n for n, on in (("case", seen.ignores_case), ("accents", seen.ignores_accents), ("blanks", seen.pads)) if on]
    facts += [f"ignores {' '.join(ignored)}" if ignored else "", f"charset {seen.charset}" if seen.charset else ""]
    facts.append(f"-- {c.comment}" if c.comment else "")
    return f"  {c.name} [{c.sql_type}] " + " ".join(f for f in facts if f) + f" @{c.where.line}:{c.where.column}"
