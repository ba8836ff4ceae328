"""How the values of one column are chosen. Each strategy is data; `engine` holds a kernel for each kind.

Values are canonical text: numbers `12.50`, booleans `true`, dates `2024-05-01`, timestamps `2024-05-01T08:30:00`; the engine casts.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from synth_assets.plan.distributions import Distribution, Uniform


class _Strategy(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reference(_Strategy):
    """A column whose value for the same row is used.

    Attributes:
        column: A column of this table, or of the parent table when `relation` is given.
        relation: Name of one of this table's relations: the parent row's column is meant. Several steps are joined
            by `/`: `order_id,line_number/order_id` is the parent's parent.
    """

    column: str
    relation: str | None = None


class Sequence(_Strategy):
    """start + step * row number: unique and growing."""

    kind: Literal["sequence"] = "sequence"
    start: int = 1
    step: int = 1


class Number(_Strategy):
    """A number in [low, high], both possible, at the column's scale (or `decimals`, if fewer).

    With `step`, only low, low + step, low + 2 step, ... up to high; a draw between two of them is the lower one.
    """

    kind: Literal["number"] = "number"
    low: Decimal
    high: Decimal
    distribution: Distribution = Uniform()
    decimals: int | None = None
    step: Decimal | None = Field(default=None, gt=0)


class Categorical(_Strategy):
    """One of `values`, with `weights` (any positive scale; None: alike)."""

    kind: Literal["categorical"] = "categorical"
    values: tuple[str, ...] = Field(min_length=1)
    weights: tuple[float, ...] | None = None


class Vocabulary(_Strategy):
    """One entry of a named vocabulary in the plan's locale, with the vocabulary's own weights."""

    kind: Literal["vocabulary"] = "vocabulary"
    name: str
    locale: str | None = None


class Record(_Strategy):
    """A field of one record of a named vocabulary of records (`places`).

    Columns with the same `group` take their fields from the same record in a row, so city, state,
    postal code, country and phone agree. `#` in a field is filled with a digit 0-9, `%` with 1-9.
    """

    kind: Literal["record"] = "record"
    vocabulary: str
    field: str
    group: str = "record"
    locale: str | None = None


class Pattern(_Strategy):
    """Text of a fixed shape, in a subset of regular expressions.

    Literals, `\\d`, classes `[A-Z0-9]`, counts `{n}`, choices `(a|b)`; no open-ended repeats.
    `checksum` appends a check digit over the digits so far.
    """

    kind: Literal["pattern"] = "pattern"
    pattern: str
    checksum: Literal["ean13", "luhn"] | None = None


class Template(_Strategy):
    """Text put together from pieces; one of `templates` a row.

    Slots: `{column:first_name}`, `{vocabulary:noun}`, `{number:1-9999}`, `{pattern:[A-Z]{2}}`, each with
    optional filters `|lower`, `|upper`, `|title`, `|slug` (ASCII letters and digits only); `{{` and `}}` are braces.
    """

    kind: Literal["template"] = "template"
    templates: tuple[str, ...] = Field(min_length=1)
    weights: tuple[float, ...] | None = None


class Email(_Strategy):
    """An address at a reserved domain (RFC 2606) made of this row's names, or of drawn ones."""

    kind: Literal["email"] = "email"
    given_name: str | None = None
    family_name: str | None = None


class Text(_Strategy):
    """Sentences about a topic: `min_sentences` to `max_sentences` of vocabulary `sentences.<topic>`.

    The sentences are templates with the slots of `Template`; `subject` fills `{subject}` in them.
    """

    kind: Literal["text"] = "text"
    topic: str
    subject: str = "item"
    min_sentences: int = Field(default=1, ge=1)
    max_sentences: int = Field(default=3, ge=1)


class Temporal(_Strategy):
    """A date, or a date and time, in [low, high] (the last day included).

    `time_of_day` shapes the hours of a timestamp: `business` (8 to 18), `waking` (7 to 23), `any`, `midnight`.
    For a TIME column only `time_of_day` counts.

    Attributes:
        after: No earlier than the latest of these dates: where the draw is, another one between it and `high` takes its
            place. Those that are NULL do not count.
    """

    kind: Literal["temporal"] = "temporal"
    low: date
    high: date
    distribution: Distribution = Uniform()
    time_of_day: Literal["business", "waking", "any", "midnight"] = "waking"
    after: tuple[Reference, ...] = ()


