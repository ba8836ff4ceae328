"""What a row says of its children: how many there are, what they add up to, the last of them, their average.

A rollup is computed from the children, never the other way round, and only where a name speaks of a table that refers
here. A column that a CHECK ties to others, or that could not hold the sum, keeps the strategy it has.
"""

from decimal import Decimal

from synth_assets.plan.distributions import Power
from synth_assets.plan.equations import terms_of
from synth_assets.plan.extents import largest_of
from synth_assets.plan.rules.categories import key_of
from synth_assets.plan.rules.check_domains import Domain, domain_of
from synth_assets.plan.rules.children import Children, children_named, children_of, parts_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.lineage import start_of
from synth_assets.plan.rules.measured import DraftedTables
from synth_assets.plan.strategies import Aggregate, Categorical, Fraction, Number, Reference, Strategy, Total, Where
from synth_assets.schema.expressions import ColumnRef, Comparison, Expression

LINE_TOTALS = ("line total", "subtotal", "sub total", "line amount", "extended price", "total price", "total amount", "net amount",
               "amount", "total", "price total", "subtotal linea")  # fmt: skip
_QUANTITIES = ("quantity", "units", "number of items", "order quantity", "quantity ordered", "nights", "hours")
_PRICES = ("unit price", "price", "price each", "price per unit", "sale price", "selling price", "rate", "precio unitario")
_SUBTOTALS = ("subtotal", "sub total", "items total", "net total", "net amount", "goods total", "merchandise total", "item total",
              "items subtotal")  # fmt: skip
_TOTALS = ("grand total", "total amount", "order total", "invoice total", "total", "total price", "total cost", "total due", "amount due",
           "order amount", "invoice amount", "total value", "gross total", "gross amount", "amount")  # fmt: skip
_ADDED = ("tax", "tax amount", "vat", "vat amount", "sales tax", "tax total", "total tax", "gst", "shipping", "shipping cost",
          "shipping fee", "shipping amount", "shipping charge", "shipping total", "delivery fee", "delivery cost", "delivery charge",
          "freight", "handling fee", "service fee", "tip", "gratuity", "surcharge")  # fmt: skip
_TAKEN = ("discount amount", "discount total", "total discount", "coupon discount", "rebate", "discount")
_SPENT = ("total spent", "total spend", "lifetime value", "amount spent", "money spent", "total purchases amount", "lifetime spend")
_BOUGHT = frozenset({"order", "purchase", "sale", "invoice", "booking", "payment", "transaction"})
_MOST_DISCOUNT = 0.3


def children_are_counted(draft: TableDraft) -> None:
    """A count of things that have a table is the number of their rows: `order_count`, `num_reviews`, `total_items`, `likes`."""
    for evidence in draft.evidences:
        for noun in _counted_nouns(evidence) if evidence.kind == "integer" and _may_roll_up(draft, evidence) else ():
            children, conditions = children_named(draft, noun), tuple[Where, ...]()
            if children is None and len(noun) > 1:
                children = children_named(draft, noun[1:])
                conditions = _in_state(children, noun[0]) if children else ()
                children = children if conditions else None
            if children is not None:
                strategy = _aggregate(children, "count", where=conditions)
                which = f" that are {noun[0]}" if conditions else ""
                if _roll_up(draft, evidence, strategy, f"the number of its {children.table}{which}"):
                    break


def _counted_nouns(evidence: Evidence) -> list[tuple[str, ...]]:
    """Return the nouns that a name may count, the surest first."""
    found = []
    for words in dict.fromkeys((evidence.words, evidence.bare)):
        if words[-1:] == ("count",):
            found.append(words[:-1])
        elif words[:2] in (("number", "of"), ("count", "of")):
            found.append(words[2:])
        elif words[:1] in (("number",), ("total",)):
            found.append(words[1:])
        elif words[-1:] and words[-1].endswith("s"):
            found.append(words)
    return [noun for noun in found if noun]


def _in_state(children: Children, state: str) -> tuple[Where, ...]:
    """Return the condition that children are `active`, `open`, ...: by their status, or by a flag."""
    for evidence in children.draft.evidences:
        strategy = children.draft.strategy(evidence.name)
        if isinstance(strategy, Categorical) and evidence.ends("status", "state"):
            held = tuple(v for v in strategy.values if key_of(v) == state)
            if held:
                return (Where(column=evidence.name, values=held),)
        if evidence.kind == "boolean" and evidence.named(state, f"is {state}"):
            return (Where(column=evidence.name, values=("true",)),)
    return ()


