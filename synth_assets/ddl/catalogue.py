"""What has been read so far: draft tables, types, domains, indexes, the search path, and the diagnostics."""

from collections.abc import Collection
from dataclasses import dataclass, field

from synth_assets.ddl.blocks import GUARDED_CODES
from synth_assets.ddl.codes import diagnose, shorten
from synth_assets.ddl.cursor import DdlSyntaxError
from synth_assets.ddl.drafts import (
    DraftColumn,
    DraftDomain,
    DraftFunction,
    DraftKey,
    DraftTable,
    DraftType,
    Name,
    QualifiedName,
    TextOptions,
)
from synth_assets.ddl.tokens import Source
from synth_assets.errors import Diagnostic, Severity, closest_name
from synth_assets.schema.collations import Collation
from synth_assets.schema.model import PassedOver

DEFAULT_NAMESPACES = {"postgres": "public", "tsql": "dbo", "sqlite": "main"}
MAX_DIAGNOSTICS = 500
MAX_PASSED_OVER = 2_000
MAX_COMPARISONS = 100_000
"""Names compared for hints in one reading."""

TableKey = tuple[str | None, str]
"""Namespace (None: the default one) and name, both folded the way the dialect resolves names."""


def fold(name: Name, dialect: str) -> str:
    """Return the spelling two identifiers share when the dialect takes them for the same."""
    if dialect == "postgres":
        return name.text if name.quoted else name.text.lower()
    if dialect == "oracle":
        return name.text if name.quoted else name.text.upper()
    return name.text.lower()


