"""Reading and uploading files: bounds, names, whole files."""

from pathlib import Path

import pytest

from synth_assets.errors import RequestError, StorageError
from synth_assets.pipeline.read import MAX_SCHEMA_BYTES, read_schema_file
from synth_assets.pipeline.upload import upload_file
from synth_assets_tests.pipeline.samples import DDL


def file(folder: Path, name: str, content: bytes = DDL.encode()) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    result = read_schema_file(file(tmp_path, "My Club.sql"))
    assert result.schema is not None
    assert result.schema.name == "my_club"
    assert read_schema_file(tmp_path / "My Club.sql", name="other", dialect="sqlite").schema.name == "other"  # type: ignore[union-attr]


@pytest.mark.parametrize("content", [b"", b"  \n", b"\x00\x01\x02", b"hello"])
def test_a_file_without_tables_gives_diagnostics(tmp_path: Path, content: bytes) -> None:
    result = read_schema_file(file(tmp_path, "x.sql", content))
    assert result.schema is None
    assert result.errors


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    with path.open("wb") as out:
        out.truncate(MAX_SCHEMA_BYTES + 1)
    (problem,) = read_schema_file(path).diagnostics
    assert problem.render() == (
        "dump.sql:1:1 DDL109 the file is too large to be a schema\n  found: 20,000,001 bytes\n"
        "  hint: give the schema alone: `pg_dump --schema-only`, `mysqldump --no-data`"
    )


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="STO103") as caught:
        read_schema_file(tmp_path / "none.sql")
    assert caught.value.diagnostics[0].hint == "check the path"


def test_an_upload_is_a_copy_with_its_request_beside(tmp_path: Path) -> None:
    ddl, request = file(tmp_path, "club.ddl"), file(tmp_path, "r.yml", b"rows: 10\n")
    uploaded = upload_file(ddl, request, tmp_path / "uploads")
    assert uploaded.ddl_path == tmp_path / "uploads" / "club.ddl"
    assert uploaded.ddl_path.read_text() == DDL
    assert uploaded.request_path is not None
    assert uploaded.request_path.name == "club.yaml"
    assert uploaded.request_path.read_text() == "rows: 10\n"
    assert len(list((tmp_path / "uploads").iterdir())) == 2
    assert not uploaded.request_is_older
    again = upload_file(ddl, None, tmp_path / "uploads")
    assert again.request_path == uploaded.request_path, "the earlier request is still what the sensor reads"
    assert again.request_is_older
    assert upload_file(ddl, None, tmp_path / "elsewhere").request_path is None


@pytest.mark.parametrize("name", ["club.csv", "club", ".hidden.sql", "a:b.sql", "a\nb.sql", "x" * 197 + ".sql"])
def test_names_that_are_not_allowed_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError, match="REQ109"):
        upload_file(file(tmp_path, name), None, tmp_path / "uploads")
    assert not (tmp_path / "uploads").exists()


def test_all_reasons_are_listed(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        upload_file(file(tmp_path, ".x.csv", b""), None, tmp_path / "uploads")
    assert [d.code for d in caught.value.diagnostics] == ["REQ109", "REQ109", "REQ110"]


@pytest.mark.parametrize(
    ("content", "code"), [(b"rowz: 1", "REQ104"), (b"\xff\xfe", "REQ101"), (b"a: [", "REQ101"), (b"x" * 1_000_001, "REQ101")]
)
def test_a_bad_request_keeps_the_ddl_out(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(RequestError, match=code):
        upload_file(file(tmp_path, "club.sql"), file(tmp_path, "r.yaml", content), tmp_path / "uploads")
    assert not (tmp_path / "uploads").exists()
