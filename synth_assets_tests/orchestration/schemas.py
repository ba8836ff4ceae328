"""Schemas written by hand, so that these tests judge Dagster's side alone."""

from collections.abc import Sequence

from synth_assets.errors import SourcePosition
from synth_assets.schema.model import Column, ForeignKey, PrimaryKey, Schema, Table
from synth_assets.schema.types import IntegerType, LogicalType, TextType

FILE = "shop.sql"


def column(name: str, kind: LogicalType | None = None, *, nullable: bool = True, comment: str | None = None) -> Column:
    kind = kind or IntegerType()
    return Column(name=name, type=kind, sql_type=kind.kind.upper(), nullable=nullable, comment=comment, where=SourcePosition(file=FILE))


def foreign_key(name: str, parent: str) -> ForeignKey:
    return ForeignKey(columns=(name,), parent_table=parent, parent_columns=("id",), where=SourcePosition(file=FILE))


def table(
    name: str,
    columns: Sequence[Column] = (),
    keys: Sequence[ForeignKey] = (),
    *,
    namespace: str | None = None,
    comment: str | None = None,
    line: int = 1,
) -> Table:
    return Table(
        name=name,
        namespace=namespace,
        columns=(column("id", nullable=False), *columns),
        primary_key=PrimaryKey(columns=("id",), where=SourcePosition(file=FILE)),
        foreign_keys=tuple(keys),
        comment=comment,
        where=SourcePosition(file=FILE, line=line),
    )


def schema_of(*tables: Table, name: str = "shop") -> Schema:
    return Schema(name=name, dialect="postgres", tables=tables)


def shop() -> Schema:
    """Branches and employees in a cycle, an independent table, and items below both."""
    return schema_of(
        table("branches", [column("manager_id")], [foreign_key("manager_id", "employees")], comment="Where books are sold", line=3),
        table("employees", [column("branch_id", nullable=False)], [foreign_key("branch_id", "branches")], line=9),
        table("labels", [column("code", TextType(max_length=12), nullable=False, comment="short")], line=14),
        table(
            "items",
            [column("employee_id", nullable=False), column("label_id")],
            [foreign_key("employee_id", "employees"), foreign_key("label_id", "labels")],
            line=20,
        ),
    )


def oddly_named() -> Schema:
    """Names that SQL allows and Dagster does not, and names that would meet once they are made legal."""
    return schema_of(
        table("a-b"),
        table("a_b", [column("x")], [foreign_key("x", "a-b")]),
        table("Größe mit Leerzeichen"),
        table("注文"),
        table("orders", namespace="sales"),
        table("_plan"),
        table("labels"),
        table("labels__checks"),
        table("select"),
        name="odd",
    )
