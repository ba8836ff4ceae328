"""What a database said of a dataset."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

ConstraintKind = Literal["not null", "primary key", "unique", "foreign key", "check", "exclusion", "type", "length", "rows", "other"]
"""What rejected a row; `rows` is a table that holds another number of rows than the dataset says."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rejection(_Model):
    """Rows that one constraint of one table rejected.

    Attributes:
        table: Its `Table.key`.
        kind: What kind of constraint it is.
        constraint: Its name, or what it says where it has none.
        line: Its line in the DDL, where that is known.
        rows: How many rows it rejected; at least so many where `at_least`.
        row_number: The first of them, counted from 1 in the table's file, where that is known.
        example: The first of them by column, cut to be shown.
        message: The server's own words about it.
    """

    table: str
    kind: ConstraintKind
    constraint: str
    line: int | None = None
    rows: int
    at_least: bool = False
    row_number: int | None = None
    example: dict[str, str | None] = {}
    message: str = ""


class TableProof(_Model):
    """One table the server created: rows of the dataset, rows it took, seconds of loading."""

    table: str
    rows: int
    accepted: int
    seconds: float


class RefusedStatement(_Model):
    """A statement of the DDL that the server itself refused; what it declares is not judged."""

    line: int
    statement: str
    message: str


class NotJudged(_Model):
    """A table or constraint nobody judged, and why."""

    table: str
    subject: str
    reason: str
    line: int | None = None


class ProofResult(_Model):
    """Everything one database said of one dataset.

    Attributes:
        server: Product and version, as in `PostgreSQL 15.18`.
        database: Where it was, without user and password.
        rendered: The DDL is another dialect's and was written anew for SQLite.
        seconds: From the connection to the last dropped trace.
    """

    server: str
    database: str
    rendered: bool = False
    tables: tuple[TableProof, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    refused: tuple[RefusedStatement, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether a table was judged at all, and no row rejected."""
        return bool(self.tables) and not self.rejections

    @property
    def rows(self) -> int:
        return sum(t.rows for t in self.tables)