class Offset(_Strategy):
    """base + an amount in [low, high] `unit`s (may be negative), for dates and timestamps.

    Attributes:
        after: The latest of `base` and these dates takes the place of base; those that are NULL do not count.
        maximum: No later than this, as long as it is not before base (after base, for negative amounts).
        fallback: Used in rows where base (and all of `after`) is NULL; None gives NULL there.
    """

    kind: Literal["offset"] = "offset"
    base: Reference
    after: tuple[Reference, ...] = ()
    low: int
    high: int
    unit: Literal["seconds", "minutes", "hours", "days"] = "days"
    distribution: Distribution = Uniform()
    maximum: date | None = None
    fallback: Temporal | None = None


class Fraction(_Strategy):
    """base times a fraction in [low, high], cut to the column's scale; NULL where base is NULL unless `fallback`."""

    kind: Literal["fraction"] = "fraction"
    base: Reference
    low: float = 0.0
    high: float = 1.0
    distribution: Distribution = Uniform()
    fallback: Number | None = None


class Product(_Strategy):
    """left * right, rounded half up to the column's scale; NULL where either is NULL."""

    kind: Literal["product"] = "product"
    left: Reference
    right: Reference


class Where(_Strategy):
    """Rows whose `column` holds one of `values` (None matches NULL); with `negated`, all other rows."""

    column: str
    values: tuple[str | None, ...] = Field(min_length=1)
    negated: bool = False


class Aggregate(_Strategy):
    """What the children of the row add up to: their number, or the sum, least, greatest or average of a column.

    Children whose value is NULL do not count for a column. Sums are exact; an average is rounded half up.

    Attributes:
        table: The child table. relation: Its relation that leads to this row.
        column: The child's column; None for `count`.
        times: A second column: each child's value is the product of the two, as in price times quantity.
        where: Conditions that a child must meet to count, all of them.
        empty: The value where no child counts; None is 0 for `count` and `sum`, else NULL.
    """

    kind: Literal["aggregate"] = "aggregate"
    table: str
    relation: str
    function: Literal["count", "sum", "min", "max", "average"]
    column: str | None = None
    times: str | None = None
    where: tuple[Where, ...] = ()
    empty: str | None = None


class Total(_Strategy):
    """Numbers of the row, of its parents or of its children added up: `plus` minus `minus`, exactly; a NULL counts as 0."""

    kind: Literal["total"] = "total"
    plus: tuple[Reference | Product | Aggregate, ...] = Field(min_length=1)
    minus: tuple[Reference | Product | Aggregate, ...] = ()


class AnyRow(_Strategy):
    """The `column` of any row of `table` that "existed" then, as by an `Attachment`, though no key is declared.

    Attributes:
        parents, children, floor: The window of rows to choose from, as in `Attachment`.
    """

    kind: Literal["any_row"] = "any_row"
    table: str
    column: str
    parents: int = Field(ge=1)
    children: int = Field(ge=1)
    floor: int = Field(default=1, ge=1)


class Copy(_Strategy):
    """The value of another column of the row or of its parent, cast to this column's type."""

    kind: Literal["copy"] = "copy"
    base: Reference


class ForeignKeyValue(_Strategy):
    """The `parent_column` of the row that relation `relation` picked."""

    kind: Literal["foreign_key"] = "foreign_key"
    relation: str
    parent_column: str


class Ordinal(_Strategy):
    """start + step * k for the k-th child (from 0) of the same parent in `relation`, whose fan-out must be a layout.

    Dates and timestamps count days from `origin`; text is the number.
    """

    kind: Literal["ordinal"] = "ordinal"
    relation: str
    start: int = 1
    step: int = 1
    origin: date | None = None


class Combination(_Strategy):
    """One member of a combination of values that no two rows, or no two children of one parent, share.

    The combinations are the product of the members' values in a permuted order of their own for each parent; the k-th
    child (row, without `relation`) takes the k-th of them.

    Attributes:
        group: Name shared by the members of one combination; streams are keyed by it.
        sizes: Values of each member, in the order of `position`.
        position: Which member this column is.
        relation: Children of one parent in this relation, whose fan-out must be a layout; None for all rows.
        values: This member's values. Without any: `start`, `start` + 1, ... (days from `origin` for dates and timestamps).
    """

    kind: Literal["combination"] = "combination"
    group: str
    sizes: tuple[int, ...] = Field(min_length=1)
    position: int = Field(default=0, ge=0)
    relation: str | None = None
    values: tuple[str, ...] = ()
    start: int = 0
    origin: date | None = None


