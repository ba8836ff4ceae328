"""A relation that differs from another never picks the same parent, keeps its own promises, and still does so when tables grow."""

import pytest

from synth_assets.engine import Generator
from synth_assets.plan import model as m
from synth_assets.plan import strategies as s
from synth_assets.schema.model import Schema, Table
from synth_assets_tests.engine import shop


def pairs(first: m.FanOut, second: m.FanOut, parents: int, rows: int) -> list[tuple[int, int]]:
    """Rows of a table with two keys to `person`, the second of which differs from the first."""
    names = ("first", "second")
    relations = (
        shop.relation("first", "person", first),
        shop.relation("second", "person", second).model_copy(update={"differs_from": "first"}),
    )
    tables = (
        Table(name="person", columns=(shop.column("id", shop.INTEGER),), where=shop.HERE),
        Table(name="pair", columns=tuple(shop.column(n, shop.INTEGER) for n in names), where=shop.HERE),
    )
    plan = m.Plan(
        schema_name="x",
        schema_fingerprint="",
        tables=(
            m.TablePlan(table="person", row_count=parents, columns=(shop.plan("id", s.Sequence()),)),
            m.TablePlan(table="pair", row_count=rows, relations=relations, columns=tuple(shop.key(n) for n in names)),
        ),
    )
    made = Generator(Schema(name="x", dialect="postgres", tables=tables), plan).generate_rows("pair", 0, rows)
    return list(zip(made["first"].to_pylist(), made["second"].to_pylist(), strict=True))


FREE = m.Attachment(parents=1, children=2, floor=8)
RUNS = m.Layout(children=2, parents=1, limit=10)


@pytest.mark.parametrize(
    ("first", "second", "parents"),
    [
        (FREE, FREE, 300),
        (FREE, FREE, 2),
        (m.OneToOne(), FREE, 700),
        (RUNS, m.Attachment(parents=1, children=2, floor=2), 300),
        (RUNS, m.Stride(owner="first", parents=1, children=2, floor=64), 300),
        (RUNS, m.Stride(owner="first", parents=1, children=2, floor=11), 300),
        (m.Product(group="g", sizes=(25, 24), position=0), m.Product(group="g", sizes=(25, 24), position=1), 25),
    ],
)
def test_nobody_meets_himself(first: m.FanOut, second: m.FanOut, parents: int) -> None:
    found = pairs(first, second, parents, 600)
    assert all(one != other for one, other in found)
    assert all(1 <= other <= parents for _, other in found)
    if not isinstance(second, m.Attachment):
        assert len(set(found)) == 600, "the pair is a key"


def test_a_dense_junction_holds_every_pair_but_those_with_oneself() -> None:
    found = pairs(m.Product(group="g", sizes=(25, 24), position=0), m.Product(group="g", sizes=(25, 24), position=1), 25, 600)
    assert set(found) == {(a, b) for a in range(1, 26) for b in range(1, 26) if a != b}


@pytest.mark.parametrize("second", [FREE, m.Stride(owner="first", parents=1, children=2, floor=64)])
def test_growth_keeps_the_pairs(second: m.FanOut) -> None:
    assert pairs(RUNS, second, 440, 880)[:800] == pairs(RUNS, second, 400, 800)


def test_a_mate_is_any_other() -> None:
    """Who would meet himself meets the others alike, not always the next one."""
    stepped = [
        (a, b) for a, b in pairs(m.Attachment(parents=1, children=1, floor=5), FREE.model_copy(update={"parents": 1, "floor": 5}), 5, 3000)
    ]
    counts = {pair: stepped.count(pair) for pair in set(stepped)}
    assert len(counts) == 20
    assert min(counts.values()) > 0.6 * max(counts.values())
