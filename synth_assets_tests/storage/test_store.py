"""The dataset store: whole files or none, immutable inputs, bytes that depend on rows alone."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_assets.errors import GenerationError, StorageError
from synth_assets.plan.request import DatasetRequest, read_request
from synth_assets.storage import DatasetStore, TableProvenance, atomic_file, storage_errors
from synth_assets.storage.digest import CountingSink, sha256_of_file
from synth_assets.storage.parquet import ROW_GROUP_ROWS, write_parquet_stream

SCHEMA = pa.schema([pa.field("id", pa.int32(), nullable=False), pa.field("name", pa.string())])
PROVENANCE = TableProvenance(plan_fingerprint="p", schema_fingerprint="s", engine_version="1", seed=42)


def rows(start: int, stop: int) -> pa.Table:
    names = [None if i % 7 == 0 else f"name {i}" for i in range(start, stop)]
    return pa.table([pa.array(range(start, stop), pa.int32()), pa.array(names, pa.string())], schema=SCHEMA)


def write(store: DatasetStore, *chunks: pa.Table) -> Path:
    return store.write_table("shop", "d1", "Books", SCHEMA, iter(chunks), provenance=PROVENANCE).path


def test_a_table_is_read_back_as_written(tmp_path: Path) -> None:
    store = DatasetStore(tmp_path)
    stored = store.write_table("shop", "d1", "Books", SCHEMA, [rows(0, 10), rows(10, 25)], provenance=PROVENANCE)
    assert stored.path == tmp_path / "shop" / "d1" / "tables" / "Books~1.parquet"
    assert stored.record.rows == 25
    assert stored.record.bytes == stored.path.stat().st_size
    assert stored.record.sha256 == sha256_of_file(stored.path)
    assert store.read_table("shop", "d1", "Books") == rows(0, 25)
    assert store.read_table("shop", "d1", "Books", ["name"]).column_names == ["name"]
    assert pa.concat_tables(store.iter_chunks("shop", "d1", "Books", chunk_rows=4)) == rows(0, 25)
    assert store.load_record("shop", "d1", "Books") == stored
    assert sorted(p.name for p in stored.path.parent.iterdir()) == ["Books~1.json", "Books~1.parquet"]


def test_an_empty_table_is_a_file_with_columns(tmp_path: Path) -> None:
    path = write(DatasetStore(tmp_path))
    assert pq.read_table(path).num_rows == 0
    assert pq.read_schema(path).names == ["id", "name"]


@pytest.mark.parametrize("cut", [1000, 65_536, ROW_GROUP_ROWS, 99_999])
def test_bytes_do_not_depend_on_the_chunks(cut: int) -> None:
    whole = rows(0, ROW_GROUP_ROWS + 50_000)
    reference, sink = CountingSink(), CountingSink()
    write_parquet_stream(reference, SCHEMA, [whole], "t")
    pieces = (whole.slice(i, cut) for i in range(0, whole.num_rows, cut))
    assert write_parquet_stream(sink, SCHEMA, pieces, "t") == whole.num_rows
    assert sink.sha256 == reference.sha256


@pytest.mark.parametrize("error", [GenerationError("no"), OSError(errno.EIO, "source"), pa.ArrowInvalid("source"), KeyboardInterrupt()])
def test_a_failing_source_leaves_the_old_table_and_no_trace(tmp_path: Path, error: BaseException) -> None:
    store = DatasetStore(tmp_path)
    path = write(store, rows(0, 10))

    def failing() -> Iterator[pa.Table]:
        yield rows(0, ROW_GROUP_ROWS + 1)
        raise error

    with pytest.raises(type(error)) as caught:
        store.write_table("shop", "d1", "Books", SCHEMA, failing(), provenance=PROVENANCE)
    assert caught.value is error
    assert store.read_table("shop", "d1", "Books") == rows(0, 10)
    assert store.load_record("shop", "d1", "Books").record.sha256 == sha256_of_file(path)
    assert len(list(path.parent.iterdir())) == 2


def test_kill_9_while_writing_leaves_the_old_table(tmp_path: Path) -> None:
    store = DatasetStore(tmp_path)
    path = write(store, rows(0, 10))
    script = """
import sys, time
from pathlib import Path
import synth_assets_tests.storage.test_store as t
def endless():
    yield t.rows(0, 200_000)
    print("half", flush=True)
    time.sleep(60)
