"""The logical type of a column type as written, for every dialect."""

from collections.abc import Callable
from itertools import pairwise

from synth_assets.ddl.drafts import DraftType
from synth_assets.ddl.tokens import Kind
from synth_assets.schema.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    FloatType,
    IntegerType,
    IntervalType,
    JsonType,
    LogicalType,
    TextType,
    TimestampType,
    TimeType,
    UnknownType,
    UuidType,
)

SERIAL_BITS = {"smallserial": 16, "serial2": 16, "serial": 32, "serial4": 32, "bigserial": 64, "serial8": 64}
_INTEGER_BITS = {
    "tinyint": 8, "int1": 8, "smallint": 16, "int2": 16, "mediumint": 24, "int3": 24, "middleint": 24,
    "int": 32, "integer": 32, "int4": 32, "bigint": 64, "int8": 64, "year": 16, "oid": 64, "number_integer": 64,
    "pls_integer": 32, "rowid": 64, **SERIAL_BITS,
}  # fmt: skip
_TEXT_LIMITS: dict[str, int | None] = {"tinytext": 255, "mediumtext": None, "longtext": None, "ntext": None, "clob": None, "nclob": None,
                                       "text": None, "citext": None, "name": 63, "long": None, "sysname": 128, "long varchar": None,
                                       "xml": None, "character large object": None, "inet": 43, "cidr": 43, "macaddr": 17,
                                       "tsvector": None, "national text": None}  # fmt: skip
_ORACLE_BYTES = frozenset({"varchar2", "varchar", "char", "character", "character varying", "char varying"})
_FIXED_TEXT = {"char", "character", "nchar", "bpchar", "national character", "national char"}
_VARYING_TEXT = {
    "varchar", "character varying", "nvarchar", "varchar2", "nvarchar2", "char varying", "national character varying",
    "national varchar", "nchar varying", "national char varying", "varying character", "native character", "string",
}  # fmt: skip
_BINARY = {"bytea", "blob", "tinyblob", "mediumblob", "longblob", "binary", "varbinary", "image", "raw", "long raw", "rowversion",
           "bfile", "binary varying", "binary large object"}  # fmt: skip
_FLOATS = {"real": 32, "float4": 32, "double precision": 64, "double": 64, "float8": 64, "binary_float": 32, "binary_double": 64}
_SIMPLE: dict[str, Callable[[], LogicalType]] = {
    "boolean": BooleanType,
    "bool": BooleanType,
    "date": DateType,
    "uuid": UuidType,
    "uniqueidentifier": UuidType,
    "json": JsonType,
    "jsonb": JsonType,
    "interval": IntervalType,
    "money": lambda: DecimalType(precision=19, scale=4),
    "smallmoney": lambda: DecimalType(precision=10, scale=4),
    "timestamptz": lambda: TimestampType(with_zone=True),
    "datetimeoffset": lambda: TimestampType(with_zone=True),
    "datetime": TimestampType,
    "datetime2": TimestampType,
    "smalldatetime": TimestampType,
    "timetz": lambda: TimeType(with_zone=True),
}
MAX_SELECTIONS = 64
"""Selections of a MySQL SET that stand for all of them."""

_KEPT_AS_TEXT = frozenset({
    "set", "point", "line", "lseg", "box", "path", "polygon", "circle", "geometry", "geography", "hierarchyid", "sql_variant",
    "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "bit_string", "tsquery", "ltree", "hstore", "regclass",
    "xid", "pg_lsn", "vector", "linestring", "multipoint", "multipolygon", "urowid", "xmltype", "sdo_geometry",
})  # fmt: skip


def logical_type(draft: DraftType, dialect: str) -> LogicalType:
    """Return the logical type of a built-in type; `UnknownType` when its name means nothing here."""
    if draft.dimensions:
        element = DraftType(draft.name, draft.quoted, draft.arguments, 0, draft.sql, draft.start)
        return ArrayType(element=logical_type(element, dialect))
    name = draft.name.lower()
    words = name.split()
    unsigned = "unsigned" in words or "zerofill" in words
    name = " ".join(w for w in words if w not in {"unsigned", "signed", "zerofill", "byte"})
    numbers = [int(t.text) for t in draft.arguments if t.kind is Kind.NUMBER and t.text.isdigit() and len(t.text) < 10]
    if dialect == "sqlite" and name in {"", "any"}:
        return TextType()  # a column without a type holds anything
    if dialect == "sqlite" and (name == "integer" or unsigned):
        return IntegerType(bits=64)  # SQLite keeps whole numbers in 64 signed bits
    found = _special(name, numbers, draft, dialect) or _by_name(name, numbers, unsigned)
    if found is None and dialect == "sqlite":
        found = _by_affinity(name, numbers)
    if isinstance(found, TextType) and _is_counted_in_bytes(name, draft, dialect):
        return found.model_copy(update={"in_bytes": True})
    return found or UnknownType(name=draft.name)


def _is_counted_in_bytes(name: str, draft: DraftType, dialect: str) -> bool:
    """Tell whether a text type's length is one of bytes; in Oracle it is unless `CHAR` is said, or a national type."""
    match dialect:
        case "oracle":
            return name in _ORACLE_BYTES and not any(t.key == "CHAR" for t in draft.arguments)
        case "mysql":
            return name == "tinytext"
        case "postgres":
            return name == "name"
        case _:
            return False


