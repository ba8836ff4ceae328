"""Random schemas with row counts and seeds: the strategy itself."""

from dataclasses import replace

from hypothesis import strategies as st

from synth_assets_tests.properties.bounds import fitted
from synth_assets_tests.properties.columns import SINGLES
from synth_assets_tests.properties.dice import Dice
from synth_assets_tests.properties.keys import BORROWED, OWN, Tables, parents_of, pointing
from synth_assets_tests.properties.model import Column, DrawnSchema, Table
from synth_assets_tests.properties.names import Names
from synth_assets_tests.properties.references import REFERENCES, self_reference
from synth_assets_tests.properties.row_checks import ROW_PARTS

ROWS = (7, 1, 40, 7, 2, 40, 200, 25)
COMMENTS = ("", "What the business knows of it", 'One row a thing; it\'s "quoted" -- twice', "Kunden & Größen")


@st.composite
def schemas(draw: st.DrawFn) -> DrawnSchema:
    """Schemas of one to seven tables. Row counts fit the keys by counting, but for a few that are left to be refused."""
    dice = Dice(draw)
    table_names = Names(dice)
    tables: Tables = ()
    columns_of: dict[str, Names] = {}
    for _ in range(dice.pick((1, 2, 3, 3, 4, 5, 7))):
        names = Names(dice)
        table = _table(dice, table_names.table(), names, parents_of(tables))
        columns_of[table.name] = names
        tables = (*tables, table)
    tables = _with_cycles(dice, tables, columns_of)
    drawn = DrawnSchema(tables, dice.below(1000))
    return drawn if dice.chance(8) else fitted(drawn)


def _table(dice: Dice, name: str, names: Names, parents: Tables) -> Table:
    table = Table(name, 0 if dice.chance(4) else dice.pick(ROWS), comment=dice.pick(COMMENTS) if dice.chance(15) else "")
    borrowed = bool(parents) and dice.chance(45)
    table = table.adding(dice.pick(BORROWED)(dice, names, parents) if borrowed else dice.pick(OWN)(dice, names))
    if parents:
        for _ in range(dice.pick((0, 1, 1, 2))):
            table = table.adding(dice.pick(REFERENCES)(dice, names, parents))
    if dice.chance(15):
        table = table.adding(self_reference(dice, names, table))
    for _ in range(dice.pick((0, 1, 2, 3))):
        table = table.adding(dice.pick(SINGLES)(dice, names))
    for _ in range(dice.pick((0, 0, 1, 2))):
        table = table.adding(dice.pick(ROW_PARTS)(dice, names))
    return table if table.columns else replace(table, columns=(Column(names.column("text"), "text"),))


def _with_cycles(dice: Dice, tables: Tables, columns_of: dict[str, Names]) -> Tables:
    """Now and then, a key from a table to a later one: with the keys that run the other way it may close a circle."""
    if len(tables) < 2 or not dice.chance(25):
        return tables
    at = dice.below(len(tables) - 1)
    later = parents_of(tables[at + 1 :])
    if not later:
        return tables
    part = pointing(dice, columns_of[tables[at].name], dice.pick(later), not_null=dice.chance(50))
    return (*tables[:at], tables[at].adding(part), *tables[at + 1 :])
