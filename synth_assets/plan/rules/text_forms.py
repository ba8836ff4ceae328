"""Types whose values are kept in their text form: what the database's own reader accepts, whatever the column's name says.

An `inet` column named `address` holds no street. Arrays take the text form of their elements; a type that nothing here
knows is left NULL where it may be, else takes its default.
"""

import re

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence, words_of
from synth_assets.plan.strategies import Categorical, Constant, Pattern, Strategy, Template
from synth_assets.schema.types import (
    BooleanType,
    CompositeField,
    DateType,
    DecimalType,
    EnumType,
    FloatType,
    IntegerType,
    LogicalType,
    TextType,
    TimestampType,
    TimeType,
    UnknownType,
    UuidType,
)

_PLAIN_DIALECTS = frozenset({"postgres"})
"""Dialects whose columns of these types take text; elsewhere geometry and the like need a function call."""

_COORDINATES = r"[1-8]\d\.\d{4}"
_MONTH = r"2025-0[1-9]-01,2026-0[1-6]-01"
_BOX = "0 0,0 1,1 1,1 0,0 0"

FORMS = {
    "inet": r"10\.[1-9]\d\.[1-9]\d\.[1-9]\d",
    "cidr": r"10\.[1-9]\d\.[1-9]\d\.0/24",
    "macaddr": r"02:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}",
    "macaddr8": r"02:[0-9a-f]{2}:[0-9a-f]{2}:ff:fe:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}",
    "xml": r"<value>[a-z]{8}</value>",
    "hstore": r'"value"=>"[a-z]{6}"',
    "ltree": r"[a-z]{4}\.[a-z]{5}",
    "tsvector": r"[a-z]{6} [a-z]{5}",
    "tsquery": r"[a-z]{6}",
    "point": rf"\({_COORDINATES},{_COORDINATES}\)",
    "box": rf"\({_COORDINATES},{_COORDINATES}\),\(1\.0,1\.0\)",
    "lseg": rf"\[\({_COORDINATES},{_COORDINATES}\),\(1\.0,1\.0\)\]",
    "path": rf"\[\({_COORDINATES},{_COORDINATES}\),\(1\.0,1\.0\)\]",
    "polygon": rf"\(\({_COORDINATES},{_COORDINATES}\),\(1\.0,1\.0\),\(2\.0,3\.0\)\)",
    "circle": rf"<\({_COORDINATES},{_COORDINATES}\),[1-9]>",
    "line": r"\{[1-9],[1-9],\d\}",
    "int4range": r"\[[1-4]\d,[5-9]\d\)",
    "int8range": r"\[[1-4]\d,[5-9]\d\)",
    "numrange": r"\[[1-4]\d\.\d,[5-9]\d\.\d\)",
    "daterange": rf"\[{_MONTH}\)",
    "tsrange": rf"\[{_MONTH}\)",
    "tstzrange": rf"\[{_MONTH}\)",
    "pg_lsn": r"[0-9A-F]{2}/[0-9A-F]{6}",
    "xid": r"[1-9]\d{3}",
    "regclass": r"pg_class",
}  # fmt: skip
"""Patterns by the type's name; each value is one that PostgreSQL reads."""

_SHAPES = {
    "point": f"POINT\\({_COORDINATES} {_COORDINATES}\\)",
    "linestring": f"LINESTRING\\({_COORDINATES} {_COORDINATES},1 1\\)",
    "polygon": f"POLYGON\\(\\({_BOX}\\)\\)",
    "multipoint": f"MULTIPOINT\\(\\({_COORDINATES} {_COORDINATES}\\)\\)",
    "multilinestring": f"MULTILINESTRING\\(\\({_COORDINATES} {_COORDINATES},1 1\\)\\)",
    "multipolygon": f"MULTIPOLYGON\\(\\(\\({_BOX}\\)\\)\\)",
}
"""Well-known text of PostGIS by the type's first argument."""

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"
_ELEMENTS = {
    "integer": "{number:1-100},{number:1-100}",
    "decimal": "{number:1-100},{number:1-100}",
    "float": "{number:1-100},{number:1-100}",
    "boolean": "true,false",
    "date": "2025-0{number:1-9}-01",
    "timestamp": "2025-0{number:1-9}-01 12:00:00",
    "time": "0{number:1-9}:30:00",
    "interval": "{number:1-9} days",
    "uuid": f"{{pattern:{_UUID}}}",
    "text": '"{vocabulary:tag}"',
}
"""Elements of an array, as templates, by kind of type; anything else is an empty array."""