def totals_add_up(draft: TableDraft) -> None:
    """A total is the sum of the row's items, plus tax and shipping, minus a discount, as far as the row has them."""
    items = next((a for children in parts_of(draft) if (a := _sum_of_lines(children))), None)
    subtotal, total = _first(draft, *_SUBTOTALS), _first(draft, *_TOTALS)
    if subtotal and items and _roll_up(draft, subtotal, items, f"the sum of its {items.table}"):
        _ = total and _add_parts(draft, total, Reference(column=subtotal.name))
    elif subtotal and total:
        _add_parts(draft, total, Reference(column=subtotal.name))
    elif total and items:
        _add_parts(draft, total, items)


def _first(draft: TableDraft, *phrases: str) -> Evidence | None:
    """Return the free numeric column of one of these names, the first name first."""
    able = [e for e in draft.evidences if e.is_number and _may_roll_up(draft, e)]
    return next((e for phrase in phrases for e in able if e.named(phrase)), None)


def _sum_of_lines(children: Children) -> Aggregate | None:
    """Return the sum over the lines' own totals, or of quantity times price where they have none."""
    line = children.number_named(*LINE_TOTALS)
    if line is not None:
        return _aggregate(children, "sum", line.name)
    price, quantity = children.number_named(*_PRICES), children.number_named(*_QUANTITIES)
    discounted = any(e.says("discount") for e in children.numbers)
    return None if price is None or quantity is None or discounted else _aggregate(children, "sum", price.name, times=quantity.name)


def _add_parts(draft: TableDraft, total: Evidence, whole: Reference | Aggregate) -> bool:
    """Make a total of what it is the sum of; a discount is taken off only where a column bounds it."""
    parts = [e for e in draft.evidences if e.name != total.name and e.is_number and _is_money_like(e, total)]
    added = tuple(Reference(column=e.name) for e in parts if e.named(*_ADDED))
    taken = [e for e in parts if e.named(*_TAKEN) and draft.is_free(e.name)] if isinstance(whole, Reference) else []
    if isinstance(whole, Reference):
        for discount in taken:
            share = Fraction(base=whole, low=0.0, high=_MOST_DISCOUNT / len(taken), distribution=Power(exponent=2.5))
            draft.change(discount.name, strategy=share, null_fraction=0.0, because=f"a share of {whole.column}")
        if not added and not taken:
            return False
    minus = tuple(Reference(column=e.name) for e in taken)
    strategy: Strategy = whole if isinstance(whole, Aggregate) and not added else Total(plus=(whole, *added), minus=minus)
    names = [whole.column if isinstance(whole, Reference) else f"the sum of its {whole.table}", *(r.column for r in added)]
    return _roll_up(draft, total, strategy, " plus ".join(names) + "".join(f" minus {e.name}" for e in taken))


def _is_money_like(part: Evidence, total: Evidence) -> bool:
    """Tell whether a column counts in the same unit as a total: no rate, no percentage."""
    return part.type == total.type and not part.says("rate", "percent", "percentage")


def spending_adds_up(draft: TableDraft) -> None:
    """`total_spent` and `lifetime_value` of a customer are the sum of what the orders come to."""
    for evidence in draft.evidences:
        if not (evidence.is_number and evidence.named(*_SPENT) and _may_roll_up(draft, evidence)):
            continue
        for children in children_of(draft):
            amount = children.number_named(*_TOTALS) if children.words[-1:] and children.words[-1] in _BOUGHT else None
            if amount and _roll_up(draft, evidence, _aggregate(children, "sum", amount.name), f"the sum of its {children.table}"):
                break


def ratings_are_averages(draft: TableDraft) -> None:
    """`average_rating` is the average of the reviews' ratings; so is `avg_score`, and a `rating` with decimals."""
    for evidence in draft.evidences:
        noun = _averaged_noun(evidence)
        if not noun or not _may_roll_up(draft, evidence):
            continue
        for children in children_of(draft):
            rated = next((e for e in children.numbers if e.named(" ".join(noun)) or e.ends(" ".join(noun))), None)
            rated = rated or (children.number_named("rating", "stars", "score") if noun == ("rating",) else None)
            judged = bool({"review", "rating", "feedback", "score", "evaluation", "grade", "survey"} & set(children.words))
            if rated is None or not (judged or evidence.says("average", "mean")):
                continue
            strategy = _aggregate(children, "average", rated.name)
            if _roll_up(draft, evidence, strategy, f"the average {rated.name} of its {children.table}"):
                break


