"""Foreign keys that share columns: which one gives a shared column its value, and which ones follow it."""

from collections.abc import Iterable, Iterator

from synth_assets.plan.model import Relation
from synth_assets.plan.rules.check_domains import domain_of
from synth_assets.schema.expressions import ColumnRef
from synth_assets.schema.generated import is_computable, matching_columns
from synth_assets.schema.graph import is_nullable
from synth_assets.schema.model import ForeignKey, Schema, Table


def keys_in_order(schema: Schema, table: Table) -> tuple[ForeignKey, ...]:
    """Return the keys whose parents exist in the order in which their relations are written.

    A key that holds columns of keys before it comes next, so that it follows them rather than starts another choice; among
    the rest the widest, then the one with most columns in unique keys, for those need a say in where rows lie. Keys to
    the own table come last: their rows must already agree on something.
    """
    keys = [stored_key(schema, table, k) for k in table.foreign_keys]
    left = [k for k in keys if k.parent_table in schema.tables_by_key and all(c in table.columns_by_name for c in k.columns)]
    left = [k for k in left if all(table.column(c).generated is None for c in k.columns)]
    members = {c for key in table.unique_keys for c in key}
    ordered: list[ForeignKey] = []
    given: set[str] = set()

    def rank(key: ForeignKey) -> tuple[bool, int, int, bool]:
        alone = len(key.columns) == 1
        return (
            key.parent_table == table.key and (not alone or bool(_own_columns(table, key))),
            -len(key.columns),
            0 if alone else -len(members & set(key.columns)),
            not alone and is_nullable(table, key),
        )

    while left:
        following = [k for k in left if given & set(k.columns) and k.parent_table != table.key]
        key = min(following or left, key=rank)
        left.remove(key)
        ordered.append(key)
        given |= set(key.columns)
    return tuple(ordered)


def stored_key(schema: Schema, table: Table, key: ForeignKey) -> ForeignKey:
    """Return a key as one of stored columns, where its generated ones follow from these as the parent's do; else the key itself.

    A generated column that is another's alias stands for that one; one made of parts (`federation || ':' || number`) for
    its parts, where the parent's column is made of the same.
    """
    parent = schema.tables_by_key.get(key.parent_table)
    pairs: dict[str, str] = {}
    for name, parent_name in zip(key.columns, key.parent_columns, strict=False):
        column = table.columns_by_name.get(name)
        if column is None or column.generated is None:
            pairs[name] = parent_name
            continue
        other = parent.columns_by_name.get(parent_name) if parent else None
        if column.generated_tree is None or other is None or not is_computable(table, name):
            return key
        parts = matching_columns(column.generated_tree, ColumnRef(name=parent_name))
        if parts is None and other.generated_tree is not None:
            parts = matching_columns(column.generated_tree, other.generated_tree)
        if parts is None:
            return key
        pairs |= parts
    return key.model_copy(update={"columns": tuple(pairs), "parent_columns": tuple(pairs.values())})


def leaves_open(schema: Schema, table: Table, key: ForeignKey) -> str | None:
    """Return the column to leave NULL where a key refers to what the database computes and nobody here can; None for no need."""
    parent = schema.tables_by_key[key.parent_table]
    computed = [p for p in key.parent_columns if p in parent.columns_by_name and parent.column(p).generated is not None]
    if all(is_computable(parent, p) for p in computed):
        return None
    return next((c for c in key.columns if table.column(c).nullable and table.column(c).generated is None), None)


def is_given(schema: Schema, table: Table, key: ForeignKey, column: str) -> bool:
    """Tell whether a column of a composite key has its value from elsewhere whatever the other keys do.

    So it is with a column of a self key that maps to itself (a manager's tenant is the row's own), with one that a
    CHECK holds to one value (the `type` of a subtype's row), and with one that the parent has from this very table.
    """
    if len(key.columns) == 1:
        return False
    if column in _own_columns(table, key) or column in returning_columns(schema, table, key):
        return True
    return len(domain_of(table, column).options or ()) == 1


def returning_columns(schema: Schema, table: Table, key: ForeignKey) -> tuple[str, ...]:
    """Return the columns of a composite key that the parent's own keys lead back to, and whose values this table gives both.

    A lock refers to one of its holders, a holder to its lock, by the same columns: one side must know them by itself. It
    is the one that has a unique key of nothing else; of two such, or none, the first.
    """
    return next((own for _, own in _returns(schema, table, key) if _leads(schema, table, own, key.parent_table)), ())


def is_returned(schema: Schema, table: Table, key: ForeignKey) -> bool:
    """Tell whether every row of a key's parent needs a row of this table, for it gives the columns that lead back to it."""
    parent = schema.tables_by_key[key.parent_table]
    back = (k for k in parent.foreign_keys if k.parent_table == table.key)
    return any(set(returning_columns(schema, parent, k)) & set(key.parent_columns) for k in back)


def _returns(schema: Schema, table: Table, key: ForeignKey) -> Iterator[tuple[ForeignKey, tuple[str, ...]]]:
    """Yield the parent's keys that lead back, each with the columns of `key` that come home as they left."""
    parent = schema.tables_by_key.get(key.parent_table)
    if parent is None or parent is table or len(key.columns) == 1:
        return
    for other in parent.foreign_keys:
        onward = dict(zip(other.columns, other.parent_columns, strict=False)) if other.parent_table == table.key else {}
        own = tuple(c for c, p in zip(key.columns, key.parent_columns, strict=False) if onward.get(p) == c)
        if own:
            yield other, own


def _leads(schema: Schema, table: Table, own: tuple[str, ...], other: str) -> bool:
    places = [t.key for t in schema.tables]
    knows = any(set(k) <= set(own) for k in table.unique_keys)
    there = any(set(k) <= set(own) for k in schema.tables_by_key[other].unique_keys)
    return knows if knows != there else places.index(table.key) < places.index(other)


def _own_columns(table: Table, key: ForeignKey) -> tuple[str, ...]:
    """Return the columns that a key to its own table maps to themselves."""
    pairs = zip(key.columns, key.parent_columns, strict=True)
    return tuple(c for c, p in pairs if c == p) if key.parent_table == table.key else ()


def is_implied(schema: Schema, relations: Iterable[Relation], key: ForeignKey) -> bool:
    """Tell whether a relation gives all the key's columns from parent columns that are, or refer to, the key's parent columns."""
    for relation in relations:
        through = dict(zip(relation.columns, relation.parent_columns, strict=False))  # a plan by hand may lack one: judged elsewhere
        if not set(key.columns) <= set(through):
            continue
        carried = tuple(through[c] for c in key.columns)
        if relation.parent_table == key.parent_table and carried == key.parent_columns:
            return True
        parent = schema.tables_by_key[relation.parent_table]
        for further in parent.foreign_keys:
            onward = dict(zip(further.columns, further.parent_columns, strict=False))
            if further.parent_table == key.parent_table and tuple(onward.get(c) for c in carried) == key.parent_columns:
                return True
    return False
