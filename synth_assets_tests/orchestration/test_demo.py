"""The programmatic path: one call from a file to a dataset that Dagster has on record."""

from pathlib import Path

import dagster as dg
import pytest

from synth_assets.errors import DdlError
from synth_assets.orchestration.demo import EXAMPLE, main, open_instance, run_dataset


@pytest.fixture
def folder(tmp_path: Path, data_dir: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the project's dagster.yaml, as `make demo` finds it."""
    (tmp_path / "dagster.yaml").write_bytes((repository / "dagster.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_HOME")
    return tmp_path


def test_the_example_becomes_a_dataset_that_passes_every_check(folder: Path) -> None:
    (folder / "request.yaml").write_text("rows: 40\n")
    with open_instance() as instance:
        finished = run_dataset(EXAMPLE, folder / "request.yaml", instance)
    assert finished.success
    assert finished.all_checks_passed
    assert len(finished.tables) >= 7
    assert all(t.rows == 40 and t.checks_passed >= 4 for t in finished.tables)
    assert finished.files.keys() == {"zip", "sql"}
    assert all(path.stat().st_size for path in finished.files.values())
    assert finished.dataset == "bookshop-1"
    with open_instance() as later:
        assert later.get_dynamic_partitions("datasets_bookshop") == ["bookshop-1"]
        assert {r.dagster_run.run_id for r in later.get_run_records()} == {finished.run_id}
        assert later.get_latest_materialization_event(dg.AssetKey(["bookshop", "orders"]))


def test_the_command_reports_tables_files_and_where_to_look(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "small.sql").write_text("CREATE TABLE books (id INT PRIMARY KEY, title VARCHAR(40) NOT NULL);")
    assert main([str(folder / "small.sql")]) == 0
    shown = capfd.readouterr().out
    assert "books" in shown
    assert "1,000" in shown
    assert "small-small-1.zip" in shown
    assert "make dev" in shown


def test_the_same_file_again_is_the_same_dataset(folder: Path) -> None:
    (folder / "small.sql").write_text("CREATE TABLE books (id INT PRIMARY KEY);")
    with open_instance() as instance:
        first, second = (run_dataset(folder / "small.sql", None, instance) for _ in range(2))
        assert first.dataset == second.dataset == "small-1"
        assert first.run_id != second.run_id
        assert instance.get_dynamic_partitions("datasets_small") == ["small-1"]


def test_bad_input_is_said_with_its_place(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.sql").write_text("CREATE TABLE books (id INT,")
    assert main([str(folder / "bad.sql")]) == 2
    assert "bad.sql:1" in capfd.readouterr().err
    with open_instance() as instance, pytest.raises(DdlError):
        run_dataset(folder / "bad.sql", None, instance)
