"""All draft tables to one Schema: keys made unique, foreign keys resolved across tables."""

from collections import Counter

from synth_assets.ddl.catalogue import Catalogue, fold
from synth_assets.ddl.descriptions import description_of
from synth_assets.ddl.drafts import DraftForeignKey, DraftTable, Name
from synth_assets.ddl.table_assembly import AssembledTable, TableAssembler
from synth_assets.errors import Severity
from synth_assets.schema.model import Column, ForeignKey, MissingParent, Schema, Table
from synth_assets.schema.types import LogicalType

_COMPARABLE = (
    {"integer", "decimal", "float"},
    {"text", "enum", "unknown", "uuid"},
    {"date", "timestamp", "time"},
)
_DATABASE_WOULD_TAKE = frozenset({"mysql"})
"""Dialects whose database accepts a foreign key to columns that are not unique (InnoDB asks for an index only)."""


def assemble_schema(catalogue: Catalogue, name: str) -> Schema | None:
    """Return the schema of everything read, or None when no table is left; problems go to the catalogue."""
    assembled: dict[int, AssembledTable] = {}
    for draft in catalogue.tables.values():
        table = TableAssembler(catalogue, draft).assemble()
        if table.columns:
            assembled[id(draft)] = table
        else:
            message = f"table '{draft.name.text}' has no columns and is left out"
            catalogue.report("DDL213", draft.start, message, found=draft.name.text, severity=Severity.WARNING)
    _name_keys(list(assembled.values()), catalogue.dialect)
    resolver = _ForeignKeyResolver(catalogue, assembled)
    tables = tuple(_freeze(table, resolver, catalogue) for table in assembled.values())
    return Schema(name=name, dialect=catalogue.dialect, tables=tables, passed_over=tuple(catalogue.passed_over)) if tables else None


def _name_keys(tables: list[AssembledTable], dialect: str) -> None:
    """Give every table a key of its own; two spelled alike (`Users`, `"Users"`) are told apart by folding one."""
    taken: set[str] = set()
    alike = Counter((t.namespace, t.draft.name.text) for t in tables)
    for table in tables:
        prefix = f"{table.namespace}." if table.namespace else ""
        name = table.draft.name
        spelled = prefix + name.text
        key = spelled if alike[table.namespace, name.text] == 1 else prefix + fold(name, dialect)
        number = 2
        while key in taken:
            key, number = f"{spelled}_{number}", number + 1
        taken.add(key)
        table.key = key


def _freeze(table: AssembledTable, resolver: "_ForeignKeyResolver", catalogue: Catalogue) -> Table:
    prefix = f"{table.namespace}." if table.namespace else ""
    return Table(
        name=table.key[len(prefix) :],
        namespace=table.namespace,
        quoted=table.draft.name.quoted,
        columns=tuple(table.columns),
        primary_key=table.primary_key,
        unique_constraints=tuple(table.uniques),
        foreign_keys=tuple(k for k in (resolver.resolve(table, d) for d in table.draft.foreign_keys) if k is not None),
        missing_parents=tuple(resolver.missing.pop(id(table), ())),
        checks=tuple(table.checks),
        exclusions=tuple(table.exclusions),
        comment=description_of(table.draft.comment, table.draft.name.text, table.namespace),
        where=catalogue.source.position(table.draft.start),
    )


