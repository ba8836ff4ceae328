"""Texts that Gemini wrote follow the rows they were written for when a dataset changes, and come back with them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth_assets.pipeline.create import create_table
from synth_assets.pipeline.fill import Writer
from synth_assets.pipeline.filled_texts import stored_texts
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.modify import ChangedDataset, make_change, open_changeable, propose_return, return_to
from synth_assets.pipeline.verify import verify_directory
from synth_assets.pipeline.versions import propose_change
from synth_assets.plan.patch import PlanPatch
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore, StoredTable
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.llm.writer import let_write
from synth_assets_tests.pipeline.library import patch_of
from synth_assets_tests.pipeline.shop_texts import DDL, fill_both, opened, planned, wanted
from synth_assets_tests.pipeline.test_fill import schema  # noqa: F401 - a fixture
from synth_assets_tests.pipeline.test_modify import contents

BAD_RATINGS = patch_of(
    "tables: {reviews: {columns: {rating: {strategy: {kind: categorical, values: ['1', '2', '3', '4', '5'], weights: [9, 1, 1, 1, 1]}}}}}"
)
NO_BODY = patch_of("tables: {reviews: {columns: {body: {strategy: {kind: text, topic: review.mixed, subject: product}}}}}")
CHEAP = patch_of("tables: {products: {columns: {price: {strategy: {kind: number, low: 1, high: 3}}}}}")


@pytest.fixture
def folder(gemini_environment: GeminiEmulator, schema: Schema, tmp_path: Path) -> Path:  # noqa: F811
    let_write(gemini_environment)
    request = wanted(150)
    generate_directory(
        schema,
        planned(schema, request),
        tmp_path / "out",
        "jsonl",
        request=request,
        writer=Writer(opened(schema, request), request),
        ddl_text=DDL,
    )
    return tmp_path / "out"


def change(folder: Path, patch: PlanPatch) -> ChangedDataset:
    dataset = open_changeable(str(folder), folder.parent)
    return make_change(dataset, propose_change(dataset.schema, dataset.plan, patch))


def back(folder: Path) -> ChangedDataset:
    dataset = open_changeable(str(folder), folder.parent)
    return return_to(dataset, *propose_return(dataset, None))


@pytest.fixture
def without_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Takes the key away from here on."""
    with monkeypatch.context() as patch:
        yield patch


def test_texts_are_written_anew_for_other_rows_and_old_ones_come_back_without_asking(
    folder: Path, gemini_environment: GeminiEmulator, without_key: pytest.MonkeyPatch
) -> None:
    first = contents(folder)
    gemini_environment.requests.clear()
    made = change(folder, BAD_RATINGS)
    assert (made.written, made.stale) == (("reviews",), ())
    asked = len(gemini_environment.calls())
    assert asked > 0
    after = contents(folder)
    changed = {name for name in first if first[name] != after[name]}
    assert changed == {"reviews.jsonl", "reviews.filled.parquet", "plan.yaml", "manifest.json"}
    assert verify_directory(folder).mismatches == ()
    without_key.delenv("GEMINI_API_KEY")
    assert back(folder).stale == ()
    assert contents(folder) == first
    assert len(gemini_environment.calls()) == asked


def test_without_a_key_old_texts_stay_and_that_is_said(folder: Path, without_key: pytest.MonkeyPatch) -> None:
    first = contents(folder)
    without_key.delenv("GEMINI_API_KEY")
    assert change(folder, BAD_RATINGS).stale == ("reviews",)
    assert contents(folder)["reviews.filled.parquet"] == first["reviews.filled.parquet"]
    assert verify_directory(folder).passed
    back(folder)
    assert contents(folder) == first


def test_texts_of_a_column_that_is_no_longer_filled_go_and_come_back(folder: Path, without_key: pytest.MonkeyPatch) -> None:
    first = contents(folder)
    without_key.delenv("GEMINI_API_KEY")
    assert change(folder, NO_BODY).written == ("reviews",)
    assert "reviews.filled.parquet" not in contents(folder)
    assert verify_directory(folder).mismatches == ()
    back(folder)
    assert contents(folder) == first


def test_in_the_store_texts_follow_their_rows_too(gemini_environment: GeminiEmulator, schema: Schema, tmp_path: Path) -> None:  # noqa: F811
    let_write(gemini_environment)
    request, store = wanted(150), DatasetStore(tmp_path / "datasets")
    plan = planned(schema, request)
    store.save_schema("shop", "trial", schema, DDL)
    store.save_request("shop", "trial", request)
    store.save_plan("shop", "trial", plan)
    fill_both(store, schema, request)
    for key in ("products", "reviews"):
        create_table(store, schema, plan, "trial", key)

    def stored() -> dict[str, StoredTable]:
        return {key: store.load_record("shop", "trial", key) for key in ("products", "reviews")}

    before = stored()
    dataset = open_changeable("shop/trial", store.root)
    made = make_change(dataset, propose_change(schema, dataset.plan, BAD_RATINGS))
    assert (made.written, made.stale) == (("reviews",), ())
    assert stored()["products"] == before["products"]
    assert stored()["reviews"].record.provenance.filled["reviews"] != before["reviews"].record.provenance.filled["reviews"]
    assert stored_texts(store, schema, "trial").load("reviews")
    again = open_changeable("shop/trial", store.root)
    return_to(again, *propose_return(again, None))
    assert stored() == before


def test_a_parent_written_anew_leaves_everything_provable(folder: Path) -> None:
    made = change(folder, CHEAP)
    assert verify_directory(folder).mismatches == ()
    assert made.written[0] == "products"


@pytest.mark.parametrize("is_lost", [False, True])
def test_texts_that_a_killed_change_left_behind_are_set_right_by_the_next(folder: Path, tmp_path: Path, is_lost: bool) -> None:
    """It was killed while it moved its files: the texts are new, or gone, while rows, plan and manifest are old."""
    other = shutil.copytree(folder, tmp_path / "other")
    change(other, CHEAP)
    before, left = contents(folder), "products.filled.parquet"
    assert contents(other)[left] != before[left]
    (folder / left).unlink()
    if not is_lost:
        shutil.copyfile(other / left, folder / left)
    change(folder, BAD_RATINGS)
    assert verify_directory(folder).mismatches == ()
    assert {name: contents(folder)[name] for name in (left, "products.jsonl")} == {n: before[n] for n in (left, "products.jsonl")}
