"""Single columns and what a CHECK may say of one: every draw can be met, by more than one value."""

from collections.abc import Callable
from dataclasses import replace

from synth_assets_tests.properties.dice import Dice
from synth_assets_tests.properties.model import Check, Column, Key, Part
from synth_assets_tests.properties.names import Names
from synth_assets_tests.properties.rendering import quoted

KINDS = ("number", "text", "flag", "date", "moment", "money")
INTEGERS = ("integer", "smallint", "bigint")
DECIMALS = ("numeric(10,2)", "numeric(6,0)", "numeric(4,3)", "numeric(18,6)", "real")
DEFAULTS = {"number": "5", "text": "'none'", "flag": "false", "date": "'2024-02-29'", "money": "1.5", "moment": "CURRENT_TIMESTAMP"}


def plain_type(dice: Dice, kind: str) -> str:
    """A type of the kind."""
    match kind:
        case "number":
            return dice.pick(INTEGERS)
        case "money":
            return dice.pick(DECIMALS)
        case "text" | "kind":
            return f"varchar({dice.between(5, 60)})" if dice.chance(60) else "text"
        case "flag":
            return "boolean"
        case "date":
            return "date"
    return "timestamp"


def plain(dice: Dice, names: Names, kind: str | None = None, *, not_null: bool | None = None) -> Column:
    """A column without any condition."""
    kind = kind or dice.pick(KINDS)
    firm = dice.chance(40) if not_null is None else not_null
    default = DEFAULTS[kind] if dice.chance(8) and kind in DEFAULTS else None
    distinct = 2 if kind == "flag" else None
    written = f"char({dice.between(3, 12)})" if kind == "text" and default is None and dice.chance(10) else plain_type(dice, kind)
    if written == "numeric(4,3)" and default is not None:
        default = "0.5"
    note = dice.pick(("", "what it is", "one of many; see the manual", "e.g. 'x', (y) -- and z")) if dice.chance(10) else ""
    return Column(names.column(kind), written, firm, distinct, default, note)


def plain_part(dice: Dice, names: Names) -> Part:
    return Part([plain(dice, names)])


def unique_part(dice: Dice, names: Names) -> Part:
    """A UNIQUE: one column or two, NULLs or none, whole or partial, over a column or over its lower case."""
    shape = dice.pick(("one", "one", "pair", "partial", "expression", "both"))
    text = plain(dice, names, "text", not_null=dice.chance(50))
    text = Column(text.name, dice.pick(("varchar(40)", "text", "char(8)")), text.not_null)
    name = quoted(text.name)
    match shape:
        case "one":
            kind = dice.pick(("number", "money", "date", "moment", "text"))
            column = text if kind == "text" else plain(dice, names, kind)
            column = Column(column.name, _roomy(column.type), column.not_null)
            return Part([column], [Key((column.name,))])
        case "pair":
            other = plain(dice, names, dice.pick(("number", "date", "text")))
            return Part([text, other], [Key((text.name, other.name))])
        case "partial":
            flag = plain(dice, names, "flag")
            where = dice.pick((quoted(flag.name), f"NOT {quoted(flag.name)}", f"{name} IS NOT NULL", f"{quoted(flag.name)} IS NULL"))
            return Part([text, flag], [Key((text.name,), where=where)])
        case "expression":
            return Part([text], [Key((), expression=f"{dice.pick(('lower', 'upper'))}({name})")])
    closed = plain(dice, names, "date", not_null=False)
    return Part([text, closed], [Key((), expression=f"lower({name})", where=f"{quoted(closed.name)} IS NULL")])


def _roomy(written: str) -> str:
    """The type, or one in which hundreds of different values certainly find room."""
    return "numeric(10,2)" if written in {"real", "numeric(4,3)"} else "varchar(20)" if written.startswith("char(3") else written


def integer_range(dice: Dice, names: Names) -> Part:
    low = dice.pick((0, 1, -5, 10, 1000, -30000))
    high = low + dice.pick((1, 3, 9, 40, 365, 2500))
    column = Column(names.column("number"), dice.pick(INTEGERS), dice.chance(60), high - low + 1)
    c = quoted(column.name)
    shape = dice.below(7)
    distinct = None if shape in {1, 2} else column.distinct
    texts = (
        f"{c} BETWEEN {low} AND {high}",
        f"{c} >= {low}",
        f"{c} > {low}",
        f"{c} >= {low} AND {c} <= {high}",
        f"{low} <= {c} AND {c} < {high + 1}",
        f"NOT ({c} < {low} OR {c} > {high})",
        f"{c} IS NULL OR ({c} > {low - 1} AND {c} < {high + 1})",
    )
    return Part([Column(column.name, column.type, column.not_null, distinct)], checks=[Check(texts[shape])])


RANGES = (("0", "1"), ("0.1", "0.9"), ("-2.5", "2.5"), ("0.333", "9.999"), ("1", "8"))


def decimal_range(dice: Dice, names: Names) -> Part:
    """Bounds that may lie between two values of the column. Whole numbers strictly between 0.1 and 0.9: only NULL, or no row."""
    column = Column(names.column("money"), dice.pick(DECIMALS), dice.chance(60))
    low, high = dice.pick(RANGES)
    c = quoted(column.name)
    texts = (f"{c} BETWEEN {low} AND {high}", f"{c} > {low} AND {c} < {high}", f"{c} >= {low}", f"{c} <= {high}", f"{c} > {low}")
    shape = dice.below(len(texts))
    empty = column.type == "numeric(6,0)" and shape < 2 and (high == "0.9" or (shape == 1 and high == "1"))
    return Part([replace(column, distinct=0 if empty else None)], checks=[Check(texts[shape])])


