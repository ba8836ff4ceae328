"""A stored dataset from DDL to ZIP: created, checked, exported."""

import io
import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from synth_assets.errors import GenerationError, RequestError, StorageError
from synth_assets.formats import EXPORT_FORMATS
from synth_assets.pipeline.check import check_table
from synth_assets.pipeline.create import create_table
from synth_assets.pipeline.export import export_dataset
from synth_assets.pipeline.manifest import build_manifest
from synth_assets.plan.model import Plan
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore, sha256_of_file
from synth_assets_tests.pipeline.samples import DDL, planned
from synth_assets_tests.postgres import fresh_database, postgres_uri  # noqa: F401


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> tuple[DatasetStore, Schema, Plan]:
    store = DatasetStore(tmp_path_factory.mktemp("store"))
    schema, plan = planned()
    store.save_schema("club", "d1", schema, DDL)
    store.save_plan("club", "d1", plan)
    for table in schema.tables:
        create_table(store, schema, plan, "d1", table.key)
    return store, schema, plan


def test_a_table_is_created_with_its_record_and_progress(tmp_path: Path) -> None:
    schema, plan = planned()
    told: list[tuple[int, int]] = []
    created = create_table(
        DatasetStore(tmp_path), schema, plan, "d1", "members", on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(50, 50)]
    assert created.stored.record.rows == 50
    assert created.stored.record.sha256 == sha256_of_file(created.stored.path)
    assert created.stored.record.provenance.seed == 42
    assert created.seconds > 0


def test_the_same_plan_gives_the_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    def digest(folder: str, seed: int) -> str:
        schema, plan = planned(seed=seed)
        return create_table(DatasetStore(tmp_path / folder), schema, plan, "d1", "members").stored.record.sha256

    assert digest("a", 42) == digest("b", 42)
    assert digest("a", 42) != digest("c", 43)


def test_a_failing_generator_leaves_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DatasetStore(tmp_path)
    schema, plan = planned()

    def refuse(*_: object) -> None:
        raise GenerationError("no")

    monkeypatch.setattr("synth_assets.engine.generator.Generator.generate_rows", refuse)
    with pytest.raises(GenerationError):
        create_table(store, schema, plan, "d1", "members")
    assert not store.has_table("club", "d1", "members")


def test_every_table_passes_its_checks(dataset: tuple[DatasetStore, Schema, Plan]) -> None:
    store, schema, plan = dataset
    for table in schema.tables:
        results = check_table(store, schema, plan, "d1", table.key)
        assert results
        assert [r for r in results if not r.passed] == []


def test_checks_can_be_chosen_and_need_their_rows(dataset: tuple[DatasetStore, Schema, Plan]) -> None:
    store, schema, plan = dataset
    assert [r.name for r in check_table(store, schema, plan, "d1", "members", only=["primary_key"])] == ["primary_key"]
    with pytest.raises(StorageError, match="STO103"):
        check_table(store, schema, plan, "elsewhere", "members")


def test_the_manifest_names_every_input_and_file(dataset: tuple[DatasetStore, Schema, Plan]) -> None:
    store, schema, plan = dataset
    manifest = build_manifest(store, schema, plan, "d1")
    assert manifest == build_manifest(store, schema, plan, "d1")
    folder = store.dataset_directory("club", "d1")
    assert {t.table: t.rows for t in manifest.tables} == {"Club": 50, "members": 50, "manifest": 3}
    assert all(sha256_of_file(folder / f.name) == f.sha256 for f in manifest.files)
    store.save_manifest(manifest)
    assert store.load_manifest("club", "d1") == manifest
    with pytest.raises(StorageError, match="STO103"):
        build_manifest(store, schema, plan, "elsewhere")


def test_every_format_is_exported_and_repeats_itself(dataset: tuple[DatasetStore, Schema, Plan]) -> None:
    store, schema, plan = dataset
    files = export_dataset(store, schema, plan, "d1", EXPORT_FORMATS)
    folder = store.exports_directory("club", "d1")
    assert [f.path.relative_to(folder).as_posix() for f in files] == [
        *(f"{e}/{t}.{e}" for e in ("csv", "parquet", "jsonl", "json") for t in ("Club", "members", "manifest")),
        "dataset.sql",
        "club-d1.zip",
    ]
    assert all(f.bytes == f.path.stat().st_size and f.sha256 == sha256_of_file(f.path) for f in files)
    shutil.rmtree(folder)
    assert export_dataset(store, schema, plan, "d1", EXPORT_FORMATS) == files


def test_the_archive_holds_csv_files_and_where_they_come_from(dataset: tuple[DatasetStore, Schema, Plan]) -> None:
    store, schema, plan = dataset
    (file,) = export_dataset(store, schema, plan, "d1", ["zip"])
    with zipfile.ZipFile(io.BytesIO(file.path.read_bytes())) as archive:
        assert archive.namelist() == ["Club.csv", "manifest.csv", "manifest.json", "members.csv", "plan.yaml", "schema.sql"]
        assert json.loads(archive.read("manifest.json"))["dataset"] == "d1"
        assert archive.read("schema.sql").decode() == DDL
        assert archive.read("members.csv").decode().count("\n") == 51


@pytest.mark.processes
def test_postgresql_takes_the_exported_script(dataset: tuple[DatasetStore, Schema, Plan], postgres_uri: str) -> None:  # noqa: F811
    store, schema, plan = dataset
    (file,) = export_dataset(store, schema, plan, "d1", ["sql"])
    with fresh_database(postgres_uri) as connection:
        connection.execute(file.path.read_bytes())
        for table in ('"Club"', "members"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (50,)


def test_sqlite_takes_the_exported_script(tmp_path: Path) -> None:
    schema, plan = planned()
    schema = schema.model_copy(update={"dialect": "sqlite"})
    plan = planned_for(schema)
    store = DatasetStore(tmp_path)
    for table in schema.tables:
        create_table(store, schema, plan, "d1", table.key)
    store.save_schema("club", "d1", schema, DDL.replace('ALTER TABLE "Club" ADD FOREIGN KEY (captain_id) REFERENCES members (id);', ""))
    (file,) = export_dataset(store, schema, plan, "d1", ["sql"])
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(file.path.read_text())
        assert connection.execute("SELECT count(*) FROM members").fetchone() == (50,)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def planned_for(schema: Schema) -> Plan:
    from synth_assets.pipeline.plan import plan_dataset
    from synth_assets.plan.request import DatasetRequest

    return plan_dataset(schema, DatasetRequest(rows=50)).plan


def test_an_unknown_format_is_refused(dataset: tuple[DatasetStore, Schema, Plan]) -> None:
    store, schema, plan = dataset
    with pytest.raises(RequestError, match="REQ111") as caught:
        export_dataset(store, schema, plan, "d1", ["xml", "csv", "xlsx"])
    assert [d.found for d in caught.value.diagnostics] == ["xml", "xlsx"]