def _averaged_noun(evidence: Evidence) -> tuple[str, ...]:
    words = tuple(w for w in evidence.bare if w not in {"average", "mean", "overall"})
    if evidence.is_number and len(words) < len(evidence.bare) and words:
        return words
    return ("rating",) if evidence.kind in {"decimal", "float"} and evidence.named("rating", "star rating") else ()


_ORDINALS = {"last": "max", "latest": "max", "newest": "max", "recent": "max", "first": "min", "earliest": "min", "oldest": "min"}


def last_events_are_the_last(draft: TableDraft) -> None:
    """`last_order_at` is the date of the latest order, `first_visit_date` that of the earliest; NULL where there is none."""
    for evidence in draft.evidences:
        words = evidence.words[1:] if evidence.words[:1] == ("most",) else evidence.words
        if not (evidence.is_moment and evidence.column.nullable and words and words[0] in _ORDINALS and _may_roll_up(draft, evidence)):
            continue
        noun = tuple(w for w in words[1:] if w not in {"at", "on", "date", "time", "timestamp", "day"})
        children = children_named(draft, noun)
        moment = start_of(children.draft) if children else None
        if children is None or moment is None:
            continue
        function = _ORDINALS[words[0]]
        strategy = Aggregate(table=children.table, relation=children.relation.name, function=function, column=moment)
        _roll_up(draft, evidence, strategy, f"the {words[0]} {moment} of its {children.table}")


_AVAILABLE = ("available", "available quantity", "quantity available", "available copies", "available stock", "copies available",
              "available units", "remaining", "available count")  # fmt: skip
_HELD = ("quantity", "total quantity", "total copies", "stock", "copies", "number of copies", "total", "capacity", "total stock",
         "total units", "total count")  # fmt: skip
_LENDING = frozenset({"loan", "rental", "reservation", "checkout", "borrowing", "borrow", "booking", "lending", "hold", "circulation",
                      "lease", "assignment", "allocation"})  # fmt: skip
_OPEN = frozenset({"checked_out", "borrowed", "on_loan", "loaned", "active", "open", "overdue", "late", "rented", "reserved", "held",
                   "pending", "confirmed", "renewed", "allocated", "in_use"})  # fmt: skip
_BACK = ("return date", "returned at", "returned on", "returned date", "date returned", "released at", "actual return date", "returned")


def what_is_lent_is_not_available(draft: TableDraft) -> None:
    """There are as many copies as are available and as are lent: what is available is drawn, the whole is computed."""
    named = (e for phrase in _AVAILABLE for e in draft.evidences if e.is_number and e.named(phrase) and draft.is_free(e.name))
    available = next(named, None)
    whole = _first_tied(draft, available, *_HELD) if available else None
    if available is None or whole is None:
        return
    for children in children_of(draft):
        conditions = _still_open(children) if _LENDING & set(children.words) else ()
        drawn = draft.strategy(whole.name)
        if not conditions or not isinstance(drawn, Number):
            continue
        lent = children.number_named("quantity", "copies", "units")
        out = _aggregate(children, "sum", lent.name, where=conditions) if lent else _aggregate(children, "count", where=conditions)
        strategy = Total(plus=(Reference(column=available.name), out))
        rest = drawn.model_copy(update={"low": max(drawn.low, Decimal(0))})
        if draft.may_compute(whole.name, strategy) and _holds(
            draft, whole, strategy, domain_of(draft.table, whole.name, draft.setting.as_of)
        ):
            draft.change(available.name, strategy=rest, null_fraction=0.0, because=f"what is left beside open {children.table}")
            reason = f"{available.name} and its {children.table} that are still open"
            draft.change(whole.name, strategy=strategy, null_fraction=0.0, null_when=(), because=reason)
            return