class _ForeignKeyResolver:
    """Resolves foreign keys; one that cannot be honoured is reported and dropped, its table stays."""

    def __init__(self, catalogue: Catalogue, assembled: dict[int, AssembledTable]) -> None:
        self.catalogue = catalogue
        self.assembled = assembled
        self.missing: dict[int, list[MissingParent]] = {}

    def resolve(self, child: AssembledTable, draft: DraftForeignKey) -> ForeignKey | None:
        columns = self._columns(child, draft.columns, "DDL207", "a foreign key")
        parent = self._parent(child, draft)
        if parent is None or columns is None:
            if columns is not None:
                self._note_missing(child, draft, columns)
            return None
        targets = self._targets(child, parent, draft)
        if targets is None:
            return None
        if len(targets) != len(columns):
            message = f"{self._label(child, draft)} has {len(columns)} columns and points at {len(targets)} of '{parent.key}'"
            self._report("DDL203", draft, message, f"({', '.join(columns)}) -> ({', '.join(targets)})")
            return None
        if not self._is_unique(child, parent, targets, draft):
            return None
        self._compare_types(child, parent, columns, targets, draft)
        return ForeignKey(
            name=draft.name,
            columns=columns,
            parent_table=parent.key,
            parent_columns=targets,
            on_delete=draft.on_delete,
            on_update=draft.on_update,
            deferrable=draft.deferrable,
            where=self.catalogue.source.position(draft.start),
        )

    def _note_missing(self, child: AssembledTable, draft: DraftForeignKey, columns: tuple[str, ...]) -> None:
        key = MissingParent(
            name=draft.name,
            columns=columns,
            parent_table=str(draft.parent),
            parent_columns=tuple(c.text for c in draft.parent_columns),
            where=self.catalogue.source.position(draft.start),
        )
        self.missing.setdefault(id(child), []).append(key)

    def _label(self, child: AssembledTable, draft: DraftForeignKey) -> str:
        return f"foreign key {child.key}.{', '.join(c.text for c in draft.columns)}"

    def _report(self, code: str, draft: DraftForeignKey, message: str, found: str, hint: str = "", *, warning: bool = False) -> None:
        severity = Severity.WARNING if warning else Severity.ERROR
        self.catalogue.report(code, draft.start, message, found=found, hint=hint, severity=severity)

    def _parent(self, child: AssembledTable, draft: DraftForeignKey) -> AssembledTable | None:
        found = self.catalogue.find_table(draft.parent, draft.path)
        found = found or self._beside(child, draft)
        table = self.assembled.get(id(found)) if found is not None else None
        if table is not None:
            return table
        label = self._label(child, draft)
        for key in self.catalogue.candidates(draft.parent, draft.path):
            if key in self.catalogue.partitions:
                message = f"{label} points at '{draft.parent}', a partition, which is not a table of its own here"
                self._report("DDL201", draft, message, str(draft.parent), "point it at the partitioned table")
                return None
        broken = self.catalogue.is_broken(draft.parent, draft.path)
        if broken is not None:
            line = self.catalogue.source.line_of(broken)
            hint = f"'{draft.parent}' is declared at line {line} but could not be read"
        else:
            hint = self.catalogue.nearest(draft.parent.last.text, [t.draft.name.text for t in self.assembled.values()])
        self._report("DDL201", draft, f"{label} points at table '{draft.parent}', which is not declared", str(draft.parent), hint)
        return None

    def _beside(self, child: AssembledTable, draft: DraftForeignKey) -> DraftTable | None:
        """MySQL and SQL Server look for an unqualified parent beside the child first."""
        if len(draft.parent.parts) > 1 or child.namespace is None or self.catalogue.dialect == "postgres":
            return None
        return self.catalogue.tables.get(self.catalogue.key(child.namespace, draft.parent.last))

    def _columns(self, table: AssembledTable, names: list[Name], code: str, what: str) -> tuple[str, ...] | None:
        found: list[str] = []
        for name in names:
            spelled = table.spelled.get(fold(name, self.catalogue.dialect))
            if spelled is None:
                hint = self.catalogue.nearest(name.text, table.spelled.values())
                message = f"{what} names column '{name.text}', which table '{table.key}' does not have"
                self.catalogue.report(code, name.start, message, found=name.text, hint=hint)
                return None
            found.append(spelled)
        return tuple(found)

    def _targets(self, child: AssembledTable, parent: AssembledTable, draft: DraftForeignKey) -> tuple[str, ...] | None:
        if draft.parent_columns:
            return self._columns(parent, draft.parent_columns, "DDL202", f"the parent side of {self._label(child, draft)}")
        if parent.primary_key is not None:
            return parent.primary_key.columns
        message = f"{self._label(child, draft)} names no column of '{parent.key}', which has no primary key"
        self._report("DDL204", draft, message, parent.key, f"name the columns, or give '{parent.key}' a primary key")
        return None

    def _is_unique(self, child: AssembledTable, parent: AssembledTable, targets: tuple[str, ...], draft: DraftForeignKey) -> bool:
        if frozenset(targets) in parent.unique_sets:
            return True
        taken = self.catalogue.dialect in _DATABASE_WOULD_TAKE
        points = f"{parent.key}.{', '.join(targets)}"
        message = f"{self._label(child, draft)} points at {points}, which is neither a primary key nor unique"
        primary = f"primary key ({', '.join(parent.primary_key.columns)})" if parent.primary_key else "no primary key"
        uniques = "".join(f", unique ({', '.join(u.columns)})" for u in parent.uniques if u.columns)
        hint = f"add UNIQUE ({', '.join(targets)}) to {parent.key}"
        if parent.primary_key and len(parent.primary_key.columns) == len(targets):
            hint = f"reference {parent.key}.{', '.join(parent.primary_key.columns)}, or {hint}"
        self._report("DDL204", draft, message, f"{parent.key} has {primary}{uniques}", hint, warning=taken)
        return taken

    def _compare_types(
        self, child: AssembledTable, parent: AssembledTable, columns: tuple[str, ...], targets: tuple[str, ...], draft: DraftForeignKey
    ) -> None:
        for name, target in zip(columns, targets, strict=True):
            left, right = child.columns_by_name[name], parent.columns_by_name[target]
            if not _comparable(left.type, right.type):
                message = f"{self._label(child, draft)} has type {_spell(left)}, and {parent.key}.{target} has type {_spell(right)}"
                self._report(
                    "DDL209", draft, message, f"{_spell(left)} -> {_spell(right)}", "give both columns the same type", warning=True
                )


def _spell(column: Column) -> str:
    return column.sql_type or "(none)"


def _comparable(left: LogicalType, right: LogicalType) -> bool:
    return (
        left.kind == right.kind or "unknown" in {left.kind, right.kind} or any({left.kind, right.kind} <= family for family in _COMPARABLE)
    )
