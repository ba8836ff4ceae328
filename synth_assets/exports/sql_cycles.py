"""How a SQL script loads tables whose keys form a cycle, per dialect, with every key still validated.

PostgreSQL: the cycle's keys are made deferrable for the transaction, looked up in the catalogue because
scripts seldom name them, and made what they were before it commits. SQLite: one pragma defers all keys
to the commit. SQL Server: the keys are disabled and enabled again WITH CHECK. MySQL and Oracle cannot
defer such keys: columns that may be NULL are filled by UPDATE once all rows are in. Where MySQL has no
such column, its key checks are off while the script runs; Oracle has no way, and the script is refused.
"""

from dataclasses import dataclass

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.exports.sql_names import regclass_literal, table_name
from synth_assets.schema.graph import cycle_edges_to_drop
from synth_assets.schema.model import ForeignKey, Schema, Table

_SUFFIX = "-- every key of the cycle is validated here\n"


@dataclass(frozen=True)
class CyclePlan:
    """What surrounds the rows in the transaction, and which columns are filled afterwards.

    Attributes:
        before, after: SQL text.
        filled_later: By table key: columns inserted as NULL and set by UPDATE.
    """

    before: str = ""
    after: str = ""
    filled_later: dict[str, tuple[str, ...]] | None = None

    def columns_filled_later(self, table_key: str) -> tuple[str, ...]:
        return (self.filled_later or {}).get(table_key, ())


def plan_cycles(schema: Schema, dialect: str) -> CyclePlan:
    """Return how the cycles of a schema are loaded. Raises RequestError where the dialect has no way."""
    broken = [(schema.table(e.child), schema.table(e.parent)) for e in cycle_edges_to_drop(schema)]
    if not broken:
        return CyclePlan()
    match dialect:
        case "postgres":
            return _for_postgres(broken)
        case "sqlite":
            return CyclePlan(before="PRAGMA defer_foreign_keys = ON;\n")
        case "tsql":
            children = dict.fromkeys(table_name(child, dialect) for child, _ in broken)
            off = "".join(f"ALTER TABLE {c} NOCHECK CONSTRAINT ALL;\n" for c in children)
            on = "".join(f"ALTER TABLE {c} WITH CHECK CHECK CONSTRAINT ALL;\n" for c in children)
            return CyclePlan(before=off, after=_SUFFIX + on)
        case _:
            return _by_update(broken, dialect)


def _for_postgres(broken: list[tuple[Table, Table]]) -> CyclePlan:
    pairs = ", ".join(f"({regclass_literal(child)}, {regclass_literal(parent)})" for child, parent in broken)
    change = (
        "DO $synth$ DECLARE c record; BEGIN FOR c IN SELECT * FROM synth_deferred_keys LOOP\n"
        "  EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I {}', c.child, c.name);\nEND LOOP; END $synth$;\n"
    )
    chosen = f"contype = 'f' AND NOT condeferrable AND conparentid = 0 AND (conrelid, confrelid) IN ({pairs})"
    lookup = (
        "CREATE TEMPORARY TABLE synth_deferred_keys ON COMMIT DROP AS\n"
        "  SELECT conrelid::regclass AS child, conname AS name FROM pg_constraint\n  WHERE "
    )
    before = lookup + chosen + ";\n" + change.format("DEFERRABLE") + "SET CONSTRAINTS ALL DEFERRED;\n"
    return CyclePlan(before=before, after=_SUFFIX + "SET CONSTRAINTS ALL IMMEDIATE;\n" + change.format("NOT DEFERRABLE"))


def _by_update(broken: list[tuple[Table, Table]], dialect: str) -> CyclePlan:
    later: dict[str, tuple[str, ...]] = {}
    for child, parent in broken:
        keys = [fk for fk in child.foreign_keys if fk.parent_table == parent.key]
        if not all(_can_wait(child, fk) for fk in keys):
            return _without_checks(child, parent, dialect)
        names = [n for fk in keys for n in fk.columns if child.column(n).nullable]
        later[child.key] = tuple(dict.fromkeys([*later.get(child.key, ()), *names]))
    return CyclePlan(filled_later=later)


def _can_wait(table: Table, foreign_key: ForeignKey) -> bool:
    """Whether the key can be NULL at first: a nullable column that no CHECK reads, and a primary key to find the row by."""
    names = [n for n in foreign_key.columns if table.column(n).nullable]
    read_by_checks = {c for check in table.checks for c in check.columns}
    return bool(names) and table.primary_key is not None and not read_by_checks & set(names)


def _without_checks(child: Table, parent: Table, dialect: str) -> CyclePlan:
    if dialect == "mysql":
        off = "SET @synth_key_checks = @@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS = 0;\n"
        return CyclePlan(before=off, after="SET FOREIGN_KEY_CHECKS = @synth_key_checks;\n")
    diagnostic = Diagnostic(
        code="EXP101",
        where=child.key,
        message=f"no {dialect} script can insert rows of a cycle whose keys must not be NULL",
        found=f"{child.key} and {parent.key} refer to each other",
        hint="declare one of the keys DEFERRABLE, or export CSV and load with the keys disabled",
    )
    raise RequestError("the SQL script cannot be written", [diagnostic])
