"""The database as frozen models: schema, tables, columns and their constraints.

Names are spelled as the DDL spells them (case kept, quotes removed). `Table.key` names a table
everywhere in this package: `name`, or `namespace.name` outside the dialect's default namespace.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from synth_assets.errors import SourcePosition
from synth_assets.schema.collations import EXACT, Collation
from synth_assets.schema.expressions import Expression
from synth_assets.schema.types import LogicalType


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields replaced; what a property remembered of the original is forgotten."""
        copy = super().model_copy(update=update, deep=deep)
        for name, member in vars(type(self)).items():
            if isinstance(member, cached_property):
                copy.__dict__.pop(name, None)
        return copy


class Column(_Model):
    """One column.

    Attributes:
        name: As the DDL spells it.
        type: What it can hold.
        sql_type: The type as written, for people and for DDL that is written again.
        nullable: False for NOT NULL, primary key and identity columns.
        default: SQL text of DEFAULT, or None.
        identity: The database numbers it by itself (serial, identity, auto-increment, rowid).
        identity_always: GENERATED ALWAYS AS IDENTITY: explicit values need OVERRIDING SYSTEM VALUE.
        generated: SQL text of a computed column, or None; such a column is never written.
        generated_tree: The same as a tree; may hold `Opaque` parts.
        comment: COMMENT ON, MySQL COMMENT, or the `-- ...` beside it.
        quoted: The DDL quotes the name, so the database does not fold its letter case.
        collation: How the database compares its texts; the coarsest of the column's own and those its unique keys name.
        where: Where it is declared.
    """

    name: str
    type: LogicalType
    sql_type: str
    nullable: bool = True
    default: str | None = None
    identity: bool = False
    identity_always: bool = False
    generated: str | None = None
    generated_tree: Expression | None = None
    comment: str | None = None
    quoted: bool = False
    collation: Collation = EXACT
    where: SourcePosition


class PrimaryKey(_Model):
    name: str | None = None
    columns: tuple[str, ...]
    where: SourcePosition


class UniqueConstraint(_Model):
    """UNIQUE, or a UNIQUE INDEX (`is_index`).

    Attributes:
        columns: The columns; empty when the index is over expressions only.
        expressions: SQL text of expression members such as `lower(email)`.
        predicate: SQL text of a partial index's WHERE, or None.
        expression_trees, predicate_tree: The same as trees; may hold `Opaque` parts.
        nulls_distinct: False for NULLS NOT DISTINCT.
    """

    name: str | None = None
    columns: tuple[str, ...]
    expressions: tuple[str, ...] = ()
    predicate: str | None = None
    expression_trees: tuple[Expression, ...] = ()
    predicate_tree: Expression | None = None
    nulls_distinct: bool = True
    is_index: bool = False
    where: SourcePosition


class Interval(_Model):
    """The span of a row that an EXCLUDE compares: two columns, or one stored range.

    Attributes:
        start, end: Columns of the bounds; the same column twice for a range that is stored as one value.
        end_included: The end belongs to the span (`'[]'`).
        sql: As written.
    """

    start: str
    end: str
    end_included: bool = False
    sql: str

    @property
    def is_stored(self) -> bool:
        """Tell whether one column of a range type holds the span."""
        return self.start == self.end


class ExclusionConstraint(_Model):
    """EXCLUDE: no two rows that agree in all `columns` (and in `expressions`) have spans that overlap.

    Attributes:
        columns: The columns compared by `=`.
        expressions: SQL text of other members compared by `=`.
        interval: The span compared by `&&`.
        predicate: SQL text of WHERE, or None for all rows.
        predicate_tree: The same as a tree; may hold `Opaque` parts.
    """

    name: str | None = None
    columns: tuple[str, ...]
    expressions: tuple[str, ...] = ()
    interval: Interval
    predicate: str | None = None
    predicate_tree: Expression | None = None
    where: SourcePosition

    @property
    def label(self) -> str:
        members = ", ".join(f"{m} WITH =" for m in (*self.columns, *self.expressions))
        return self.name or f"EXCLUDE ({members}{', ' if members else ''}{self.interval.sql} WITH &&)"


