"""Labelled messages as rows: three columns, the same in every table and file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from synth_assets.errors import SourcePosition
from synth_assets.labelled_text.draws import Draws
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.model import Column, Table
from synth_assets.schema.types import FloatType, LogicalType, TextType

MESSAGE_COLUMNS = ("message", "category", "confidence")

Writer = Literal["templates", "gemini"]

CONFIDENCE_OF: dict[Writer, str] = {
    "gemini": "How sure a judge was of this category who read the message without being told it, from 0 to 1.",
    "templates": (
        "How far the words of the message are its own category's rather than those of the category next to it, by names, "
        "descriptions and examples: from 0 to 1, 0.5 where two categories claim it alike. No model has read it."
    ),
}
"""What the column `confidence` means, by who wrote the message."""

_COMMENTS = {
    "message": "The text.",
    "category": "Its label.",
    "confidence": "How sure it is that the label fits, from 0 to 1; the balance report says how that was found.",
}
_FILE = SourcePosition(file="labelled_text")


@dataclass(frozen=True)
class LabelledMessage:
    """One row.

    Attributes:
        message: The text, on one line or several.
        category: Its label.
        confidence: See `CONFIDENCE_OF`; four digits.
        writer: Who wrote it.
    """

    message: str
    category: str
    confidence: float
    writer: Writer


def rows_table(name: str) -> Table:
    """Return the table that messages, or a split of them, are stored and exported as."""
    kinds: dict[str, LogicalType] = {"message": TextType(), "category": TextType(), "confidence": FloatType()}
    columns = tuple(
        Column(name=column, type=kind, sql_type=kind.kind.upper(), nullable=False, comment=_COMMENTS[column], where=_FILE)
        for column, kind in kinds.items()
    )
    return Table(name=name, columns=columns, where=_FILE)


def messages_to_arrow(messages: Iterable[LabelledMessage]) -> Any:
    """Return messages as a pa.Table of message, category and confidence, in the order given."""
    import pyarrow as pa

    rows = [(m.message, m.category, m.confidence) for m in messages]
    columns = dict(zip(MESSAGE_COLUMNS, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(MESSAGE_COLUMNS, ())
    schema = arrow_schema(rows_table("messages"))
    return pa.table({name: pa.array(values, schema.field(name).type) for name, values in columns.items()}, schema=schema)


def in_drawn_order(messages: Iterable[tuple[int, LabelledMessage]], seed: int, name: str) -> list[int]:
    """Return the indices of (position in its category, message) pairs in an order that tells nothing of the category.

    A row's place among others depends on its category and position alone, so a dataset that grows keeps their order.
    """
    keys = [Draws(seed, name, "order", m.category, position).number("place", 2**63) for position, m in messages]
    return sorted(range(len(keys)), key=lambda i: (keys[i], i))
