"""The component: what Dagster stores is what is loaded, and a lost file of state is written again."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.defs_state.base import set_defs_state_storage

from synth_assets.orchestration.component import UploadedSchemas, latest_state
from synth_assets.orchestration.datasets import open_store
from synth_assets.orchestration.demo import refresh_state
from synth_assets.orchestration.location import build_schemas, load_location
from synth_assets.orchestration.upload_sensor import request_upload
from synth_assets.settings import load_settings

BOOKS = "CREATE TABLE books (id INT PRIMARY KEY);"


@pytest.fixture
def persistent(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance with files of its own, whose stored states are in `state`."""
    (tmp_path / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\n"
        "defs_state_storage:\n  module: dagster._core.storage.defs_state.blob_storage_state_storage\n  class: UPathDefsStateStorage\n"
        f"  config: {{base_path: {tmp_path / 'state'}}}\n"
    )
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance, set_defs_state_storage(instance.defs_state_storage):
        yield instance


def loaded_keys() -> set[str]:
    return {spec.key.to_user_string() for spec in load_location().resolve_all_asset_specs()}


def test_before_the_first_refresh_there_is_nothing_but_the_sensors(data_dir: Path, persistent: dg.DagsterInstance) -> None:
    location = load_location()
    assert not list(location.resolve_all_asset_specs())
    assert {s.name for s in location.sensors or ()} == {"uploads", "dead_runs"}


def test_what_is_stored_is_what_is_loaded(data_dir: Path, persistent: dg.DagsterInstance) -> None:
    (data_dir / "uploads" / "shop.sql").write_text(BOOKS)
    refresh_state(persistent)
    (data_dir / "uploads" / "later.sql").write_text(BOOKS)
    assert loaded_keys() == {"shop/_plan", "shop/books", "shop/_export", "uploads/shop_sql"}


def test_a_lost_state_is_written_again(data_dir: Path, persistent: dg.DagsterInstance, tmp_path: Path) -> None:
    (data_dir / "uploads" / "shop.sql").write_text(BOOKS)
    refresh_state(persistent)
    shutil.rmtree(tmp_path / "state")
    assert "shop/books" in loaded_keys()


def test_a_refresh_knows_which_file_had_a_schema_first(data_dir: Path, persistent: dg.DagsterInstance) -> None:
    (data_dir / "uploads" / "shop.sql").write_text(BOOKS)
    refresh_state(persistent)
    (data_dir / "uploads" / "shop.ddl").write_text(BOOKS)
    asyncio.run(UploadedSchemas().refresh_state(data_dir))
    assert latest_state().schema_owners == {"shop": "shop.sql"}


def test_the_schedule_makes_the_datasets_of_the_loaded_ddl_again(data_dir: Path, persistent: dg.DagsterInstance) -> None:
    """Those of an earlier DDL, and partitions nobody has asked anything of, are left as they are."""
    for number, text in enumerate((BOOKS, BOOKS.replace("INT", "BIGINT")), 1):
        (data_dir / "uploads" / "shop.sql").write_text(text)
        state = refresh_state(persistent)
        (schema,) = build_schemas(state, load_settings())
        assert request_upload(open_store(), persistent, schema, state.uploads[0]) == f"shop-{number}"
    persistent.add_dynamic_partitions("datasets_shop", ["shop-1", "shop-2", "by-hand"])
    context = dg.build_schedule_context(instance=persistent, scheduled_execution_time=datetime(2026, 7, 1, 2, tzinfo=UTC))
    requests = list(load_location().get_schedule_def("refresh_shop")(context))
    assert [(r.partition_key, r.run_key) for r in requests] == [("shop-2", "202607010200:shop-2")]


def test_a_state_of_another_version_of_the_program_is_written_again(data_dir: Path, persistent: dg.DagsterInstance, tmp_path: Path) -> None:
    """After an upgrade nothing else would: a location that does not load takes its sensor down with it."""
    (data_dir / "uploads" / "shop.sql").write_text(BOOKS)
    refresh_state(persistent)
    (stored,) = (f for f in (tmp_path / "state").rglob("*") if f.is_file())
    stored.write_text('{"fingerprint": "x", "uploads": [], "a setting of later": 1}')
    assert latest_state().uploads == ()
    assert "shop/books" in loaded_keys()