class ForeignKey(_Model):
    """`columns` of this table hold `parent_columns` of `parent_table` (a `Table.key`)."""

    name: str | None = None
    columns: tuple[str, ...]
    parent_table: str
    parent_columns: tuple[str, ...]
    on_delete: str | None = None
    on_update: str | None = None
    deferrable: bool = False
    where: SourcePosition

    @property
    def label(self) -> str:
        """The name, or `columns -> parent(columns)` for an unnamed key."""
        return self.name or f"{', '.join(self.columns)} -> {self.parent_table}({', '.join(self.parent_columns)})"


class MissingParent(_Model):
    """A foreign key whose parent table the DDL does not declare: its values are made up, and nobody can say whether they exist.

    Attributes:
        parent_table: The parent as written, such as `auth.users`.
        parent_columns: As written; empty where the DDL names none.
    """

    name: str | None = None
    columns: tuple[str, ...]
    parent_table: str
    parent_columns: tuple[str, ...] = ()
    where: SourcePosition

    @property
    def label(self) -> str:
        """The name, or `columns -> parent` for an unnamed key."""
        return self.name or f"{', '.join(self.columns)} -> {self.parent_table}"


class CheckConstraint(_Model):
    """A CHECK of a column, a table or a domain.

    Attributes:
        sql: The expression as written.
        duckdb_sql: The expression in DuckDB's SQL, for an independent judge; None if it has none.
        expression: Its tree; may hold `Opaque` parts.
        columns: The columns it reads.
    """

    name: str | None = None
    sql: str
    duckdb_sql: str | None = None
    expression: Expression
    columns: tuple[str, ...]
    where: SourcePosition

    @property
    def label(self) -> str:
        return self.name or f"CHECK ({self.sql})"


class Table(_Model):
    """One table with its constraints, in declaration order; `quoted` as for a column."""

    name: str
    namespace: str | None = None
    quoted: bool = False
    columns: tuple[Column, ...]
    primary_key: PrimaryKey | None = None
    unique_constraints: tuple[UniqueConstraint, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    missing_parents: tuple[MissingParent, ...] = ()
    checks: tuple[CheckConstraint, ...] = ()
    exclusions: tuple[ExclusionConstraint, ...] = ()
    comment: str | None = None
    where: SourcePosition

    @property
    def key(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name

    @cached_property
    def columns_by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """The columns that rows carry: all but the generated ones."""
        return tuple(column for column in self.columns if column.generated is None)

    @property
    def unique_keys(self) -> tuple[tuple[str, ...], ...]:
        """The column sets whose values never repeat: primary key first, whole-table UNIQUEs after, each once."""
        keys = [self.primary_key.columns] if self.primary_key else []
        keys += [u.columns for u in self.unique_constraints if u.columns and not u.expressions and u.predicate is None]
        return tuple(dict.fromkeys(keys))

    def column(self, name: str) -> Column:
        """Return the column of that name. Raises KeyError when there is none."""
        return self.columns_by_name[name]


class PassedOver(_Model):
    """A statement that says nothing about tables and was passed over on purpose."""

    kind: str
    where: SourcePosition
    text: str = ""


class Schema(_Model):
    """All tables of one DDL source.

    Attributes:
        name: Identifier of the schema in this project: a slug made of the file's name.
        dialect: postgres, mysql, sqlite, tsql or oracle.
        tables: In declaration order; keys are unique.
        passed_over: Statements that were read and left alone.
    """

    name: str
    dialect: str
    tables: tuple[Table, ...]
    passed_over: tuple[PassedOver, ...] = ()

    @cached_property
    def tables_by_key(self) -> dict[str, Table]:
        return {table.key: table for table in self.tables}

    def table(self, key: str) -> Table:
        """Return the table of that key. Raises KeyError when there is none."""
        return self.tables_by_key[key]
