"""Draft tables to tables: types, domains, keys and checks resolved within one table."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from synth_assets.ddl.catalogue import Catalogue, fold
from synth_assets.ddl.collations import collation_of, is_utf8
from synth_assets.ddl.column_types import SERIAL_BITS, is_known_name, logical_type
from synth_assets.ddl.drafts import DraftCheck, DraftColumn, DraftDomain, DraftExclusion, DraftKey, DraftTable, DraftType, Name, TextOptions
from synth_assets.ddl.exclusions import ExclusionParts, parts_of
from synth_assets.ddl.expressions import read_expression
from synth_assets.ddl.json_checks import json_column, may_hold_documents
from synth_assets.ddl.truth_values import with_truth_values
from synth_assets.errors import Severity
from synth_assets.schema.collations import EXACT, Collation
from synth_assets.schema.expressions import Expression, Opaque, is_understood
from synth_assets.schema.model import CheckConstraint, Column, ExclusionConstraint, PrimaryKey, UniqueConstraint
from synth_assets.schema.types import (
    ArrayType,
    BooleanType,
    CompositeField,
    EnumType,
    IntegerType,
    JsonType,
    LogicalType,
    TextType,
    UnknownType,
)

_ROWID_TYPE = "integer"


@dataclass
class AssembledTable:
    """A table whose own parts are resolved; its foreign keys still wait for all the others."""

    draft: DraftTable
    namespace: str | None
    columns: list[Column]
    spelled: dict[str, str] = field(default_factory=dict)
    primary_key: PrimaryKey | None = None
    uniques: list[UniqueConstraint] = field(default_factory=list)
    checks: list[CheckConstraint] = field(default_factory=list)
    exclusions: list[ExclusionConstraint] = field(default_factory=list)
    key: str = ""

    @cached_property
    def unique_sets(self) -> frozenset[frozenset[str]]:
        """The sets of columns a foreign key may point at."""
        sets = [frozenset(self.primary_key.columns)] if self.primary_key else []
        whole = [frozenset(u.columns) for u in self.uniques if u.columns and not u.expressions and u.predicate is None]
        return frozenset((*sets, *whole))

    @cached_property
    def columns_by_name(self) -> dict[str, Column]:
        return {c.name: c for c in self.columns}


class TableAssembler:
    """Resolves one draft table; reports what contradicts itself and leaves only that part out."""

    def __init__(self, catalogue: Catalogue, draft: DraftTable) -> None:
        self.catalogue = catalogue
        self.draft = draft
        self.dialect = catalogue.dialect
        self.domain_checks: list[tuple[DraftCheck, str]] = []
        self.spelled: dict[str, str] = {}
        self.booleans: frozenset[str] = frozenset()
        self.integers: frozenset[str] = frozenset()
        self.dates: frozenset[str] = frozenset()

    def assemble(self) -> AssembledTable:
        columns = self._columns()
        table = AssembledTable(self.draft, self.draft.namespace, columns, self.spelled)
        table.primary_key = self._primary_key()
        self._settle_primary_columns(table)
        self._settle_documents(table)
        self.booleans = frozenset(c.name for c in table.columns if isinstance(c.type, BooleanType))
        self.integers = frozenset(c.name for c in table.columns if isinstance(c.type, IntegerType))
        self.dates = frozenset(c.name for c in table.columns if c.type.kind in {"date", "timestamp"})
        table.columns[:] = [self._with_tree(c) for c in table.columns]
        table.uniques = [u for u in map(self._unique, self.draft.uniques) if u is not None]
        self._coarsen(table)
        self._exclude(table)
        table.checks = self._checks(table)
        return table

    def resolve(self, name: Name) -> str | None:
        """Return the declared spelling of a column of this table, or None."""
        return self.spelled.get(fold(name, self.dialect))

    def _resolve_text(self, text: str, quoted: bool) -> str | None:
        return self.resolve(Name(text, quoted, 0))

    def _columns(self) -> list[Column]:
        columns: list[Column] = []
        taken: set[str] = set()
        for draft in self.draft.columns:
            folded = fold(draft.name, self.dialect)
            if folded in self.spelled:
                message = f"table '{self.draft.name.text}' declares column '{draft.name.text}' twice"
                self.catalogue.report("DDL206", draft.name.start, message, found=draft.name.text, hint="the first declaration was kept")
                continue
            name = draft.name.text if draft.name.text not in taken else folded
            taken.add(name)
            self.spelled[folded] = name
            columns.append(self._column(draft, name))
        return columns

    def _column(self, draft: DraftColumn, name: str) -> Column:
        domain = self._domain(draft.type)
        serial = draft.type is not None and draft.type.name.lower() in SERIAL_BITS and self.dialect in {"postgres", "mysql"}
        nullable = draft.nullable and not serial and not draft.identity
        default, options, written = draft.default, draft.options, draft.type.sql if draft.type else ""
        hops = 0
        while domain is not None and hops < 20:  # a domain over a domain
            nullable = nullable and domain.nullable
            default = default if default is not None else domain.default
            options, written = options.within(domain.options), f"{written} {domain.type.sql}"
            self.domain_checks += [(c, name) for c in domain.checks]
            domain, hops = self._domain(domain.type), hops + 1
        logical = self._type(draft)
        if isinstance(logical, TextType) and self.dialect == "tsql" and is_utf8(options.within(self.draft.options), written):
            logical = logical.model_copy(update={"in_bytes": logical.max_length is not None})
        return Column(
            name=name,
            type=logical,
            sql_type=draft.type.sql if draft.type else "",
            nullable=nullable,
            default=default,
            identity=draft.identity or serial,
            identity_always=draft.identity_always,
            generated=draft.generated,
            comment=draft.comment,
            quoted=draft.name.quoted,
            collation=self._collation(logical, options, written),
            where=self.catalogue.source.position(draft.name.start),
        )

    def _collation(self, logical: LogicalType, options: TextOptions, written: str) -> Collation:
        if not isinstance(logical, TextType):
            return EXACT
        whole = options.within(self.draft.options)
        return collation_of(whole, self.dialect, written, self.catalogue.collations, fixed=logical.fixed)

    def _coarsen(self, table: AssembledTable) -> None:
        """A collation that a key names for a member (`UNIQUE (email COLLATE NOCASE)`) counts as the column's own."""
        keys = (*self.draft.primary_keys, *self.draft.uniques)
        named = {name: k.collations[m.text] for k in keys for m in k.columns if m.text in k.collations and (name := self.resolve(m))}
        for at, column in enumerate(table.columns):
            if column.name in named and isinstance(column.type, TextType):
                of_key = self._collation(column.type, TextOptions(collation=named[column.name]), column.sql_type)
                table.columns[at] = column.model_copy(update={"collation": column.collation.joined(of_key)})

    def _domain(self, draft: DraftType | None) -> DraftDomain | None:
        if draft is None or draft.dimensions or draft.arguments:
            return None
        return self.catalogue.domains.get(draft.name)

    def _type(self, draft: DraftColumn) -> LogicalType:
        written = draft.type
        if written is None:
            return UnknownType(name="") if draft.generated is not None else logical_type(DraftType("", False, (), 0, "", 0), self.dialect)
        resolved = self._named_type(written)
        unknown = resolved
        while unknown.kind == "array":
            unknown = unknown.element
        if isinstance(unknown, UnknownType) and not is_known_name(written) and unknown.name != "bit_string" and not unknown.fields:
            message = f"type '{written.sql}' of column '{draft.name.text}' is not known; its values are kept in their text form"
            self.catalogue.report("DDL301", written.start, message, found=written.sql, severity=Severity.WARNING)
        return resolved

    def _named_type(self, written: DraftType, hops: int = 0) -> LogicalType:
        enum = self.catalogue.enums.get(written.name)
        domain = self.catalogue.domains.get(written.name)
        fields = self.catalogue.composites.get(written.name)
        if enum is None and domain is None and fields is None:
            return logical_type(written, self.dialect)
        base: LogicalType
        if enum is not None:
            base = EnumType(name=enum[0], values=tuple(dict.fromkeys(enum[1]))) if enum[1] else UnknownType(name=enum[0])
        elif domain is not None and hops < 20:
            base = self._named_type(domain.type, hops + 1)
        elif fields is not None and hops < 20:
            parts = tuple(CompositeField(name=name, type=self._named_type(part, hops + 1)) for name, part in fields)
            base = UnknownType(name=written.name, fields=parts)
        else:
            return UnknownType(name=written.name)
        if written.dimensions:
            return ArrayType(element=base)
        return base

    def _own_columns(self, names: Iterable[Name], what: str) -> tuple[str, ...] | None:
        """Return the declared spellings, or report DDL207 for each name that is no column and return None."""
        found: list[str] = []
        complete = True
        for name in names:
            spelled = self.resolve(name)
            if spelled is None:
                message = f"{what} of table '{self.draft.name.text}' names column '{name.text}', which the table does not have"
                self.catalogue.report(
                    "DDL207", name.start, message, found=name.text, hint=self.catalogue.nearest(name.text, self.spelled.values())
                )
                complete = False
            else:
                found.append(spelled)
        return tuple(dict.fromkeys(found)) if complete else None

    def _primary_key(self) -> PrimaryKey | None:
        result: PrimaryKey | None = None
        for draft in self.draft.primary_keys:
            self._use_index(draft)
            columns = self._own_columns(draft.columns, "the primary key")
            if not columns:
                continue
            if result is None:
                result = PrimaryKey(name=draft.name, columns=columns, where=self.catalogue.source.position(draft.start))
            elif columns != result.columns:
                message = f"table '{self.draft.name.text}' has two primary keys"
                hint = "the first was kept; declare a key over several columns as PRIMARY KEY (a, b)"
                self.catalogue.report("DDL210", draft.start, message, found=", ".join(columns), hint=hint)
        return result

    def _use_index(self, draft: DraftKey) -> None:
        """`ADD CONSTRAINT k PRIMARY KEY USING INDEX i` takes the columns of i."""
        if draft.index is not None and (index := self.catalogue.indexes.get(draft.index.lower())) is not None:
            draft.columns = list(index.columns)

    def _settle_primary_columns(self, table: AssembledTable) -> None:
        """Columns of the primary key are NOT NULL; SQLite's INTEGER PRIMARY KEY numbers itself."""
        if table.primary_key is None:
            return
        members = set(table.primary_key.columns)
        alone = len(members) == 1 and self.dialect == "sqlite"
        for at, column in enumerate(table.columns):
            if column.name in members:
                rowid = alone and column.sql_type.strip().lower() == _ROWID_TYPE
                table.columns[at] = column.model_copy(update={"nullable": False, "identity": column.identity or rowid})

    def _unique(self, draft: DraftKey) -> UniqueConstraint | None:
        self._use_index(draft)
        columns = self._own_columns(draft.columns, "a unique key")
        if columns is None or not (columns or draft.expressions):
            return None
        if draft.prefixed:
            message = f"a unique key of table '{self.draft.name.text}' looks at first characters only; it is read as over the whole column"
            self.catalogue.report("DDL307", draft.start, message, found=", ".join(columns), severity=Severity.INFO)
        return UniqueConstraint(
            name=draft.name,
            columns=columns,
            expressions=tuple(draft.expressions),
            predicate=draft.predicate,
            expression_trees=tuple(self._tree(e) for e in draft.expressions),
            predicate_tree=None if draft.predicate is None else self._tree(draft.predicate),
            nulls_distinct=draft.nulls_distinct and not self._compares_nulls(len(columns) + len(draft.expressions)),
            is_index=draft.is_index,
            where=self.catalogue.source.position(draft.start),
        )

    def _with_tree(self, column: Column) -> Column:
        return column if column.generated is None else column.model_copy(update={"generated_tree": self._tree(column.generated)})

    def _compares_nulls(self, members: int) -> bool:
        """SQL Server takes one NULL for another in every unique key, Oracle in those of several members (unless all are NULL)."""
        return self.dialect == "tsql" or (self.dialect == "oracle" and members > 1)

    def _exclude(self, table: AssembledTable) -> None:
        """Read the EXCLUDE constraints; one of equalities alone is a UNIQUE, one that is not understood is said."""
        for draft in self.draft.exclusions:
            parts = parts_of(draft, self.resolve, table.columns_by_name)
            tree = None if draft.predicate is None else self._tree(draft.predicate)
            if parts is None:
                message = f"an EXCLUDE constraint of table '{self.draft.name.text}' is left aside"
                found = ", ".join(f"{text} WITH {operator}" for text, operator in draft.members)
                hint = "only the database judges it"
                self.catalogue.report("DDL303", draft.start, message, found=found, hint=hint, severity=Severity.WARNING)
            elif parts.interval is None:
                table.uniques.append(self._unique_of(draft, parts, tree))
            else:
                table.exclusions.append(
                    ExclusionConstraint(
                        name=draft.name,
                        columns=parts.columns,
                        expressions=parts.expressions,
                        interval=parts.interval,
                        predicate=draft.predicate,
                        predicate_tree=tree,
                        where=self.catalogue.source.position(draft.start),
                    )
                )

    def _unique_of(self, draft: DraftExclusion, parts: ExclusionParts, tree: Expression | None) -> UniqueConstraint:
        return UniqueConstraint(
            name=draft.name,
            columns=parts.columns,
            expressions=parts.expressions,
            predicate=draft.predicate,
            expression_trees=tuple(self._tree(e) for e in parts.expressions),
            predicate_tree=tree,
            is_index=True,
            where=self.catalogue.source.position(draft.start),
        )

    def _tree(self, sql: str) -> Expression:
        """Return the tree of an index's expression or condition; what names no column of the table is opaque."""
        read = read_expression(sql, self.dialect, self._resolve_text, functions=self.catalogue.functions)
        return Opaque(sql=sql) if read.unknown else with_truth_values(read.expression, self.booleans)

    def _settle_documents(self, table: AssembledTable) -> None:
        """A text column that a CHECK wants to be JSON is a JSON column: MariaDB has no other."""
        named = {self.resolve(name) for draft in self.draft.checks if draft.enforced and (name := json_column(draft.sql)) is not None}
        table.columns[:] = [
            c.model_copy(update={"type": JsonType()}) if c.name in named and may_hold_documents(c.type) else c for c in table.columns
        ]

    def _checks(self, table: AssembledTable) -> list[CheckConstraint]:
        texts = frozenset(c.name for c in table.columns if isinstance(c.type, (TextType, EnumType)))
        checks = [self._check(d, d.sql, texts) for d in self.draft.checks]
        for draft, column in self.domain_checks:
            quoted = '"' + column.replace('"', '""') + '"' if self.dialect != "mysql" else f"`{column}`"
            checks.append(self._check(draft, _replace_value(draft.sql, quoted), texts, from_domain=True))
        return [c for c in checks if c is not None]

    def _check(self, draft: DraftCheck, sql: str, texts: frozenset[str], *, from_domain: bool = False) -> CheckConstraint | None:
        if not draft.enforced:
            message = f"a CHECK of table '{self.draft.name.text}' is declared but not enforced, and is left aside"
            self.catalogue.report("DDL309", draft.start, message, found=sql, severity=Severity.WARNING)
            return None
        resolve = self._domain_resolve if from_domain else self._resolve_text
        read = read_expression(sql, self.dialect, resolve, texts, self.catalogue.functions, self.integers, self.dates)
        label = draft.name or sql
        if read.unknown:
            name = read.unknown[0]
            message = f"a CHECK of table '{self.draft.name.text}' reads column '{name}', which the table does not have"
            self.catalogue.report("DDL208", draft.start, message, found=sql, hint=self.catalogue.nearest(name, self.spelled.values()))
            return None
        if read.too_deep:
            self.catalogue.report(
                "DDL107", draft.start, f"a CHECK of table '{self.draft.name.text}' is nested too deeply to be read", found=sql
            )
        elif read.not_inlined:
            message = f"a CHECK of table '{self.draft.name.text}' calls {read.not_inlined[0]}, whose body is no single expression"
            self.catalogue.report("DDL313", draft.start, message, found=sql, severity=Severity.INFO)
        elif not is_understood(read.expression):
            message = f"part of the CHECK '{draft.name or ''}' of table '{self.draft.name.text}' is not understood".replace(" ''", "")
            self.catalogue.report("DDL302", draft.start, message, found=label if not draft.name else sql, severity=Severity.INFO)
        return CheckConstraint(
            name=draft.name,
            sql=sql,
            duckdb_sql=read.duckdb_sql,
            expression=with_truth_values(read.expression, self.booleans),
            columns=read.columns,
            where=self.catalogue.source.position(draft.start),
        )

    def _domain_resolve(self, text: str, quoted: bool) -> str | None:
        """The column is put in quoted and spelled as declared, which is not how it folds when it was declared unquoted."""
        return next((s for s in self.spelled.values() if s == text), None) or self._resolve_text(text, quoted)


_VALUE = re.compile(r"'(?:[^']++|'')*+'|\"(?:[^\"]++|\"\")*+\"|\bVALUE\b", re.IGNORECASE)


def _replace_value(sql: str, column: str) -> str:
    """Put a column in the place of VALUE, strings and quoted names left alone."""
    return _VALUE.sub(lambda m: column if m[0][0] not in "'\"" else m[0], sql)
