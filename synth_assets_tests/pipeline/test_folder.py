"""A dataset in a folder: generated, judged, proved repeatable; never half-written, never over someone's files."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_assets.errors import GenerationError, PlanError, RequestError, StorageError
from synth_assets.formats import FOLDER_FORMATS, TABLE_FORMATS
from synth_assets.pipeline.check import check_directory
from synth_assets.pipeline.folder import load_folder
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.verify import verify_directory
from synth_assets.plan.request import DatasetRequest
from synth_assets_tests.pipeline.samples import DDL, planned


def make(out: Path, format_name: str = "csv", *, rows: int = 50, seed: int = 42) -> dict[str, bytes]:
    schema, plan = planned(rows, seed)
    generate_directory(schema, plan, out, format_name, ddl_text=DDL, request=DatasetRequest(rows=rows, seed=seed))
    return contents(out)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("format_name", FOLDER_FORMATS)
def test_a_folder_repeats_itself_and_can_be_verified(tmp_path: Path, format_name: str) -> None:
    first = make(tmp_path / "a", format_name)
    assert first == make(tmp_path / "b", format_name)
    report = verify_directory(tmp_path / "a")
    assert report.mismatches == ()
    assert report.passed
    assert report.files == len(first) - 1


def test_the_files_have_the_names_the_ddl_uses(tmp_path: Path) -> None:
    assert set(make(tmp_path / "o")) == {
        "Club.csv",
        "members.csv",
        "manifest.csv",
        "manifest.json",
        "plan.yaml",
        "request.yaml",
        "schema.json",
        "schema.sql",
    }
    assert "%6danifest.json" in make(tmp_path / "j", "json")


@pytest.mark.parametrize("format_name", TABLE_FORMATS)
def test_the_rows_pass_their_checks(tmp_path: Path, format_name: str) -> None:
    make(tmp_path / "o", format_name)
    results = check_directory(tmp_path / "o")
    assert {r.table for r in results} == {"Club", "members", "manifest"}
    assert [r for r in results if not r.passed] == []


def test_a_script_is_left_to_its_database(tmp_path: Path) -> None:
    make(tmp_path / "o", "sql")
    with pytest.raises(RequestError, match="EXP103"):
        check_directory(tmp_path / "o")


def test_edited_rows_fail_check_and_verify(tmp_path: Path) -> None:
    make(tmp_path / "o")
    path = tmp_path / "o" / "members.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:-1], lines[1]]))
    failed = {(r.table, r.name) for r in check_directory(tmp_path / "o") if not r.passed}
    assert ("members", "primary_key") in failed
    report = verify_directory(tmp_path / "o")
    assert [m.subject for m in report.mismatches] == ["file members.csv"]


def edit_plan(folder: Path) -> None:
    path = folder / "plan.yaml"
    path.write_text(path.read_text().replace("seed: 7", "seed: 8"))


def edit_schema(folder: Path) -> None:
    path = folder / "schema.json"
    path.write_text(path.read_text().replace("captain_id", "leader_id"))


def edit_manifest(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"rows": 50', '"rows": 51', 1))


@pytest.mark.parametrize(
    ("edit", "subjects"),
    [
        (edit_plan, {"plan", "file plan.yaml"}),
        (edit_schema, {"schema", "file schema.json"}),
        (edit_manifest, {"row count of Club"}),
        (lambda folder: (folder / "Club.csv").unlink(), {"file Club.csv"}),
    ],
    ids=["plan", "schema", "manifest", "missing"],
)
def test_verify_names_every_difference(tmp_path: Path, edit: Callable[[Path], object], subjects: set[str]) -> None:
    make(tmp_path / "o", seed=7)
    edit(tmp_path / "o")
    report = verify_directory(tmp_path / "o")
    assert not report.passed
    assert {m.subject for m in report.mismatches} == subjects


def test_verify_notices_another_engine_and_other_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "o")
    monkeypatch.setattr("synth_assets.pipeline.verify.ENGINE_VERSION", "0")
    monkeypatch.setattr("synth_assets.pipeline.manifest.fingerprint_vocabulary", lambda name, locale: "other")
    subjects = {m.subject for m in verify_directory(tmp_path / "o").mismatches}
    assert "engine version" in subjects
    assert any(s.startswith("vocabulary ") for s in subjects)


def test_a_former_output_is_replaced_and_its_own_files_removed(tmp_path: Path) -> None:
    out = tmp_path / "o"
    make(out)
    (out / "notes.md").write_text("mine")
    files = make(out, "jsonl", rows=60)
    tables = {"Club.jsonl", "members.jsonl", "manifest.jsonl"}
    assert set(files) == tables | {"manifest.json", "notes.md", "plan.yaml", "request.yaml", "schema.json", "schema.sql"}
    assert verify_directory(out).passed


@pytest.mark.parametrize("other", ["precious.csv", "sub/file", ".hidden"])
def test_a_folder_in_use_is_refused(tmp_path: Path, other: str) -> None:
    path = tmp_path / "o" / other
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(RequestError, match="REQ112"):
        make(tmp_path / "o")
    assert contents(tmp_path / "o") == {other: b"mine"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    assert "manifest.json" in make(tmp_path / "o")


def test_a_failure_leaves_the_former_output_and_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = make(tmp_path / "o")

    def refuse(*_: object) -> None:
        raise GenerationError("no")

    monkeypatch.setattr("synth_assets.engine.generator.Generator.generate_rows", refuse)
    for name in ("o", "new"):
        with pytest.raises(GenerationError):
            make(tmp_path / name, rows=99)
    assert contents(tmp_path / "o") == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o"]
    assert not [p for p in (tmp_path / "o").iterdir() if p.is_dir()]


def test_what_a_killed_run_left_is_ours_and_removed(tmp_path: Path) -> None:
    left = tmp_path / "o" / ".synth-partial-0123456789abcdef"
    left.mkdir(parents=True)
    (left / "members.csv").write_text("half")
    make(tmp_path / "o")
    assert not left.exists()


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="REQ111"):
        make(tmp_path / "o", "xml")
    assert not (tmp_path / "o").exists()


def test_progress_is_told_by_table(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    schema, plan = planned()
    generate_directory(schema, plan, tmp_path / "o", "csv", on_progress=lambda *args: told.append(args))
    assert told == [("Club", 50, 50), ("members", 50, 50), ("manifest", 3, 3)]


@pytest.mark.parametrize(
    ("name", "text", "error", "code"),
    [
        ("manifest.json", "{}", StorageError, "STO106"),
        ("manifest.json", None, StorageError, "STO103"),
        ("schema.json", "[]", StorageError, "STO106"),
        ("plan.yaml", "tables: 7", PlanError, "PLAN"),
        ("plan.yaml", None, StorageError, "STO103"),
    ],
)
def test_a_damaged_folder_is_said(tmp_path: Path, name: str, text: str | None, error: type[Exception], code: str) -> None:
    make(tmp_path / "o")
    path = tmp_path / "o" / name
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(error, match=code):
        load_folder(tmp_path / "o")


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    make(tmp_path / "o", "parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "outside.parquet")
    path = tmp_path / "o" / "manifest.json"
    path.write_text(path.read_text().replace('"file": "members.parquet"', '"file": "../outside.parquet"'))
    with pytest.raises(StorageError, match="outside its folder"):
        check_directory(tmp_path / "o")


def test_a_manifest_of_no_known_format_is_damaged(tmp_path: Path) -> None:
    make(tmp_path / "o", rows=2)
    path = tmp_path / "o" / "manifest.json"
    path.write_text(path.read_text().replace('"format": "csv"', '"format": "xls"'))
    with pytest.raises(StorageError) as caught:
        verify_directory(tmp_path / "o")
    assert caught.value.diagnostics[0].code == "STO106"


def test_verify_reports_a_ddl_that_is_no_text_any_more(tmp_path: Path) -> None:
    make(tmp_path / "o", "sql", rows=2)
    (tmp_path / "o" / "schema.sql").write_bytes(b"\xff\xfe")
    subjects = {m.subject for m in verify_directory(tmp_path / "o").mismatches}
    assert subjects == {"file schema.sql", "rows of dataset.sql"}
