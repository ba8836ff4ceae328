"""Primary keys of one column: numbers, UUIDs and codes that never repeat."""

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Pattern, Sequence, Strategy, Uuid


def identity_column(evidence: Evidence) -> ColumnPlan | None:
    """Identity, serial and auto-increment columns count from 1."""
    if not evidence.column.identity:
        return None
    return propose(evidence, Sequence(), "the database numbers this column itself", origin="ddl", unique=True)


def single_primary_key(evidence: Evidence) -> ColumnPlan | None:
    """A primary key of one column is a sequence, a UUID or a code, by its type."""
    key = evidence.table.primary_key
    if key is None or key.columns != (evidence.name,):
        return None
    strategy = key_value(evidence)
    return propose(evidence, strategy, f"primary key of type {evidence.column.sql_type}", origin="ddl", unique=True) if strategy else None


def key_value(evidence: Evidence) -> Strategy | None:
    """Return a strategy whose values never repeat for a key column of this type; None for types that name rules know better."""
    match evidence.kind:
        case "integer" | "decimal" | "float":
            return Sequence()
        case "uuid":
            return Uuid()
        case "text":
            return text_key(evidence)
        case _:
            return None


def text_key(evidence: Evidence) -> Strategy | None:
    """Return a text key: a UUID where one fits, else the table's initials and digits; None for names with a meaning of their own."""
    limit = evidence.max_length
    if evidence.says("name", "email", "title", "iso", "country", "currency", "language", "isbn", "username", "login"):
        return None
    if limit is None or limit >= 36:
        if limit == 36 or evidence.says("uuid", "guid"):
            return Uuid()
        limit = 12
    letters = "".join(w[0] for w in evidence.subject if w[0].isalpha()).upper()[:3]
    if limit <= 4 or (evidence.column.type.kind == "text" and limit <= len(letters) + 4):
        return Pattern(pattern=f"[A-Z0-9]{{{limit}}}" if limit > 1 else "[A-Z0-9]")
    digits = min(9, limit - len(letters) - (1 if limit > len(letters) + 6 else 0))
    dash = "-" if limit > len(letters) + 6 else ""
    return Pattern(pattern=rf"{letters}{dash}\d{{{digits}}}")
