"""Small schemas built by hand: `table("orders", id="serial pk", customer_id="int fk customers.id")`."""

from synth_assets.errors import SourcePosition
from synth_assets.schema.expressions import Expression, columns_of
from synth_assets.schema.model import CheckConstraint, Column, ForeignKey, PrimaryKey, Schema, Table, UniqueConstraint
from synth_assets.schema.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    FloatType,
    IntegerType,
    JsonType,
    LogicalType,
    TextType,
    TimestampType,
    TimeType,
    UuidType,
)

HERE = SourcePosition(file="hand.sql")


def logical_type(text: str) -> LogicalType:
    """Return the type of `int`, `varchar(20)`, `numeric(10,2)`, `enum(a|b)`, ..."""
    name, _, rest = text.partition("(")
    arguments = rest.rstrip(")")
    match name:
        case "int" | "serial":
            return IntegerType()
        case "smallint":
            return IntegerType(bits=16)
        case "bigint":
            return IntegerType(bits=64)
        case "numeric":
            precision, scale = (int(x) for x in arguments.split(",")) if arguments else (None, 0)
            return DecimalType(precision=precision, scale=scale)
        case "float":
            return FloatType()
        case "text":
            return TextType()
        case "varchar" | "char":
            return TextType(max_length=int(arguments), fixed=name == "char")
        case "enum":
            return EnumType(values=tuple(arguments.split("|")))
        case _:
            simple = {"bool": BooleanType, "date": DateType, "timestamp": TimestampType, "time": TimeType, "uuid": UuidType}
            return {**simple, "json": JsonType, "bytes": BinaryType}[name]()


def table(
    table_name: str,
    /,
    checks: tuple[Expression, ...] = (),
    unique: tuple[tuple[str, ...], ...] = (),
    pk: tuple[str, ...] = (),
    fks: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (),
    line: int = 1,
    **columns: str,
) -> Table:
    """Return a table; a column is `TYPE [nn] [pk] [uq] [fk TABLE.COLUMN] [default=SQL] [comment=...]` (an enum's values hold no spaces)."""
    built, keys, uniques = [], list(fks), [UniqueConstraint(columns=u, where=HERE) for u in unique]
    where = SourcePosition(file="hand.sql", line=line)
    primary = pk
    for name, text in columns.items():
        text, _, comment = text.partition(" comment=")
        text, _, default = text.partition(" default=")
        words = text.split()
        if "pk" in words:
            primary = (name,)
        if "uq" in words:
            uniques.append(UniqueConstraint(columns=(name,), where=where))
        if "fk" in words:
            parent, parent_column = words[words.index("fk") + 1].rsplit(".", 1)
            keys.append(((name,), parent, (parent_column,)))
        in_key = name in primary or "nn" in words
        built.append(
            Column(name=name, type=logical_type(words[0]), sql_type=words[0].upper(), nullable=not in_key, default=default or None,
                   identity=words[0] == "serial", comment=comment or None, where=where)
        )  # fmt: skip
    return Table(
        name=table_name,
        columns=tuple(built),
        primary_key=PrimaryKey(columns=primary, where=where) if primary else None,
        unique_constraints=tuple(uniques),
        foreign_keys=tuple(ForeignKey(columns=c, parent_table=p, parent_columns=pc, where=where) for c, p, pc in keys),
        checks=tuple(CheckConstraint(sql="(as built)", expression=e, columns=columns_of(e), where=where) for e in checks),
        where=where,
    )


def schema(*tables: Table, name: str = "hand") -> Schema:
    return Schema(name=name, dialect="postgres", tables=tables)