@dataclass
class Catalogue:
    """Everything one text has declared so far. Mutable; lives for one reading.

    `functions` holds None for a function that is not one expression.
    """

    source: Source
    dialect: str
    default_namespace: str | None = None
    tables: dict[TableKey, DraftTable] = field(default_factory=dict)
    broken: dict[TableKey, int] = field(default_factory=dict)
    partitions: dict[TableKey, TableKey] = field(default_factory=dict)
    enums: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    composites: dict[str, list[tuple[str, DraftType]]] = field(default_factory=dict)
    domains: dict[str, DraftDomain] = field(default_factory=dict)
    views: set[TableKey] = field(default_factory=set)
    indexes: dict[str, DraftKey] = field(default_factory=dict)
    collations: dict[str, Collation] = field(default_factory=dict)
    functions: dict[str, DraftFunction | None] = field(default_factory=dict)
    options: TextOptions = field(default_factory=TextOptions)
    namespaces: set[str] = field(default_factory=set)
    qualifiers: dict[str, bool] = field(default_factory=dict)
    path: tuple[str | None, ...] = (None,)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    unlisted: int = 0
    comparisons_left: int = MAX_COMPARISONS
    guarded: bool = False
    """What is read stands behind a condition, which prevents what would be a mistake elsewhere."""

    def report(self, code: str, offset: int, message: str, *, found: str = "", hint: str = "", severity: Severity = Severity.ERROR) -> None:
        if self.guarded and code in GUARDED_CODES:
            return
        if len(self.diagnostics) >= MAX_DIAGNOSTICS:
            self.unlisted += 1
            return
        where = self.source.position(offset)
        self.diagnostics.append(diagnose(code, where, message, found=found, hint=hint, severity=severity))

    def report_syntax(self, error: DdlSyntaxError, context: str = "") -> None:
        message = f"{context}: {error.message}" if context else error.message
        self.report(error.code, error.offset, message, found=error.found, hint=error.hint)

    def pass_over(self, kind: str, offset: int, end: int) -> None:
        """List a statement; neighbours of the same kind share one entry."""
        if self.passed_over and self.passed_over[-1].kind == kind and kind in {"INSERT", "COPY data", "client command", "SELECT", "SET"}:
            return
        if len(self.passed_over) < MAX_PASSED_OVER:
            text = shorten(self.source.text[offset : min(end, offset + 400)], 200)
            self.passed_over.append(PassedOver(kind=kind, where=self.source.position(offset), text=text))

    def namespace_of(self, name: QualifiedName) -> str | None:
        """Return the namespace a new object of that name goes to; None is the default one."""
        if len(name.parts) == 1:
            return self.path[0]
        return self._namespace(name.parts[-2])

    def _namespace(self, part: Name) -> str | None:
        default = self.default_namespace
        return None if not part.text or (default is not None and part.text.lower() == default.lower()) else part.text

    def key_of(self, name: QualifiedName) -> TableKey:
        return self.key(self.namespace_of(name), name.last)

    def key(self, namespace: str | None, name: Name) -> TableKey:
        return (namespace.lower() if namespace else None, fold(name, self.dialect))

    def candidates(self, name: QualifiedName, path: tuple[str | None, ...]) -> list[TableKey]:
        if len(name.parts) > 1:
            return [self.key(self._namespace(name.parts[-2]), name.last)]
        return [self.key(namespace, name.last) for namespace in dict.fromkeys((*path, None))]

    def find_table(self, name: QualifiedName, path: tuple[str | None, ...] | None = None) -> DraftTable | None:
        """Return the table of that name, looked for along the search path."""
        found = (self.tables.get(k) for k in self.candidates(name, self.path if path is None else path))
        return next((t for t in found if t is not None), None) or self._find_elsewhere(name)

    def _find_elsewhere(self, name: QualifiedName) -> DraftTable | None:
        """Return the table without a namespace when the one named is nowhere declared: it is the database's name then."""
        if len(name.parts) == 1 or self._namespace(name.parts[-2]) is None:
            return None
        namespace = name.parts[-2].text.lower()
        if namespace in self.namespaces or any(k[0] == namespace for k in self.tables):
            return None
        return self.tables.get(self.key(None, name.last))

    def drop_table(self, table: DraftTable, *, cascade: bool) -> None:
        """Forget a table; with `cascade`, foreign keys of other tables to it go too, as the database drops them."""
        for child in self.tables.values() if cascade else ():
            child.foreign_keys = [fk for fk in child.foreign_keys if self.find_table(fk.parent, fk.path) is not table]
        del self.tables[self.key(table.namespace, table.name)]

    def is_without_rows(self, name: QualifiedName) -> bool:
        """Tell whether the name is a view, a sequence or a partition: statements about it say nothing about tables."""
        return any(k in self.views or k in self.partitions for k in self.candidates(name, self.path))

    def is_broken(self, name: QualifiedName, path: tuple[str | None, ...] | None = None) -> int | None:
        """Return the offset of a declaration of that table that could not be read, or None."""
        found = (self.broken.get(k) for k in self.candidates(name, self.path if path is None else path))
        return next((o for o in found if o is not None), None)

    def need_table(self, name: QualifiedName, about: str) -> DraftTable | None:
        """Return the table, or report DDL211 and return None; a table that could not be read is not reported again."""
        table = self.find_table(name)
        if table is None and self.is_broken(name) is None:
            hint = self.nearest(str(name), [t.name.text for t in self.tables.values()])
            self.report(
                "DDL211", name.start, f"{about} is about table '{name}', which is not declared above it", found=str(name), hint=hint
            )
        return table

    def find_column(self, table: DraftTable, name: Name) -> DraftColumn | None:
        """Return the column of that name; looked up, not searched, so that many statements about a wide table stay cheap."""
        for column in table.columns[table.indexed :] if table.indexed < len(table.columns) else ():
            table.index.setdefault(fold(column.name, self.dialect), column)
        table.indexed = len(table.columns)
        return table.index.get(fold(name, self.dialect))

    def nearest(self, name: str, candidates: Collection[str]) -> str:
        """Return `did you mean ...` while the budget of comparisons lasts, so that many wrong names stay cheap."""
        self.comparisons_left -= len(candidates)
        return closest_name(name, candidates) if self.comparisons_left > 0 else ""

    def need_column(self, table: DraftTable, name: Name) -> DraftColumn | None:
        """Return the column, or report DDL212 and return None."""
        column = self.find_column(table, name)
        if column is None:
            hint = self.nearest(name.text, [c.name.text for c in table.columns])
            self.report("DDL212", name.start, f"table '{table.name.text}' has no column '{name.text}'", found=name.text, hint=hint)
        return column
