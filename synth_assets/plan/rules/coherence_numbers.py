"""Numbers that must agree within a row or with the parent: parts of a whole, products, totals."""

from synth_assets.plan.distributions import Power, Uniform
from synth_assets.plan.rules.check_domains import comparisons, domain_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence, table_words
from synth_assets.plan.strategies import Aggregate, Copy, Fraction, Number, Product, Reference, Total

_QUANTITIES = ("quantity", "units", "number of items", "order quantity", "quantity ordered", "nights", "item count")
_PRICES = (
    "price",
    "unit price",
    "sale price",
    "list price",
    "price each",
    "retail price",
    "price per unit",
    "selling price",
    "precio venta",
    "precio unitario",
)
_TOTALS = (
    "subtotal",
    "sub total",
    "line total",
    "total",
    "total price",
    "amount",
    "total amount",
    "extended price",
    "line amount",
    "subtotal linea",
)

_PARTS: tuple[tuple[tuple[str, ...], tuple[str, ...], float, float, float], ...] = (
    (("available", "available quantity", "quantity available", "available copies", "available stock", "available seats",
     "seats available", "remaining", "copies available"),
     ("quantity", "total quantity", "total copies", "stock", "capacity", "copies", "total seats", "seats", "number of copies", "total"),
      0.0, 1.0, 0.6),
    (("reserved", "reserved quantity", "quantity reserved", "returned quantity", "defective quantity", "backordered", "shipped quantity",
     "quantity shipped"),
     ("quantity", "stock", "quantity on hand", "stock quantity", "order quantity", "on hand"), 0.0, 1.0, 2.0),
    (("cost", "unit cost", "cost price", "purchase price", "precio compra", "standard cost", "wholesale price"),
     ("price", "unit price", "sale price", "list price", "retail price", "selling price", "precio venta", "msrp"), 0.4, 0.8, 1.0),
    (("discounted price", "special price", "promo price", "sale price", "current price"), ("price", "regular price", "list price",
     "original price", "msrp", "retail price"), 0.6, 1.0, 0.6),
    (("tax", "tax amount", "vat", "sales tax"), ("subtotal", "sub total", "total", "total amount", "amount", "price"), 0.05, 0.1, 1.0),
    (("discount amount",), ("subtotal", "total", "total amount", "amount"), 0.0, 0.3, 2.5),
    (("paid amount", "amount paid", "paid"), ("total", "total amount", "amount due", "amount"), 0.5, 1.0, 0.3),
    (("minimum salary", "salary minimum", "minimum price", "price minimum", "minimum amount"),
     ("maximum salary", "salary maximum", "maximum price", "price maximum", "maximum amount"), 0.4, 0.75, 1.0),
    (("current enrollment", "enrolled", "enrolled count", "occupied", "occupancy"), ("capacity", "maximum capacity", "enrollment limit",
     "maximum enrollment"), 0.3, 1.0, 0.7),
)  # fmt: skip
"""(part, whole, least share, greatest share, exponent): a part is a share of the whole; below 1 leans to the greatest."""


def parts_of_wholes(draft: TableDraft) -> None:
    """Available copies are some of the copies, a cost is a share of the price, a tax a share of the total."""
    numbers = [e for e in draft.evidences if e.is_number]
    for part in numbers:
        if not (draft.is_free(part.name) and isinstance(draft.strategy(part.name), Number)):
            continue
        for parts, wholes, low, high, exponent in _PARTS:
            if not part.named(*parts):
                continue
            whole = next((w for w in numbers if w.name != part.name and w.named(*wholes) and _is_whole(draft, part, w)), None)
            if whole:
                strategy = Fraction(base=Reference(column=whole.name), low=low, high=high, distribution=Power(exponent=exponent))
                strategy = strategy.model_copy(update={"fallback": draft.strategy(part.name)}) if whole.column.nullable else strategy
                draft.change(part.name, strategy=strategy, because=f"a share of {whole.name}: {low:.0%} to {high:.0%}")
                break


def _is_whole(draft: TableDraft, part: Evidence, whole: Evidence) -> bool:
    """Tell whether a part may be a share of a whole: drawn, or added up from other numbers than the part."""
    computed = isinstance(draft.strategy(whole.name), Number | Aggregate | Total | Product)
    return computed and draft.may_compute(part.name, Fraction(base=Reference(column=whole.name)))


