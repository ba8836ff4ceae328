"""A drawn schema, before it is SQL: what a database is told, and nothing of what the product makes of it."""

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: As it is meant, without quotes.
        type: SQL type that SQLite and PostgreSQL both take.
        distinct: How many different values it can hold at most; None when nothing small bounds it.
        comment: Written beside it in the DDL.
    """

    name: str
    type: str
    not_null: bool = False
    distinct: int | None = None
    default: str | None = None
    comment: str = ""


@dataclass(frozen=True)
class Key:
    """A primary key or a UNIQUE.

    Attributes:
        expression: A member that is no column, such as `lower(x)`; then `columns` is empty.
        where: Condition of a partial index.
    """

    columns: tuple[str, ...]
    primary: bool = False
    expression: str = ""
    where: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether a foreign key may point at it, and rows may be counted by it."""
        return not self.expression and not self.where


@dataclass(frozen=True)
class Reference:
    """A foreign key. `differs_from`: columns of a key to the same parent that a CHECK keeps different from this one's."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    differs_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """A CHECK. `sqlite` is what SQLite is told: the same text unless it says otherwise, None for nothing at all."""

    sql: str
    sqlite: str | None = ""

    def text(self, dialect: str) -> str | None:
        return self.sql if dialect == "postgres" or self.sqlite == "" else self.sqlite


@dataclass(frozen=True)
class Table:
    name: str
    rows: int = 0
    columns: tuple[Column, ...] = ()
    keys: tuple[Key, ...] = ()
    references: tuple[Reference, ...] = ()
    checks: tuple[Check, ...] = ()
    comment: str = ""

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    def adding(self, part: "Part") -> "Table":
        """The table with a part's columns and constraints after its own."""
        return replace(
            self,
            columns=self.columns + tuple(part.columns),
            keys=self.keys + tuple(part.keys),
            references=self.references + tuple(part.references),
            checks=self.checks + tuple(part.checks),
        )

    def holds_null_free(self, columns: tuple[str, ...]) -> bool:
        """Whether none of the columns may be NULL: a primary key's never are."""
        primary = {c for key in self.keys if key.primary for c in key.columns}
        return all(c in primary or self.column(c).not_null for c in columns)


@dataclass
class Part:
    """Columns that belong together, with what is said of them."""

    columns: list[Column] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)


@dataclass(frozen=True)
class DrawnSchema:
    """Tables with their row counts, and the seed of the request."""

    tables: tuple[Table, ...]
    seed: int

    def table(self, name: str) -> Table:
        return next(t for t in self.tables if t.name == name)

    def request(self) -> dict[str, Any]:
        """The request as `build_request` takes it."""
        return {"seed": self.seed, "rows_by_table": {t.name: t.rows for t in self.tables}}
