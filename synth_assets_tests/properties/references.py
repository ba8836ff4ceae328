"""Foreign keys beside the primary key: plain ones, pairs that differ, overlaps, diamonds, self-references."""

from collections.abc import Callable
from dataclasses import replace

from synth_assets_tests.properties.dice import Dice
from synth_assets_tests.properties.keys import Tables, keys_of, pointing, refer
from synth_assets_tests.properties.model import Check, Column, Key, Part, Reference, Table
from synth_assets_tests.properties.names import Names
from synth_assets_tests.properties.rendering import quoted


def plain_reference(dice: Dice, names: Names, tables: Tables) -> Part:
    """To any key of any table, NULL or not; now and then unique, or with a CHECK on the key itself."""
    part = pointing(dice, names, dice.pick(tables), not_null=dice.chance(50))
    columns = part.references[0].columns
    if dice.chance(12):
        part.keys.append(Key(columns))
    return part


def differing_pair(dice: Dice, names: Names, tables: Tables) -> Part:
    """Two keys to one parent that a CHECK keeps apart."""
    single = [t for t in tables if any(k.is_whole and k.primary and len(k.columns) == 1 for k in t.keys)]
    if not single:
        return plain_reference(dice, names, tables)
    parent = dice.pick(single)
    firm = dice.chance(60)
    origin = parent.column(next(k.columns[0] for k in parent.keys if k.primary))
    written = {"bigserial": "bigint", "serial": "integer"}.get(origin.type, origin.type)
    a, b = (Column(names.fresh(word), written, firm, origin.distinct) for word in ("from_id", "to_id"))
    references = [Reference((a.name,), parent.name, (origin.name,)), Reference((b.name,), parent.name, (origin.name,), (a.name,))]
    return Part([a, b], [], references, [Check(f"{quoted(a.name)} <> {quoted(b.name)}")])


def listed_per_parent(dice: Dice, names: Names, tables: Tables) -> Part:
    """One row a parent and value of a short list."""
    part = pointing(dice, names, dice.pick(tables), not_null=True)
    kind = Column(names.column("kind"), "varchar(8)", not_null=True, distinct=3)
    part.columns.append(kind)
    part.checks.append(Check(f"{quoted(kind.name)} IN ('home', 'work', 'other')"))
    part.keys.append(Key((*part.references[0].columns, kind.name)))
    return part


def overlapping(dice: Dice, names: Names, tables: Tables) -> Part:
    """A key to a table, and one that shares columns with it to that table's own parent: (a, b, c) and (a, b)."""
    chances = [(t, k, r) for t in tables for k in t.keys if k.is_whole for r in t.references if set(r.columns) < set(k.columns)]
    if not chances:
        return plain_reference(dice, names, tables)
    table, key, inner = dice.pick(chances)
    part = refer(names, table, key, not_null=dice.chance(60))
    by_parent = dict(zip(key.columns, part.references[0].columns, strict=True))
    part.references.insert(dice.below(2), Reference(tuple(by_parent[c] for c in inner.columns), inner.parent, inner.parent_columns))
    return part


def diamond(dice: Dice, names: Names, tables: Tables) -> Part:
    """Two keys that share the column of a common grandparent (a tenant), maybe with a key to it as well."""
    tenants = [(t, k, r) for t in tables for k in t.keys if k.is_whole for r in t.references if set(r.columns) < set(k.columns)]
    pairs = [(x, y) for x in tenants for y in tenants if x[2].parent == y[2].parent and x[2].parent_columns == y[2].parent_columns]
    if not pairs:
        return plain_reference(dice, names, tables)
    (left, left_key, up), (right, right_key, other_up) = dice.pick(pairs)
    part = refer(names, left, left_key, not_null=dice.chance(60))
    spelled = dict(zip(left_key.columns, part.references[0].columns, strict=True))
    shared = {theirs: spelled[ours] for ours, theirs in zip(up.columns, other_up.columns, strict=True)}
    second = refer(names, right, right_key, not_null=dice.chance(60), shared=shared)
    part = Part(part.columns + second.columns, references=part.references + second.references)
    if dice.chance(50):
        part.references.append(Reference(tuple(spelled[c] for c in up.columns), up.parent, up.parent_columns))
    return part


def self_reference(dice: Dice, names: Names, table: Table) -> Part:
    """A row of the same table: NULL or not, never itself or maybe, and in a composite key of the same tenant."""
    keys = keys_of(table)
    if not keys:
        return Part()
    key = dice.pick(keys)
    shared = {key.columns[0]: key.columns[0]} if len(key.columns) > 1 and dice.chance(80) else {}
    part = refer(names, table, key, not_null=dice.chance(25), shared=shared, prefix="parent")
    if len(part.columns) == 1 and dice.chance(40) and not (shared and part.columns[0].not_null):
        own = key.columns[-1]
        part.checks.append(Check(f"{quoted(part.columns[0].name)} <> {quoted(own)}"))
        part.references = [replace(part.references[0], differs_from=(own,))]
    return part


REFERENCES: tuple[Callable[[Dice, Names, Tables], Part], ...] = (
    plain_reference, plain_reference, plain_reference, differing_pair, listed_per_parent, overlapping, overlapping, diamond,
)  # fmt: skip
