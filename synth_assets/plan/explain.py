"""A plan in words: one line a column, for `synth plan --explain` and for metadata in the user interface."""

from dataclasses import dataclass
from decimal import Decimal

from synth_assets.plan.cells import leaves
from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Normal, Power
from synth_assets.plan.model import ColumnPlan, Matching, Plan, Relation, Stride, TablePlan
from synth_assets.plan.strategies import (
    Aggregate,
    AnyRow,
    Bytes,
    Case,
    Categorical,
    Combination,
    Constant,
    Copy,
    Email,
    Filled,
    ForeignKeyValue,
    Fraction,
    Leading,
    Number,
    Offset,
    Ordinal,
    Pattern,
    Product,
    Record,
    Reference,
    Sequence,
    Span,
    Strategy,
    Template,
    Temporal,
    Text,
    Total,
    Uuid,
    Vocabulary,
)

_LONGEST = 100
_SHOWN_VALUES = 6


@dataclass(frozen=True)
class ExplainedColumn:
    """One column of a plan as a person reads it; `null_share` is in [0, 1], conditions are in `strategy`."""

    table: str
    column: str
    strategy: str
    null_share: float
    origin: str
    reason: str


def explain_plan(plan: Plan) -> tuple[ExplainedColumn, ...]:
    """Return one entry per column of every table, in plan order."""
    return tuple(entry for table in plan.tables for entry in explain_table(table))


def explain_table(table: TablePlan) -> tuple[ExplainedColumn, ...]:
    """Return one entry per column of a table, in schema order."""
    return tuple(_explain(table, column) for column in table.columns)


def _explain(table: TablePlan, column: ColumnPlan) -> ExplainedColumn:
    text, share = describe_strategy(column.strategy), column.null_fraction
    if isinstance(column.strategy, ForeignKeyValue) and (relation := table.relations_by_name.get(column.strategy.relation)):
        text = f"{relation.parent_table}.{column.strategy.parent_column}, {describe_fan_out(relation)}"
        text += f", another than {relation.differs_from}" if relation.differs_from else ""
        share = max(share, relation.null_fraction)
    if column.unique:
        text += ", unique"
    if column.null_from is not None:
        text += f"; NULL from row {column.null_from:,} on"
    for condition in column.null_when:
        text += f"; NULL when {condition.column} is {'not ' if condition.negated else ''}{_values(condition.values)}"
    return ExplainedColumn(table.table, column.column, text, share, column.origin, column.reason)


@dataclass(frozen=True)
class OfferedReference:
    """A pair of columns that no key declares and that the plan takes for a reference: the row of one of `tables`, named by `by`."""

    table: str
    column: str
    by: str | None
    tables: tuple[str, ...]


def offered_references(plan: Plan) -> tuple[OfferedReference, ...]:
    """Return the references that a plan found by names alone, in plan order."""
    found = []
    for table in plan.tables:
        for column in table.columns:
            tables = tuple(sorted({leaf.table for leaf in leaves(column.strategy) if isinstance(leaf, AnyRow)}))
            by = column.strategy.column if isinstance(column.strategy, Case) else None
            if tables:
                found.append(OfferedReference(table.table, column.column, by, tables))
    return tuple(found)


def describe_fan_out(relation: Relation) -> str:
    """Return how children spread over parents in a few words."""
    if isinstance(relation.fan_out, Matching):
        return _describe_matching(relation.fan_out)
    stride = relation.fan_out if isinstance(relation.fan_out, Stride) else None
    match relation.fan_out.kind:
        case "attachment":
            return "any that existed then"
        case "layout":
            return "in runs, one after another"
        case "stride":
            return "different ones within a run" + (f", before that of {stride.owner}" if stride is not None and stride.below else "")
        case "one_to_one":
            return "one each"
        case "earlier":
            return "an earlier row"
        case _:
            return "each combination at most once"


def _describe_matching(fan_out: Matching) -> str:
    """Return what a matching parent has in common with the row: `one with the same company_id as by order_id`."""
    shared = [c.value.column + (f" as by {c.value.relation}" if c.value.relation else "") for c in fan_out.conditions]
    what = "an earlier row" if fan_out.earlier else "one each" if fan_out.once else "any that existed then"
    what += f" with the same {' and '.join(shared)}" if shared else ""
    what += f", different ones for one {fan_out.distinct_within}" if fan_out.distinct_within else ""
    needed = list(dict.fromkeys(f"{r.table}.{r.relation}" for r in fan_out.requires))
    return what + (f", where there is one for {' and '.join(needed)}" if needed else "")


def describe_strategy(strategy: Strategy, longest: int = _LONGEST) -> str:
    """Return a strategy in one line of at most 100 characters, or as many as are given."""
    text = _describe_value(strategy) or _describe_text(strategy) or _describe_reference(strategy)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _describe_value(strategy: Strategy) -> str:
    match strategy:
        case Sequence(start=start, step=step):
            return f"{start}, {start + step}, {start + 2 * step}, …"
        case Number(low=low, high=high, distribution=distribution, step=step):
            by = "" if step is None else f" in steps of {_plain(step)}"
            return f"{_plain(low)} to {_plain(high)}{by}{_shape(distribution)}"
        case Categorical(values=values, weights=weights):
            return _weighted(values, weights)
        case Temporal(low=low, high=high, distribution=distribution, after=after):
            return f"{low} to {high}{_shape(distribution)}{', after ' if after else ''}{', '.join(map(_name, after))}"
        case Constant(value=value):
            return "NULL" if value is None else f"always {value}"
        case Uuid():
            return "UUID"
        case Bytes(min_length=shortest, max_length=longest):
            return f"{shortest} to {longest} bytes"
        case _:
            return ""