_QUOTED_FORMS = frozenset({"hstore", "tsvector", "point", "box", "lseg", "path", "polygon", "circle", "line"})
"""Forms with commas, quotes or brackets of their own, which an array would have to quote: such arrays are empty."""


def text_form(evidence: Evidence) -> ColumnPlan | None:
    """An array, or a type with a text form of its own: valid text of that type, whatever the name says."""
    strategy = form_of(evidence)
    if strategy is None:
        return None
    if isinstance(strategy, Constant) and strategy.value is None:
        return propose(evidence, strategy, f"values of type {evidence.column.sql_type} are not known here, so it stays empty")
    return propose(evidence, strategy, f"text that {evidence.column.sql_type} accepts", null_fraction=0.05)


def form_of(evidence: Evidence) -> Strategy | None:
    """Return the strategy for a type with a text form of its own; None for every other type."""
    logical = evidence.type
    if logical.kind == "array":
        return _array(logical.element, type_name(evidence))
    if evidence.setting.schema.dialect not in _PLAIN_DIALECTS or logical.kind not in ("text", "unknown"):
        return None
    name = type_name(evidence)
    pattern = FORMS.get(name) or _sized_form(name, evidence.column.sql_type)
    if pattern is not None:
        return Pattern(pattern=pattern)
    return _unknown(evidence) if logical.kind == "unknown" else None


def type_name(evidence: Evidence) -> str:
    """Return the type's name as written, folded, without namespace, arguments and array brackets."""
    written = re.sub(r"\(.*?\)|\[.*", "", evidence.column.sql_type.lower().replace('"', ""))
    return " ".join(written.split()).rsplit(".", 1)[-1]


def _sized_form(name: str, sql_type: str) -> str | None:
    """Return the pattern of a type whose arguments decide its values: bits, vectors, geometries."""
    arguments = [a.strip().lower() for a in (re.findall(r"\((.*)\)", sql_type) or [""])[0].split(",")]
    size = int(arguments[0]) if arguments[0].isdigit() else None
    if name in ("bit", "bit varying", "varbit"):
        return f"[01]{{{size or (1 if name == 'bit' else 4)}}}"
    if name == "vector":
        return r"\[" + ",".join([r"0\.\d"] * (size or 3)) + r"\]"
    if name in ("geometry", "geography"):
        shape = _SHAPES.get(arguments[0] or "point", _SHAPES["point"] if arguments[0] == "geometry" else "")
        return f"SRID={arguments[1]};{shape}" if shape and len(arguments) > 1 and arguments[1] != "0" else shape or None
    return None


def _unknown(evidence: Evidence) -> Strategy | None:
    """A composite type by its parts; one of which nothing is known: NULL where it may be, else a constant default."""
    if isinstance(evidence.type, UnknownType) and evidence.type.fields:
        return Template(templates=(f"({','.join(_part(f) for f in evidence.type.fields)})",))
    if evidence.column.nullable:
        return Constant()
    default = re.match(r"\s*'((?:[^']|'')*)'(?:::[\w.\" ]+)?\s*$", evidence.column.default or "")
    return Constant(value=default[1].replace("''", "'")) if default else None


def _part(field: CompositeField) -> str:
    """Return one part of a composite value as a template; what has commas or brackets of its own is left out, which is NULL."""
    match field.type:
        case EnumType(values=values):
            return f'"{values[0]}"'.replace("{", "{{").replace("}", "}}") if values else ""
        case TextType() if words_of(field.name)[-1:] == ("currency",):
            return "{pattern:(USD|EUR|GBP|JPY|CZK)}"
        case IntegerType() | DecimalType() | FloatType():
            return "{number:1-100}"
        case BooleanType():
            return "true"
        case TextType() | DateType() | TimestampType() | TimeType() | UuidType():
            return _ELEMENTS[field.type.kind]
        case _:
            return ""


def _array(element: LogicalType, name: str) -> Strategy:
    if isinstance(element, EnumType):
        return Categorical(values=tuple('{"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"}' for v in element.values))
    if name in FORMS:
        inner = "" if name in _QUOTED_FORMS or name.endswith("range") else f"{{pattern:{FORMS[name]}}}"
    else:
        inner = _ELEMENTS.get(element.kind, "")
    return Template(templates=(f"{{{{{inner}}}}}",))


def is_text_form(evidence: Evidence) -> bool:
    """Tell whether only the type's own text form is accepted, so that no code or number may take its place."""
    return form_of(evidence) is not None
