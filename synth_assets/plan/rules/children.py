"""The children of a table as rules see them: which table a name speaks of, and which of its relations leads here."""

from collections.abc import Iterator
from dataclasses import dataclass

from synth_assets.plan.model import Relation
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence, singular, table_words
from synth_assets.plan.rules.relations import is_composition
from synth_assets.schema.model import ForeignKey

_PARTS = frozenset({"item", "line", "detail", "entry", "position", "lineitem", "row"})


@dataclass(frozen=True)
class Children:
    """The rows of a table that refer to another by one of its relations."""

    draft: TableDraft
    relation: Relation

    @property
    def table(self) -> str:
        return self.draft.table.key

    @property
    def words(self) -> tuple[str, ...]:
        return table_words(self.draft.table)

    @property
    def numbers(self) -> list[Evidence]:
        return [e for e in self.draft.evidences if e.is_number]

    def number_named(self, *phrases: str) -> Evidence | None:
        """Return the numeric column of one of these names, the first name first."""
        return next((e for phrase in phrases for e in self.numbers if e.named(phrase)), None)


def children_of(draft: TableDraft) -> Iterator[Children]:
    """Yield every table and relation that refers to this table; of several relations of one table, that which bears its name."""
    for other in draft.drafts.values():
        found = [r for r in other.relations.values() if r.parent_table == draft.table.key]
        relation = found[0] if len(found) == 1 else next((r for r in found if _bears_name(draft, other, r)), None)
        if relation is not None and other.row_count and not _is_partition(draft, other):
            yield Children(other, relation)


def _is_partition(draft: TableDraft, child: TableDraft) -> bool:
    """Tell whether a table looks like a piece of another, with all of its columns: no child, whatever its columns are called."""
    return child is not draft and set(draft.columns) <= set(child.columns)


def _bears_name(draft: TableDraft, child: TableDraft, relation: Relation) -> bool:
    """Tell whether a relation is called after its parent and nothing else: `customer_id` beside `referred_by`."""
    own = table_words(draft.table)
    return any(child.evidence(c).words in (own, (*own, "id")) for c in relation.columns)


def children_named(draft: TableDraft, noun: tuple[str, ...]) -> Children | None:
    """Return the children that a noun speaks of: `order item` for `order_items`, `review` for `product_reviews` of products."""
    if not noun:
        return None
    target, own = (*noun[:-1], singular(noun[-1])), table_words(draft.table)
    best: tuple[int, Children] | None = None
    for children in children_of(draft):
        words = children.words
        rest = words[len(own) :] if words[: len(own)] == own else words
        rank = 3 if words == target else 2 if rest == target else 1 if words[-len(target) :] == target else 0
        if rank and (best is None or rank > best[0]):
            best = (rank, children)
    return best[1] if best else None


def parts_of(draft: TableDraft) -> Iterator[Children]:
    """Yield the children that are parts of this table's rows, as items are of orders: never NULL, named so."""
    for children in children_of(draft):
        relation, table = children.relation, children.draft.table
        own, parent = relation.columns, relation.parent_columns
        key = ForeignKey(columns=own, parent_table=relation.parent_table, parent_columns=parent, where=table.where)
        if not relation.null_fraction and (is_composition(table, key) or set(children.words[-1:]) & _PARTS):
            yield children