def _first_tied(draft: TableDraft, part: Evidence, *phrases: str) -> Evidence | None:
    """Return the whole of a part: a CHECK may say that the part is at most the whole, and nothing else of both."""
    able = [e for e in draft.evidences if e.is_number and e.name != part.name and draft.is_free(e.name)]
    found = next((e for phrase in phrases for e in able if e.named(phrase)), None)
    ties = [c for c in draft.table.checks if found and found.name in c.columns and len(c.columns) > 1]
    return found if all(set(c.columns) == {part.name, found.name} for c in ties if found) else None


def _still_open(children: Children) -> tuple[Where, ...]:
    """Return the condition that a loan is still open: its status says so, else it has no date of return."""
    for evidence in children.draft.evidences:
        strategy = children.draft.strategy(evidence.name)
        if isinstance(strategy, Categorical) and evidence.ends("status", "state"):
            held = tuple(v for v in strategy.values if key_of(v) in _OPEN)
            if held and len(held) < len(strategy.values):
                return (Where(column=evidence.name, values=held),)
    back = next((e for e in children.draft.evidences if e.is_moment and e.column.nullable and e.named(*_BACK)), None)
    return (Where(column=back.name, values=(None,)),) if back else ()


def _aggregate(
    children: Children, function: str, column: str | None = None, *, times: str | None = None, where: tuple[Where, ...] = ()
) -> Aggregate:
    return Aggregate(
        table=children.table,
        relation=children.relation.name,
        function=function,
        column=column,
        times=times,
        where=where,
    )


def _may_roll_up(draft: TableDraft, evidence: Evidence) -> bool:
    """Tell whether a column may be computed from children: free, in no key, and tied to no other column by a CHECK."""
    name = evidence.name
    in_key = any(name in key for key in draft.table.unique_keys) or any(name in k.columns for k in draft.table.foreign_keys)
    tied = any(name in c.columns and len(c.columns) > 1 and not _says_sum(c.expression) for c in draft.table.checks)
    return draft.is_free(name) and not in_key and not tied


def _says_sum(expression: Expression) -> bool:
    """Tell whether a CHECK is an equation of a sum: those are met by a rule of their own, whatever is computed here."""
    match expression:
        case Comparison(operator="=", left=left, right=right):
            return any(isinstance(one, ColumnRef) and terms_of(other) is not None for one, other in ((left, right), (right, left)))
        case _:
            return False


def _roll_up(draft: TableDraft, evidence: Evidence, strategy: Aggregate | Total | Strategy, reason: str) -> bool:
    """Give a column its rollup where that makes no circle, and the type and the CHECKs hold it; tell whether it was given."""
    domain = domain_of(draft.table, evidence.name, draft.setting.as_of)
    strategy = _with_empty(evidence, strategy, domain)
    if not draft.may_compute(evidence.name, strategy) or not _holds(draft, evidence, strategy, domain):
        return False
    draft.change(evidence.name, strategy=strategy, null_fraction=0.0, null_when=(), because=reason)
    return True


def _with_empty(evidence: Evidence, strategy: Strategy, domain: Domain) -> Strategy:
    """Say what stands where there are no children: what a CHECK asks for at least, where nothing is not enough."""
    if not isinstance(strategy, Aggregate):
        return strategy
    least = _least(evidence, domain)
    if strategy.function in {"count", "sum"}:
        return strategy.model_copy(update={"empty": str(least)}) if least > 0 else strategy
    if evidence.column.nullable or evidence.is_moment:
        return strategy
    return strategy.model_copy(update={"empty": str(max(least, Decimal(0)))})


def _least(evidence: Evidence, domain: Domain) -> Decimal:
    """Return the smallest number a CHECK allows; 0 where it says nothing."""
    try:
        low = Decimal(domain.low or "0")
    except ArithmeticError:
        return Decimal(0)
    step = Decimal(1).scaleb(-getattr(evidence.type, "scale", 0)) if evidence.is_number else Decimal(1)
    return low + step if domain.low_strict and domain.low is not None else low


def _holds(draft: TableDraft, evidence: Evidence, strategy: Strategy, domain: Domain) -> bool:
    """Tell whether a column's CHECKs let it be a sum: any number from little on, up to what the sum can come to."""
    if domain.options is not None or domain.excluded - {"0"}:
        return False
    if not evidence.is_number or domain.high is None:
        return True
    largest = largest_of(DraftedTables(draft), draft.table.key, strategy)
    try:
        return largest is not None and largest <= Decimal(domain.high) - int(domain.high_strict)
    except ArithmeticError:
        return False
