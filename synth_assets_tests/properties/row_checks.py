"""CHECKs over several columns of a row. Each part brings columns of its own, so that parts never contradict one another."""

from synth_assets_tests.properties.columns import INTEGERS, Drawer, plain, plain_type
from synth_assets_tests.properties.dice import Dice
from synth_assets_tests.properties.model import Check, Column, Part
from synth_assets_tests.properties.names import Names
from synth_assets_tests.properties.rendering import quoted

ORDERED = ("number", "date", "moment", "money", "text")


def comparison(dice: Dice, names: Names) -> Part:
    """Two or three columns of one type in order, or two that differ."""
    kind = dice.pick(ORDERED)
    written = "varchar(20)" if kind == "text" else plain_type(dice, kind)
    count = 3 if dice.chance(25) else 2
    columns = [Column(names.column(kind), written, dice.chance(60)) for _ in range(count)]
    a, b, *more = (quoted(c.name) for c in columns)
    sign = dice.pick(("<=", "<", "<>"))
    texts = (
        f"{a} {sign} {b}",
        f"{b} {'<>' if sign == '<>' else '>' + sign[1:]} {a}",
        f"{b} IS NULL OR {a} {sign} {b}",
        f"{a} IS NULL OR {b} IS NULL OR {a} {sign} {b}",
        f"NOT ({a} {'=' if sign == '<>' else '>' if sign == '<=' else '>='} {b})",
    )
    checks = [Check(dice.pick(texts))]
    if more:
        checks.append(Check(f"{b} {sign} {more[0]}"))
    if more and dice.chance(50):
        checks = [Check(f"({checks[0].sql}) AND {checks[1].sql}")]
    return Part(columns, checks=checks)


def null_logic(dice: Dice, names: Names) -> Part:
    """Exactly one, all or none, at least one, at most one, or one only with the other."""
    columns = [plain(dice, names, not_null=False) for _ in range(3 if dice.chance(40) else 2)]
    columns = [Column(c.name, c.type) for c in columns]
    a, b, *more = (quoted(c.name) for c in columns)
    every = [a, b, *more]
    counted = " + ".join(f"(CASE WHEN {c} IS NOT NULL THEN 1 ELSE 0 END)" for c in every)
    number = f"num_nonnulls({', '.join(every)})"
    shapes = [
        Check(f"({a} IS NULL) <> ({b} IS NULL)"),
        Check(f"({a} IS NULL) = ({b} IS NULL)"),
        Check(f"{a} IS NOT NULL OR {b} IS NOT NULL"),
        Check(f"{a} IS NULL OR {b} IS NOT NULL"),
        Check(f"NOT ({a} IS NOT NULL AND {b} IS NOT NULL)"),
        Check(f"({a} IS NOT NULL AND {b} IS NULL) OR ({a} IS NULL AND {b} IS NOT NULL)"),
        Check(" OR ".join(f"{c} IS NOT NULL" for c in every)),
        Check(f"({' AND '.join(f'{c} IS NULL' for c in every)}) OR ({' AND '.join(f'{c} IS NOT NULL' for c in every)})"),
        Check(f"{counted} = 1"),
        Check(f"{counted} >= 1"),
        Check(f"{number} = 1", f"{counted} = 1"),
        Check(f"{number} <= 1", f"{counted} <= 1"),
        Check(f"{number} IN (0, {len(every)})", f"{counted} IN (0, {len(every)})"),
    ]
    return Part(columns, checks=[dice.pick(shapes)])


def guard(dice: Dice, names: Names) -> Part:
    """A boolean that says whether another column is there, or how large it is."""
    flag = plain(dice, names, "flag")
    flag = Column(flag.name, flag.type, flag.not_null, 2)
    value = (
        Column(names.column(dice.pick(("date", "number"))), "integer") if dice.chance(50) else plain(dice, names, "date", not_null=False)
    )
    f, v = quoted(flag.name), quoted(value.name)
    texts = [
        f"NOT {f} OR {v} IS NOT NULL",
        f"{f} OR {v} IS NULL",
        f"{f} = ({v} IS NOT NULL)",
        f"({f} AND {v} IS NOT NULL) OR (NOT {f} AND {v} IS NULL)",
        f"{f} = false OR {v} IS NOT NULL",
        f"CASE WHEN {f} THEN {v} IS NOT NULL ELSE {v} IS NULL END",
    ]
    texts += [f"NOT {f} OR {v} > 10", f"{f} OR {v} BETWEEN 0 AND 9"] if value.type == "integer" else []
    return Part([flag, value], checks=[Check(dice.pick(texts))])


