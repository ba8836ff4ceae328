"""Primary keys and foreign keys of every kind. Parts of a table that others refer to, and how they refer."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from synth_assets_tests.properties.columns import INTEGERS
from synth_assets_tests.properties.dice import Dice
from synth_assets_tests.properties.model import Check, Column, Key, Part, Reference, Table
from synth_assets_tests.properties.names import Names
from synth_assets_tests.properties.rendering import quoted

Tables = tuple[Table, ...]
ROOM = 9999


def own_number(dice: Dice, names: Names) -> Part:
    """`id integer PRIMARY KEY`, with or without a CHECK on the key itself."""
    column = Column(names.column("id"), dice.pick(("integer", "bigint", "smallint", "bigserial", "serial")), dice.chance(50))
    name = quoted(column.name)
    checks = [Check(dice.pick((f"{name} > 0", f"{name} BETWEEN 1 AND {ROOM}", f"{name} >= 100")))] if dice.chance(20) else []
    return Part([column], [Key((column.name,), primary=True)], checks=checks)


def own_text(dice: Dice, names: Names) -> Part:
    """A code: a key of letters, whose form a CHECK may prescribe."""
    column = Column(names.column("id"), dice.pick(("varchar(10)", "char(6)", "text", "varchar(36)")), dice.chance(50))
    name = quoted(column.name)
    forms = (f"{name} = upper({name})", f"{name} = lower({name})", f"length({name}) >= 4", f"{name} LIKE 'A%'", f"{name} <> ''")
    checks = [Check(dice.pick(forms))] if dice.chance(30) else []
    return Part([column], [Key((column.name,), primary=True)], checks=checks)


def own_pair(dice: Dice, names: Names) -> Part:
    """Two or three columns of the table itself."""
    first = Column(names.column("id"), dice.pick(("char(3)", "varchar(20)", "integer", "date")), not_null=True)
    second = Column(names.column("id"), dice.pick(("smallint", "integer", "date", "varchar(8)")), dice.chance(50))
    columns = [first, second]
    if dice.chance(15):
        columns.append(Column(names.column("id"), "smallint", not_null=True))
    name = quoted(second.name)
    checks = [Check(f"{name} BETWEEN 1 AND {ROOM}")] if second.type in INTEGERS and dice.chance(40) else []
    return Part(columns, [Key(tuple(c.name for c in columns), primary=True)], checks=checks)


def no_key(dice: Dice, names: Names) -> Part:
    return Part()


def refer(
    names: Names, parent: Table, key: Key, *, not_null: bool, shared: Mapping[str, str] = MappingProxyType({}), prefix: str = ""
) -> Part:
    """New columns that refer to the parent's key; `shared` names columns already there, by the parent's column."""
    columns, made = [], []
    for name in key.columns:
        if name in shared:
            columns.append(shared[name])
            continue
        origin = parent.column(name)
        written = {"bigserial": "bigint", "serial": "integer"}.get(origin.type, origin.type)
        made.append(Column(names.fresh(f"{prefix or parent.name[:20]}_{name[:24]}"), written, not_null, origin.distinct))
        columns.append(made[-1].name)
    return Part(made, references=[Reference(tuple(columns), parent.name, key.columns)])


def pointing(dice: Dice, names: Names, parent: Table, *, not_null: bool) -> Part:
    """New columns that refer to one of the parent's keys."""
    return refer(names, parent, dice.pick(keys_of(parent)), not_null=not_null)


def keys_of(table: Table) -> list[Key]:
    """The keys that a foreign key may point at; floating point is nobody's key."""
    return [k for k in table.keys if k.is_whole and all(table.column(c).type != "real" for c in k.columns)]


def parents_of(tables: Tables) -> Tables:
    return tuple(t for t in tables if keys_of(t))


def one_to_one(dice: Dice, names: Names, tables: Tables) -> Part:
    """The key is the foreign key: at most one row a parent row."""
    part = pointing(dice, names, dice.pick(tables), not_null=dice.chance(50))
    part.keys.append(Key(part.references[0].columns, primary=True))
    return part


def weak(dice: Dice, names: Names, tables: Tables) -> Part:
    """The parent's key and a number, a code or a day of its own: order lines, rooms of a house, tables of a tenant."""
    part = pointing(dice, names, dice.pick(tables), not_null=True)
    own = Column(names.column("id"), dice.pick(("smallint", "integer", "varchar(12)", "date")), not_null=True)
    part.columns.append(own)
    if own.type == "smallint" and dice.chance(50):
        part.checks.append(Check(f"{quoted(own.name)} {dice.pick(('>= 1', '> 0', f'BETWEEN 1 AND {ROOM}'))}"))
    key = Key((*part.references[0].columns, own.name), primary=True)
    if dice.chance(30):
        number = own_number(dice, names)
        return Part(number.columns + part.columns, [*number.keys, Key(key.columns)], part.references, number.checks + part.checks)
    part.keys.append(key)
    return part


def junction(dice: Dice, names: Names, tables: Tables) -> Part:
    """The key is two foreign keys, maybe with a column more; or the pair is UNIQUE beside a number."""
    first = pointing(dice, names, dice.pick(tables), not_null=True)
    second = pointing(dice, names, dice.pick(tables), not_null=True)
    part = Part(first.columns + second.columns, references=first.references + second.references)
    members = first.references[0].columns + second.references[0].columns
    shape = dice.pick(("pair", "pair", "extra", "beside"))
    if shape == "extra":
        own = Column(names.column("date"), dice.pick(("date", "smallint", "varchar(12)")), not_null=True)
        part.columns.append(own)
        members = (*members, own.name)
    if shape == "beside":
        number = own_number(dice, names)
        return Part(number.columns + part.columns, [*number.keys, Key(members)], part.references, number.checks)
    part.keys.append(Key(members, primary=True))
    return part


OWN: tuple[Callable[[Dice, Names], Part], ...] = (own_number, own_number, own_number, own_text, own_pair, no_key)
BORROWED: tuple[Callable[[Dice, Names, Tables], Part], ...] = (one_to_one, weak, weak, junction)
