"""Names: legal for Dagster, different for different tables, the same whatever other tables there are."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from synth_assets.errors import StorageError
from synth_assets.orchestration.translator import (
    SchemaNames,
    dataset_base_name,
    distinct_identifiers,
    identifier,
    is_dataset_key,
    tag_value,
    upload_keys,
)
from synth_assets.storage import DatasetStore
from synth_assets_tests.orchestration.schemas import oddly_named, schema_of, table

LEGAL = re.compile(r"[A-Za-z0-9_]+")
texts = st.text(min_size=1, max_size=30)


def test_odd_names_become_legal_and_stay_apart() -> None:
    names = SchemaNames(oddly_named())
    assert {key: names.table_key(key).path[1] for key in names.table_keys} == {
        "a-b": "a_b_d44362",
        "a_b": "a_b",
        "Größe mit Leerzeichen": "Grosse_mit_Leerzeichen",
        "注文": "ZhuWen",
        "sales.orders": "sales_orders",
        "_plan": "plan",
        "labels": "labels",
        "labels__checks": "labels__checks_99b81b",
        "select": "select",
    }


def test_plan_and_export_never_meet_a_table() -> None:
    names = SchemaNames(oddly_named())
    assert not {names.plan_key, names.export_key} & {names.table_key(t) for t in names.table_keys}


@given(st.lists(texts, unique=True, max_size=12))
def test_identifiers_are_legal_and_distinct(tables: list[str]) -> None:
    names = distinct_identifiers(tables)
    assert list(names) == tables
    assert len(set(names.values())) == len(tables)
    assert all(LEGAL.fullmatch(name) and not name.startswith("_") and len(name) <= 150 for name in names.values())


@given(texts, st.lists(texts, unique=True, max_size=8))
def test_a_name_of_ones_own_is_kept_beside_any_other(name: str, others: list[str]) -> None:
    own = identifier(name)
    assert distinct_identifiers([own, *(o for o in others if o != own)])[own] == own


@given(st.lists(texts, unique=True, min_size=1, max_size=8))
def test_every_op_of_a_schema_has_its_own_name(keys: list[str]) -> None:
    names = SchemaNames(schema_of(*(table(key) for key in keys)))
    ops = [f(t) for t in names.table_keys for f in (names.table_op, names.checks_op, names.late_checks_op)]
    assert len({*ops, names.plan_op, names.export_op, names.new_dataset_op}) == len(ops) + 3
    assert all(LEGAL.fullmatch(op) for op in ops)


def test_a_schema_called_uploads_keeps_clear_of_the_uploaded_files() -> None:
    assert SchemaNames(schema_of(table("t"), name="uploads")).plan_key.path[0] == "uploads_schema"


def test_uploaded_files_that_differ_in_their_suffix_have_keys_of_their_own() -> None:
    assert len(set(upload_keys(["shop.sql", "shop_sql", "shop.ddl", "Shop.sql"]).values())) == 4


@given(st.text(max_size=300))
def test_a_dataset_name_is_always_one_the_store_takes(text: str) -> None:
    name = dataset_base_name(text)
    assert is_dataset_key(name)
    assert DatasetStore(Path("root")).dataset_directory("shop", name) == Path("root/shop", name)


@given(st.text(max_size=110) | st.from_regex(r"[a-z0-9_.-]{0,101}", fullmatch=True))
def test_the_store_takes_exactly_the_keys_that_pass(text: str) -> None:
    try:
        DatasetStore(Path("root")).dataset_directory("shop", text)
    except StorageError:
        assert not is_dataset_key(text)
    else:
        assert is_dataset_key(text)


@given(st.text(max_size=200))
def test_a_tag_value_is_legal(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]{0,63}", tag_value(text))