def arithmetic(dice: Dice, names: Names) -> Part:
    """Sums, products and remainders over whole numbers: SQLite's decimals are floats, and would judge another thing."""
    columns = [Column(names.column("number"), dice.pick(INTEGERS[:2]), dice.chance(70)) for _ in range(3)]
    a, b, c = (quoted(column.name) for column in columns)
    bounds = [Check(f"{x} BETWEEN 0 AND {high}") for x, high in ((a, 20), (b, 100))]
    two, three, last = columns[:2], columns, columns[2:]
    shapes = (
        (two, [Check(f"{a} + {b} <= 100"), *bounds]),
        (three, [Check(f"{c} = {a} * {b}"), *bounds]),
        (three, [Check(f"{c} = {a} + {b}"), *bounds]),
        (two, [Check(f"{a} * {b} <= 1000"), *bounds]),
        (two, [Check(f"{b} - {a} >= 5"), *bounds]),
        (last, [Check(f"{c} % 2 = 0")]),
        (three, [Check(f"{c} <= {a} + {b}"), Check(f"{c} >= 0"), *bounds]),
        (last, [Check(f"abs({c}) <= 90")]),
    )
    used, checks = dice.pick(shapes)
    return Part(list(used), checks=list(checks))


def money_product(dice: Dice, names: Names) -> Part:
    """quantity * price, in decimals: PostgreSQL's to judge."""
    quantity = Column(names.fresh("quantity"), "integer", not_null=True)
    price = Column(names.fresh("unit_price"), "numeric(10,2)", not_null=True)
    total = Column(names.fresh("line_total"), "numeric(14,2)", not_null=True)
    q, p, t = (quoted(c.name) for c in (quantity, price, total))
    checks = [Check(f"{q} BETWEEN 1 AND 20"), Check(f"{p} >= 0"), Check(f"{t} = {q} * {p}", f"abs({t} - {q} * {p}) < 0.001")]
    return Part([quantity, price, total], checks=checks[dice.below(2) :])


def discriminated(dice: Dice, names: Names) -> Part:
    """What a row holds follows from its kind."""
    kind = Column(names.column("kind"), "varchar(10)", not_null=True, distinct=3)
    columns = [Column(c.name, c.type) for c in (plain(dice, names, dice.pick(("text", "date", "number"))) for _ in range(2))]
    k, a, b = (quoted(c.name) for c in (kind, *columns))
    allowed = Check(f"{k} IN ('card', 'bank', 'cash')")
    whole = Check(
        f"{k} = 'card' AND {a} IS NOT NULL AND {b} IS NULL OR {k} = 'bank' AND {b} IS NOT NULL AND {a} IS NULL"
        f" OR {k} = 'cash' AND {a} IS NULL AND {b} IS NULL"
    )
    shapes = (
        [allowed, whole],
        [whole],
        [allowed, Check(f"{k} <> 'card' OR {a} IS NOT NULL")],
        [allowed, Check(f"({k} = 'bank') = ({b} IS NOT NULL)"), Check(f"{k} = 'bank' OR {a} IS NOT NULL")],
        [allowed, Check(f"CASE {k} WHEN 'card' THEN {a} IS NOT NULL WHEN 'bank' THEN {b} IS NOT NULL ELSE {a} IS NULL END")],
        [allowed, Check(f"{k} IN ('card', 'bank') OR {a} IS NULL"), Check(f"{k} <> 'cash' OR {b} IS NULL")],
    )
    return Part([kind, *columns], checks=list(dice.pick(shapes)))


ROW_PARTS: tuple[Drawer, ...] = (comparison, comparison, null_logic, null_logic, guard, arithmetic, money_product, discriminated)