def _describe_text(strategy: Strategy) -> str:
    match strategy:
        case Vocabulary(name=name):
            return f"words: {name}"
        case Record(vocabulary=vocabulary, field=field, group=group):
            return f"{field} of {vocabulary} ({group})"
        case Pattern(pattern=pattern, checksum=checksum):
            return f"pattern {pattern}{f' + {checksum} digit' if checksum else ''}"
        case Template(templates=templates):
            return f"text {' | '.join(templates)}"
        case Email(given_name=given, family_name=family):
            return f"e-mail of {given} {family}" if given and family else "e-mail address"
        case Text(topic=topic, subject=subject):
            return f"sentences: {topic} about {subject}"
        case Filled(rows=rows, match=match, otherwise=otherwise):
            return f"written for {rows:,} rows{', matched on ' if match else ''}{', '.join(match)}; else {describe_strategy(otherwise)}"
        case _:
            return ""


def _describe_reference(strategy: Strategy) -> str:
    match strategy:
        case Offset(base=base, after=after, low=low, high=high, unit=unit):
            start = f"latest of {', '.join(map(_name, (base, *after)))}," if after else _name(base)
            return f"{start} {low:+} to {high:+} {unit}"
        case Fraction(base=base, low=low, high=high):
            return f"{low:g} to {high:g} of {_name(base)}"
        case Product(left=left, right=right):
            return f"{_name(left)} x {_name(right)}"
        case Aggregate():
            return _aggregate(strategy)
        case Total(plus=plus, minus=minus):
            return " - ".join([" + ".join(map(_term, plus)), *map(_term, minus)])
        case AnyRow(table=table, column=column):
            return f"{column} of any row of {table}"
        case Copy(base=base):
            return f"same as {_name(base)}"
        case ForeignKeyValue(relation=relation, parent_column=parent):
            return f"{parent} of the row of {relation}"
        case Ordinal(relation=relation, start=start):
            return f"counts from {start} within {relation}"
        case Combination() | Leading() | Span():
            return _sibling(strategy)
        case Case(column=column, branches=branches, otherwise=otherwise):
            parts = [f"{_values(b.values)}: {describe_strategy(b.strategy)}" for b in branches]
            return f"by {column}: {'; '.join(parts)}; else {describe_strategy(otherwise)}"
        case _:
            raise AssertionError(f"no words for strategy {strategy.kind}")


def _sibling(strategy: Combination | Leading | Span) -> str:
    of_each = f"of each {strategy.relation}" if strategy.relation else "of the table"
    match strategy:
        case Combination(values=values):
            listed = _weighted(values, None) if values else "values in a row"
            return f"{listed}: each combination at most once among rows {of_each}"
        case Leading(first=first, values=values, weights=weights):
            return f"{' or '.join(first)} in the first row {of_each}, else {_weighted(values, weights)}"
        case Span(edge=edge, unit=unit, shortest=shortest, longest=longest):
            return f"{edge} of spans of {shortest} to {longest} {unit}, apart among rows {of_each}"


def _aggregate(aggregate: Aggregate) -> str:
    """Return an aggregate in words: `sum of order_items.subtotal`."""
    what = aggregate.table if aggregate.column is None else f"{aggregate.table}.{aggregate.column}"
    what += f" x {aggregate.times}" if aggregate.times else ""
    conditions = [f"{w.column} is {'not ' if w.negated else ''}{_values(w.values)}" for w in aggregate.where]
    return f"{aggregate.function} of {what}{' where ' if conditions else ''}{' and '.join(conditions)}"


def _term(term: Reference | Product | Aggregate) -> str:
    return _name(term) if isinstance(term, Reference) else describe_strategy(term)


def _name(reference: Reference) -> str:
    return f"{reference.relation} -> {reference.column}" if reference.relation else reference.column


def _values(values: tuple[str | None, ...]) -> str:
    return " or ".join("NULL" if v is None else v for v in values)


def _weighted(values: tuple[str, ...], weights: tuple[float, ...] | None) -> str:
    if weights is None or len(weights) != len(values) or not sum(weights):
        shown = [str(v) for v in values[:_SHOWN_VALUES]]
    else:
        shown = [f"{v} {w / sum(weights):.0%}" for v, w in list(zip(values, weights, strict=True))[:_SHOWN_VALUES]]
    return ", ".join(shown) + (", …" if len(values) > _SHOWN_VALUES else "")


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _shape(distribution: Distribution) -> str:
    match distribution:
        case LogNormal(median=median):
            return f", mostly around {median:g}"
        case Normal(mean=mean):
            return f", around {mean:g}"
        case Exponential(mean=mean):
            return f", mostly within {mean:g} of the start"
        case Power(exponent=exponent):
            return ", mostly low" if exponent > 1 else ", mostly high"
        case _:
            return ""