t.DatasetStore(Path(sys.argv[1])).write_table("shop", "d1", "Books", t.SCHEMA, endless(), provenance=t.PROVENANCE)
"""
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    leftovers = [p for p in path.parent.iterdir() if p.name.endswith(".tmp")]
    assert len(leftovers) == 1
    assert store.read_table("shop", "d1", "Books") == rows(0, 10)
    old = time.time() - 2 * 24 * 3600
    os.utime(leftovers[0], (old, old))
    write(store, rows(0, 5))
    assert sorted(p.name for p in path.parent.iterdir()) == ["Books~1.json", "Books~1.parquet"]


def test_a_record_never_describes_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DatasetStore(tmp_path)
    write(store, rows(0, 10))

    def crash(path: Path, text: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("synth_assets.storage.store.write_text_atomically", crash)
    with pytest.raises(KeyboardInterrupt):
        write(store, rows(0, 11))
    assert store.read_table("shop", "d1", "Books").num_rows == 11
    assert not store.has_table("shop", "d1", "Books")


@pytest.mark.parametrize(
    ("chunk", "message"),
    [
        (pa.table({"id": pa.array([1], pa.int32())}), "other columns"),
        (pa.table({"id": pa.array([1], pa.int64()), "name": ["x"]}), "another type"),
        (pa.table({"id": pa.array([None], pa.int32()), "name": ["x"]}), "NULL in a NOT NULL column"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, chunk: pa.Table, message: str) -> None:
    with pytest.raises(StorageError, match=message) as caught:
        write(DatasetStore(tmp_path), chunk)
    assert not caught.value.retryable
    assert caught.value.diagnostics[0].code == "STO107"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "A", "a\n", "x" * 101, "-a", "a."])
def test_names_that_are_no_slugs_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="STO104"):
        DatasetStore(tmp_path).table_path("shop", name, "t")
    with pytest.raises(StorageError, match="STO104"):
        DatasetStore(tmp_path).table_path(name, "d1", "t")


def test_a_request_is_stored_once(tmp_path: Path) -> None:
    store = DatasetStore(tmp_path)
    request = DatasetRequest(rows=10, rows_by_table={"Books": 5}, prompt="größer\nthan before: #1")
    path = store.save_request("shop", "d1", request)
    assert store.save_request("shop", "d1", request) == path
    assert store.load_request("shop", "d1") == request
    with pytest.raises(StorageError, match="STO105"):
        store.save_request("shop", "d1", DatasetRequest(rows=11))
    assert store.load_request("shop", "d1") == request
    assert store.list_datasets("shop") == ("d1",)
    assert store.list_datasets("other") == ()


def test_what_is_missing_or_damaged_is_said(tmp_path: Path) -> None:
    store = DatasetStore(tmp_path)
    with pytest.raises(StorageError, match="STO103"):
        store.read_table("shop", "d1", "Books")
    path = write(store, rows(0, 10))
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(StorageError, match="STO106"):
        store.read_table("shop", "d1", "Books")
    path.with_suffix(".json").write_text(json.dumps({"table": "Books"}))
    with pytest.raises(StorageError, match="STO106"):
        store.load_record("shop", "d1", "Books")


@pytest.mark.parametrize(
    ("number", "retryable"),
    [(errno.ENOSPC, False), (errno.EACCES, False), (errno.EROFS, False), (errno.EAGAIN, True), (errno.EINTR, True), (errno.EBUSY, True)],
)
def test_errors_of_the_system_say_whether_to_try_again(number: int, retryable: bool) -> None:
    with pytest.raises(StorageError) as caught, storage_errors("write", Path("x")):
        raise OSError(number, os.strerror(number))
    assert caught.value.retryable is retryable
    assert caught.value.diagnostics[0].found == os.strerror(number)


def test_a_full_disk_is_said_once_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "x.bin"
    with pytest.raises(StorageError, match="free some space"), atomic_file(target), storage_errors("write", target):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_request_with_overrides_is_read_back_unchanged(tmp_path: Path) -> None:
    text = """
rows: 10
as_of: 2025-01-31
overrides:
  books:
    rows: 5
    columns:
      price: {strategy: {kind: number, low: 1, high: 5}, null_fraction: 0, unique: false}
      kind:
        strategy:
          kind: case
          column: price
          branches: [{values: ["1", null], strategy: {kind: constant}}]
          otherwise: {kind: uuid}
"""
    request = read_request(text, "r.yaml")
    store = DatasetStore(tmp_path)
    store.save_request("shop", "d1", request)
    assert store.load_request("shop", "d1") == request


def test_settings_left_at_their_default_are_not_written(tmp_path: Path) -> None:
    path = DatasetStore(tmp_path).save_request("shop", "d1", DatasetRequest(rows=7))
    assert path.read_text() == "rows: 7\n"