def date_range(dice: Dice, names: Names) -> Part:
    kind = dice.pick(("date", "moment"))
    column = Column(names.column(kind), plain_type(dice, kind), dice.chance(60))
    c = quoted(column.name)
    texts = (
        f"{c} >= '2020-01-01'",
        f"{c} >= '2019-03-01' AND {c} < '2024-01-01'",
        f"{c} BETWEEN '1990-01-01' AND '2030-12-31'",
        f"{c} <= '2025-06-30'",
    )
    return Part([column], checks=[Check(dice.pick(texts))])


VALUES = (("open", "closed"), ("a", "b", "c"), ("New", "In Progress", "Done", "Won''t do"), ("only",), ("card", "bank", "cash"), ("", "x"))


def value_set(dice: Dice, names: Names) -> Part:
    if dice.chance(35):
        numbers = dice.pick(((1, 2, 3), (10, 20, 50, 100), (0, 1), (-1, 7)))
        column = Column(names.column("number"), dice.pick(INTEGERS), dice.chance(60), len(numbers))
        return Part([column], checks=[Check(f"{quoted(column.name)} IN ({', '.join(map(str, numbers))})")])
    values = dice.pick(VALUES)
    column = Column(names.column("kind"), dice.pick(("varchar(12)", "text")), dice.chance(60), len(values))
    c, texts = quoted(column.name), [f"'{v}'" for v in values]
    written = (f"{c} IN ({', '.join(texts)})", " OR ".join(f"{c} = {t}" for t in texts), f"{c} IS NULL OR {c} IN ({', '.join(texts)})")
    return Part([column], checks=[Check(dice.pick(written))])


def different(dice: Dice, names: Names) -> Part:
    column = plain(dice, names, dice.pick(("number", "text", "money")))
    value = "''" if column.type.startswith(("text", "varchar", "char")) else "0"
    return Part([column], checks=[Check(f"{quoted(column.name)} <> {value}")])


LENGTHS = (
    "length({c}) = 5", "length({c}) >= 3", "length({c}) BETWEEN 2 AND 10", "length({c}) > 0", "length({c}) < 9",
    "length({c}) >= 4 AND length({c}) <= 4", "length(trim({c})) > 0", "trim({c}) <> ''", "{c} = trim({c})", "{c} = upper({c})",
    "{c} = lower({c})", "upper({c}) = {c} AND length({c}) <= 6", "length({c}) IN (4, 8)",
)  # fmt: skip
LIKES = (
    "{c} LIKE 'A%'",
    "{c} LIKE '%@%'",
    "{c} LIKE '__-%'",
    "{c} NOT LIKE '% %'",
    "{c} LIKE '%.com'",
    "{c} LIKE 'ab_c%' AND length({c}) < 9",
)
PATTERNS = (
    "{c} ~ '^[A-Z]{{3}}[0-9]{{2}}$'", "{c} ~ '^[a-z]+$'", "{c} ~ '^[0-9]{{4}}$'", "{c} ~ '^(AB|CD)-[0-9]{{1,5}}$'",
    "{c} ~ '^#[0-9a-fA-F]{{6}}$'",
    "{c} ~* '^[a-f0-9]{{8}}$'", "{c} ~ '^[^@ ]+@[^@ ]+[.][a-z]{{2,3}}$'", "{c} !~ '[0-9]'", "{c} SIMILAR TO '[A-Z][0-9]{{3}}'",
)  # fmt: skip


def text_form(dice: Dice, names: Names) -> Part:
    """Length, letter case, blanks, LIKE; or a regular expression, which only PostgreSQL has."""
    column = Column(names.column("text"), dice.pick(("varchar(20)", "text", "varchar(12)")), dice.chance(60))
    group = dice.pick((LENGTHS, LENGTHS, LIKES, PATTERNS))
    text = dice.pick(group).format(c=quoted(column.name))
    return Part([column], checks=[Check(text, None) if group is PATTERNS else Check(text)])


def several_on_one(dice: Dice, names: Names) -> Part:
    """Two or three CHECKs on one column that can hold together, in any order."""
    number = dice.chance(50)
    name = names.column("number" if number else "text")
    pool = (
        ["{c} >= 0", "{c} <= 1000", "{c} <> 50", "{c} % 5 = 0", "{c} <> 0", "{c} > -10"]
        if number
        else ["length({c}) >= 3", "{c} = upper({c})", "length({c}) <= 10", "{c} LIKE 'A%'", "{c} <> 'ABC'", "trim({c}) <> ''"]
    )
    column = Column(name, dice.pick(INTEGERS) if number else "varchar(16)", dice.chance(60))
    checks = [pool.pop(dice.below(len(pool))).format(c=quoted(name)) for _ in range(dice.between(2, 3))]
    return Part([column], checks=[Check(text) for text in checks])


Drawer = Callable[[Dice, Names], Part]
SINGLES: tuple[Drawer, ...] = (
    plain_part, plain_part, unique_part, integer_range, decimal_range, date_range, value_set, different, text_form, several_on_one,
)  # fmt: skip