class Leading(_Strategy):
    """One of `first` in the first child of each parent in `relation` (the table's first row, without one), of `values` in all others.

    `share` of the first children, in (0, 1], do so. `weights` are those of `values`. The relation's fan-out must be a layout.
    """

    kind: Literal["leading"] = "leading"
    relation: str | None = None
    first: tuple[str, ...] = Field(min_length=1)
    share: float = Field(default=1.0, gt=0, le=1)
    values: tuple[str, ...] = Field(min_length=1)
    weights: tuple[float, ...] | None = None


class Span(_Strategy):
    """A bound of a span of time (or of whole numbers) that meets no other span of the same parent, or of the table.

    Spans lie in slots of `step` units, one for each child in `relation` (a layout), or for each row without one: the
    first child has the latest slot, the one that ends with `origin`. Numbers go up from 0 instead. Two spans never touch.

    Attributes:
        group: Name shared by the bounds of one span.
        edge: `start`, `end`, or `both` for a range in its text form.
        shortest, longest: Length in units, 1 <= shortest <= longest < step.
        is_open: The first child's span has no end: NULL, or a range without an upper bound.
    """

    kind: Literal["span"] = "span"
    group: str
    edge: Literal["start", "end", "both"]
    relation: str | None = None
    unit: Literal["seconds", "minutes", "hours", "days", "numbers"]
    step: int = Field(ge=2)
    shortest: int = Field(default=1, ge=1)
    longest: int = Field(ge=1)
    origin: date
    is_open: bool = False


class Constant(_Strategy):
    """Always `value`; None is NULL."""

    kind: Literal["constant"] = "constant"
    value: str | None = None


class Uuid(_Strategy):
    """A random (version 4 shaped) UUID: unique."""

    kind: Literal["uuid"] = "uuid"


class Bytes(_Strategy):
    """min_length to max_length random bytes."""

    kind: Literal["bytes"] = "bytes"
    min_length: int = Field(default=16, ge=0)
    max_length: int = Field(default=16, ge=0)


class Branch(_Strategy):
    """Rows whose column (see `Case`) holds one of `values` take `strategy`; a None among values matches NULL."""

    values: tuple[str | None, ...] = Field(min_length=1)
    strategy: "Strategy"


class Case(_Strategy):
    """The strategy depends on another column of the row; the first matching branch counts."""

    kind: Literal["case"] = "case"
    column: str
    branches: tuple[Branch, ...] = Field(min_length=1)
    otherwise: "Strategy"


class Filled(_Strategy):
    """A text that was written for the row, where rows were filled; `Generator(filled=...)` gives the texts.

    Row i < `rows` has its own. A row beyond takes one filled row, drawn once for all columns of the same `match` and `mentions`,
    among those that hold the same values in the `match` columns and name the same parents; nothing else changes when a table grows.

    Attributes:
        rows: Rows that are filled at most, the first ones of the table.
        match: Columns of the table with few values, none of them filled.
        mentions: Columns of parents that a text may name: `{relation.column}` in it is the row's own parent's value.
        otherwise: Where no text is there, or none matches.
    """

    kind: Literal["filled"] = "filled"
    rows: int = Field(ge=0, le=100_000)
    match: tuple[str, ...] = ()
    mentions: tuple[Reference, ...] = ()
    otherwise: "Strategy"


Strategy = Annotated[
    Sequence
    | Number
    | Categorical
    | Vocabulary
    | Record
    | Pattern
    | Template
    | Email
    | Text
    | Temporal
    | Offset
    | Fraction
    | Product
    | Aggregate
    | Total
    | AnyRow
    | Copy
    | ForeignKeyValue
    | Ordinal
    | Combination
    | Leading
    | Span
    | Constant
    | Uuid
    | Bytes
    | Filled
    | Case,
    Field(discriminator="kind"),
]

Branch.model_rebuild()
Case.model_rebuild()
Filled.model_rebuild()
