"""A table's fingerprint changes with everything its rows depend on, and with nothing else."""

from synth_assets.plan import fingerprint_plan, fingerprint_table_plan, infer_plan
from synth_assets.plan.request import DatasetRequest
from synth_assets_tests.plan.schemas import schema
from synth_assets_tests.plan.test_scaling import SHOP

ONE = schema(*SHOP)


def digests(**request):
    plan = infer_plan(ONE, DatasetRequest(**request))
    return {t.table: fingerprint_table_plan(plan, t.table) for t in plan.tables}


def changed(before, after):
    return {name for name in before if before[name] != after[name]}


def test_a_table_depends_on_its_parents_and_not_on_its_children():
    before = digests()
    assert changed(before, digests(rows_by_table={"order_items": 2000})) == {"order_items"}
    assert changed(before, digests(rows_by_table={"products": 2000})) == {"products", "order_items", "favourites"}
    assert changed(before, digests(seed=7)) == set(before)
    assert changed(before, digests(prompt="a shop")) == set()


def test_reasons_change_nothing():
    plan = infer_plan(ONE, DatasetRequest())
    table = plan.tables[0]
    spoken = tuple(c.model_copy(update={"reason": "because", "origin": "user"}) for c in table.columns)
    other = plan.model_copy(update={"tables": (table.model_copy(update={"columns": spoken}), *plan.tables[1:])})
    assert fingerprint_plan(other) == fingerprint_plan(plan)
    assert fingerprint_plan(plan.model_copy(update={"locale": "de_DE"})) != fingerprint_plan(plan)
