"""The plan: what every column of every table holds, and why.

A plan is frozen data that goes to YAML and back unchanged. Together with its schema and seed it
decides every byte of a dataset; row counts of other tables included, nothing else is read.
"""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from synth_assets.plan.strategies import Reference, Strategy
from synth_assets.schema.expressions import Expression

Origin = Literal["ddl", "rule", "sample", "gemini", "user", "feedback"]

SPELLED = frozenset({"user", "feedback"})
"""Origins of columns whose strategy a person spelled out: a unique one has the values it says, not those its type could have."""

AS_OF = date(2026, 6, 30)
"""The day a dataset takes for today unless the request names one: fixed, so that a run next month gives the same bytes."""


class _Plan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields replaced; what a property remembered of the original is forgotten."""
        copy = super().model_copy(update=update, deep=deep)
        for name, member in vars(type(self)).items():
            if isinstance(member, cached_property):
                copy.__dict__.pop(name, None)
        return copy


class Attachment(_Plan):
    """Each child takes any parent that "existed" when it came: uniform over the first W(i) parents.

    W(i) = min(parents, max(floor, (i + 1) * parents_per_child)) for child row i, so older parents have
    more children, and a parent added later changes no earlier child.

    Attributes:
        parents: Numerator of parents per child.
        children: Denominator of parents per child.
        floor: Smallest window; above 1 only where parents are few.
    """

    kind: Literal["attachment"] = "attachment"
    parents: int = Field(ge=1)
    children: int = Field(ge=1)
    floor: int = Field(default=1, ge=1)


class Layout(_Plan):
    """Children lie in runs, parent after parent, in blocks of 64 parents with skewed run lengths.

    Attributes:
        children: Numerator of children per parent, on average.
        parents: Denominator of it.
        sigma: Spread of the log of the parents' weights; 0 makes all runs alike.
        limit: The longest run allowed; None for no limit.
        offset: Parents at the beginning that have no children here.
    """

    kind: Literal["layout"] = "layout"
    children: int = Field(ge=1)
    parents: int = Field(ge=1)
    sigma: float = Field(default=0.8, ge=0, le=3)
    limit: int | None = Field(default=None, ge=1)
    offset: int = Field(default=0, ge=0)


class Stride(_Plan):
    """Siblings of relation `owner` (a layout) take parents that differ from one another; makes (owner, this) unique.

    `parents`, `children` and `floor` give the window as in `Attachment`; it must not be smaller than the owner's `limit`.

    Attributes:
        below: The window is all parents before the owner's, of the same table: no pair is met the other way round. The owner must
            pass over as many parents as its `limit`.
    """

    kind: Literal["stride"] = "stride"
    owner: str
    parents: int = Field(ge=1)
    children: int = Field(ge=1)
    floor: int = Field(default=64, ge=1)
    below: bool = False


class OneToOne(_Plan):
    """Child row i belongs to parent row i: unique.

    Where there are more children than parents, and those without one are NULL, the parents lie evenly among the children: parent
    p belongs to child row p * children // parents, in a larger dataset as in a smaller one.

    Attributes:
        parents: Numerator of parents per child; never above `children`.
        children: Denominator of it.
    """

    kind: Literal["one_to_one"] = "one_to_one"
    parents: int = Field(default=1, ge=1)
    children: int = Field(default=1, ge=1)

    @property
    def leaves_out(self) -> bool:
        """Whether some children have no parent by design."""
        return self.parents < self.children


class Earlier(_Plan):
    """A self-reference: any earlier row of the same table, so a forest; the first row is a root.

    A root is NULL where the key may be NULL, else it points at itself.

    Attributes:
        never_itself: The root takes the second row instead, where a CHECK forbids that a row points at itself.
    """

    kind: Literal["earlier"] = "earlier"
    never_itself: bool = False


class Product(_Plan):
    """Dense junctions: row i is mapped by one permutation onto the product of all parents of `group`.

    Attributes:
        group: Name shared by the relations of one product.
        sizes: Parents of each member, in the order of `position`; fixed here, so growing a parent makes another plan.
        position: Which member this relation is.
        ascending: Of two equal sizes, only the pairs whose first member comes before the second.
    """

    kind: Literal["product"] = "product"
    group: str
    sizes: tuple[int, ...]
    position: int = Field(ge=0)
    ascending: bool = False


class Condition(_Plan):
    """A parent row counts only where its `parent_column` equals `value`: a column of the row, or of another parent of it."""

    parent_column: str
    value: Reference


class Requirement(_Plan):
    """A parent counts only once another relation would find a row for it, so that what is picked later is never nowhere.

    Attributes:
        table, relation: The relation that must find a row, by its table and name; its fan-out is a `Matching`.
        values: What its conditions compare with, in their order, as references from the parent row.
        at_least: How many rows it must find.
        rows: Numerator of rows of `table` per row of the table that requires them: turns one's row numbers into the other's.
        own_rows: Denominator of it.
    """

    table: str
    relation: str
    values: tuple[Reference, ...]
    at_least: int = Field(default=1, ge=1)
    rows: int = Field(default=1, ge=1)
    own_rows: int = Field(default=1, ge=1)


class Matching(_Plan):
    """Any parent among those that agree with the row: keys that share columns, diamonds, managers of the same company.

    The parents that meet the conditions are counted in the order in which they come to be, and the row takes one of those
    that exist by then, as in `Attachment`; where none does yet, the first that will.

    Attributes:
        conditions: What a parent has in common with the row; none means any parent.
        parents, children, floor: The window, as in `Attachment`.
        requires: What must exist beside a parent.
        not_null: Parent columns that must hold a value.
        distinct_within: Relation of the row, whose rows take parents here that differ from one another; makes
            (that relation, this) unique. It is a layout with a limit, or a `Matching` that requires this one.
        earlier: Parents are rows of the same table, and come before the row; a row without any is a root (see `Earlier`).
        once: Row i takes the i-th parent: unique. All rows must then agree on the conditions' values.
        waits: With `once`: a row takes a parent as one comes to be, and none otherwise; so the rows with parents lie evenly among
            those without, in a larger dataset as in a smaller one.
    """

    kind: Literal["matching"] = "matching"
    conditions: tuple[Condition, ...] = ()
    parents: int = Field(default=1, ge=1)
    children: int = Field(default=1, ge=1)
    floor: int = Field(default=1, ge=1)
    requires: tuple[Requirement, ...] = ()
    not_null: tuple[str, ...] = ()
    distinct_within: str | None = None
    earlier: bool = False
    once: bool = False
    waits: bool = False


FanOut = Annotated[Attachment | Layout | Stride | OneToOne | Earlier | Product | Matching, Field(discriminator="kind")]


class Relation(_Plan):
    """How rows of a table find their parent row, one relation a foreign key.

    Attributes:
        name: The child columns joined by commas; streams are keyed by it.
        columns: Child columns; `parent_columns` are their counterparts. Where keys share columns, the columns' strategies
            say which relation gives the value; the others match it.
        fan_out: How children spread over parents.
        null_fraction: Share of rows without a parent, in [0, 1]; 0 when no column may be NULL.
        differs_from: Name of another relation of the row to the same table: this one never picks the same parent. For an
            `Attachment`, a `Stride` under that relation, or a `Product` with it and one row less.
        origin, reason: Who decided, and why.
    """

    name: str
    columns: tuple[str, ...]
    parent_table: str
    parent_columns: tuple[str, ...]
    fan_out: FanOut
    null_fraction: float = Field(default=0.0, ge=0, le=1)
    differs_from: str | None = None
    origin: Origin = "rule"
    reason: str = ""

    @property
    def may_lack(self) -> bool:
        """Whether a row may have no parent, by its share or because there are fewer parents than rows."""
        return self.null_fraction > 0 or (isinstance(self.fan_out, OneToOne) and self.fan_out.leaves_out)


class NullWhen(_Plan):
    """The column is NULL in rows whose `column` holds one of `values` (None matches NULL); with `negated`, in all others."""

    column: str
    values: tuple[str | None, ...] = Field(min_length=1)
    negated: bool = False


class ColumnPlan(_Plan):
    """What one column holds.

    Attributes:
        column: Its name, as in the schema.
        strategy: How values are chosen.
        null_fraction: Share of rows that are NULL beyond those the strategy or `null_when` make so, in [0, 1].
        null_when: Rows that are NULL because of another column.
        null_from: Rows numbered from here on are NULL: a unique column that has fewer values than the table has rows.
        unique: Values must never repeat; met by permutation, not by retrying.
        origin: Who decided: ddl, rule, sample, gemini, user or feedback (a change of the dataset afterwards).
        reason: One sentence a person can check.
    """

    column: str
    strategy: Strategy
    null_fraction: float = Field(default=0.0, ge=0, le=1)
    null_when: tuple[NullWhen, ...] = ()
    null_from: int | None = Field(default=None, ge=1)
    unique: bool = False
    origin: Origin = "rule"
    reason: str = ""


class Redraw(_Plan):
    """A CHECK that no strategy meets by construction: rows that violate it are drawn again, with a bound.

    Attributes:
        check: The constraint's label.
        expression: Its tree.
        columns: The columns drawn again (none of them a key or unique).
    """

    check: str
    expression: Expression
    columns: tuple[str, ...]


class Lowered(_Plan):
    """Why a table has fewer rows than were asked for: the rows asked for, and the limit with its constraint and line."""

    asked_for: int = Field(ge=0)
    because: str
    hint: str = ""


class TablePlan(_Plan):
    """What one table holds: `row_count` rows, its relations, its stored columns in schema order.

    `lowered` is there where fewer rows are planned than were asked for.
    """

    table: str
    row_count: int = Field(ge=0)
    lowered: Lowered | None = None
    relations: tuple[Relation, ...] = ()
    columns: tuple[ColumnPlan, ...]
    redraws: tuple[Redraw, ...] = ()

    @cached_property
    def columns_by_name(self) -> dict[str, ColumnPlan]:
        return {c.column: c for c in self.columns}

    @cached_property
    def relations_by_name(self) -> dict[str, Relation]:
        return {r.name: r for r in self.relations}

    def column(self, name: str) -> ColumnPlan:
        """Return the plan of a column. Raises KeyError when there is none."""
        return self.columns_by_name[name]


class Plan(_Plan):
    """The plan of a whole dataset.

    Attributes:
        schema_name: Name of the schema it was made for; part of every cell's key.
        schema_fingerprint: Digest of that schema.
        seed: Changes every random cell.
        locale: `language_COUNTRY`, e.g. `en_US`.
        as_of: The day the data takes for today.
        prompt: What the user asked for in words; kept, and used where a model writes plans.
        tables: In schema order.
    """

    version: Literal[1] = 1
    schema_name: str
    schema_fingerprint: str
    seed: int = 42
    locale: str = "en_US"
    as_of: date = AS_OF
    prompt: str = ""
    tables: tuple[TablePlan, ...]

    @cached_property
    def tables_by_key(self) -> dict[str, TablePlan]:
        return {t.table: t for t in self.tables}

    def table(self, key: str) -> TablePlan:
        """Return the plan of a table. Raises KeyError when there is none."""
        return self.tables_by_key[key]