def numbers_obey_checks(draft: TableDraft) -> None:
    """A CHECK that one number is at most another makes it a share of that other."""
    for between in comparisons(draft.table):
        small, large = (between.left, between.right) if between.operator in {"<", "<="} else (between.right, between.left)
        if between.operator in {"=", "<>"} or small not in draft.columns or large not in draft.columns:
            continue
        low_side, high_side = draft.strategy(small), draft.strategy(large)
        if not (isinstance(low_side, Number) and isinstance(high_side, Number) and draft.is_free(small)) or high_side.low < 0:
            continue
        if between.operator in {"<", ">"}:
            continue  # a strict bound between fractions of small numbers is left to redrawing
        least = _least_share(draft, small, low_side, high_side)
        if least > _MOST_FLOOR:
            continue  # the two would be equal, or nearly so: left to ranges of their own
        strategy = Fraction(base=Reference(column=large), low=least, high=1.0, distribution=Uniform())
        strategy = strategy.model_copy(update={"fallback": low_side}) if draft.table.column(large).nullable else strategy
        draft.change(small, strategy=strategy, origin="ddl", because=f"the CHECK says: at most {large}")


_USUAL_FLOOR, _MOST_FLOOR = 0.2, 0.5
"""The least share where no CHECK asks for more; the largest at which shares still differ enough to be worth it."""


def _least_share(draft: TableDraft, small: str, part: Number, whole: Number) -> float:
    """Return the least share of the whole that is no less than the part's own floor: a CHECK's, or a usual one."""
    if part.low <= 0 or whole.low <= 0:
        return 0.0
    is_asked = domain_of(draft.table, small, draft.setting.as_of).low is not None
    share = float(part.low) / float(whole.low)
    return share if is_asked else min(share, _USUAL_FLOOR)


def products(draft: TableDraft) -> None:
    """A line's subtotal is its quantity times its unit price, or times the price of the parent it refers to."""
    quantity = next(
        (e for e in draft.evidences if e.is_number and e.named(*_QUANTITIES) and isinstance(draft.strategy(e.name), Number)), None
    )
    total = next(
        (
            e
            for e in draft.evidences
            if e.is_number and e.named(*_TOTALS) and draft.is_free(e.name) and isinstance(draft.strategy(e.name), Number)
        ),
        None,
    )
    own_price = next(
        (e for e in draft.evidences if e.is_number and e.named(*_PRICES) and isinstance(draft.strategy(e.name), Number | Copy)), None
    )
    parent_price = _price_of_parent(draft)
    copied = own_price is not None and parent_price is not None and draft.may_compute(own_price.name, Copy(base=parent_price))
    if own_price and parent_price and copied and draft.is_free(own_price.name) and isinstance(draft.strategy(own_price.name), Number):
        relation = parent_price.relation or ""
        draft.change(own_price.name, strategy=Copy(base=parent_price), because=f"the price of the row of {relation}")
    if not (quantity and total):
        return
    price = Reference(column=own_price.name) if own_price else parent_price
    if price and draft.may_compute(total.name, Product(left=Reference(column=quantity.name), right=price)):
        where = f"the {price.column} of {price.relation}" if price.relation else price.column
        draft.change(
            total.name, strategy=Product(left=Reference(column=quantity.name), right=price), because=f"{quantity.name} times {where}"
        )


def _price_of_parent(draft: TableDraft) -> Reference | None:
    """Return the NOT NULL price column of a parent that this row must have, or None."""
    if not any(e.named(*_QUANTITIES) for e in draft.evidences):
        return None  # nothing is sold by the piece here
    for relation in draft.relations.values():
        parent = draft.drafts.get(relation.parent_table)
        if parent is None or relation.null_fraction or parent.table.key == draft.table.key or _has_price_history(draft, parent):
            continue
        for evidence in parent.evidences:
            if evidence.is_number and not evidence.column.nullable and evidence.named(*_PRICES):
                return Reference(column=evidence.name, relation=relation.name)
    return None


def _has_price_history(draft: TableDraft, parent: TableDraft) -> bool:
    """Tell whether prices of the parent change over time, so that a row may hold an earlier one."""
    dated = any(e.is_moment and e.named("valid from", "valid to", "price valid from", "effective from") for e in parent.evidences)
    others = (d for d in draft.drafts.values() if any(r.parent_table == parent.table.key for r in d.relations.values()))
    return dated or any("price" in table_words(d.table) for d in others)