def is_known_name(draft: DraftType) -> bool:
    """Tell whether keeping values of an unknown type as text needs no warning: the type is a common one."""
    return draft.name.lower().split()[0] in _KEPT_AS_TEXT


def _special(name: str, numbers: list[int], draft: DraftType, dialect: str) -> LogicalType | None:
    """Return the type of names that mean different things in different dialects."""
    first = numbers[0] if numbers else None
    if name == "enum" and draft.arguments:
        values = tuple(dict.fromkeys(t.text for t in draft.arguments if t.kind is Kind.STRING))
        return EnumType(values=values) if values else None
    if name == "set" and draft.arguments and dialect == "mysql":
        return _set_type(draft)
    if name == "tinyint" and dialect == "mysql" and first == 1:
        return BooleanType()
    if name == "tinyint" and dialect == "tsql":
        return IntegerType(bits=8, unsigned=True)
    if name in {"bit", "bit varying", "varbit"}:
        return _bits(dialect, first)
    if name == "number":
        return _oracle_number(draft, numbers)
    if name in {"timestamp", "rowversion"} and dialect == "tsql":
        return BinaryType(max_length=8)
    if name == "date" and dialect == "oracle":
        return TimestampType()
    if name in {"clob", "text"} and dialect == "mysql" and first is None:
        return TextType(max_length=65_535 // 4) if name == "text" else TextType()
    if name == "float":
        return FloatType(bits=32 if (first is not None and first <= 24) or (first is None and dialect == "mysql") else 64)
    if name == "real" and dialect in {"sqlite", "mysql"}:
        return FloatType(bits=64)
    return _temporal(name)


def _set_type(draft: DraftType) -> LogicalType | None:
    """A SET holds any selection of its members, spelled in their order; single members and neighbouring pairs stand for all."""
    members = list(dict.fromkeys(t.text for t in draft.arguments if t.kind is Kind.STRING))
    pairs = [f"{a},{b}" for a, b in pairwise(members)]
    values = tuple([*members, *pairs][:MAX_SELECTIONS])
    return EnumType(values=values) if values else None


def _temporal(name: str) -> LogicalType | None:
    if name.startswith(("timestamp ", "timestamptz ", "time ", "timetz ")) or name in {"timestamp", "time"}:
        zoned = "with" in name.split() or name.split()[0].endswith("tz")
        return TimestampType(with_zone=zoned) if name.startswith("timestamp") else TimeType(with_zone=zoned)
    return IntervalType() if name.startswith("interval") else None


def _bits(dialect: str, length: int | None) -> LogicalType:
    """BIT is a truth value in SQL Server and MySQL's BIT(1); elsewhere a string of bits, kept as text."""
    if dialect in {"tsql", "sqlite"} or (dialect == "mysql" and (length or 1) == 1):
        return BooleanType()
    return UnknownType(name="bit_string") if dialect == "postgres" else BinaryType(max_length=((length or 1) + 7) // 8)


def _oracle_number(draft: DraftType, numbers: list[int]) -> LogicalType:
    if draft.arguments and draft.arguments[0].key == "*":
        return DecimalType(precision=38, scale=0)
    if not numbers:
        return DecimalType()
    scale = numbers[1] if len(numbers) > 1 else 0
    precision = max(numbers[0], 1)
    if scale == 0 and precision <= 18:
        return DecimalType(precision=precision, scale=0)
    return DecimalType(precision=precision, scale=scale)


def _by_name(name: str, numbers: list[int], unsigned: bool) -> LogicalType | None:
    first = numbers[0] if numbers else None
    if name in _SIMPLE:
        return _SIMPLE[name]()
    if name in _INTEGER_BITS:
        bits = _INTEGER_BITS[name]
        return IntegerType(bits=bits, unsigned=unsigned)
    if name in {"numeric", "decimal", "dec", "fixed"}:
        return DecimalType(precision=first, scale=numbers[1] if len(numbers) > 1 else 0)
    if name in _FLOATS:
        return FloatType(bits=32 if _FLOATS[name] == 32 else 64)
    if name in _FIXED_TEXT:
        return TextType(max_length=first or 1, fixed=True)
    if name in _VARYING_TEXT:
        return TextType(max_length=first or None)
    if name in _TEXT_LIMITS:
        return TextType(max_length=first or _TEXT_LIMITS[name])
    if name in _BINARY:
        return BinaryType(max_length=first or (255 if name == "tinyblob" else 1 if name == "binary" else None))
    return None


def _by_affinity(name: str, numbers: list[int]) -> LogicalType:
    """SQLite's own rule for any other name (https://sqlite.org/datatype3.html, section 3.1)."""
    if "int" in name:
        return IntegerType(bits=64)
    if any(w in name for w in ("char", "clob", "text")):
        return TextType(max_length=numbers[0] if numbers else None)
    if not name or "blob" in name:
        return BinaryType()
    if any(w in name for w in ("real", "floa", "doub")):
        return FloatType()
    if "bool" in name:
        return BooleanType()
    if "datetime" in name or "timestamp" in name:
        return TimestampType()
    return DecimalType()
