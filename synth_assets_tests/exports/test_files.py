"""Table files: what is written is read back exactly, does not depend on chunks, and loads into PostgreSQL."""

import csv
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.errors import StorageError
from synth_assets.exports import read_table_file, write_csv, write_json, write_jsonl, write_table_file, zip_dataset
from synth_assets.formats import TABLE_FORMATS
from synth_assets.schema.model import Table
from synth_assets.schema.types import BinaryType, FloatType, TextType
from synth_assets_tests.exports.rows import EVERYTHING, HERE, INTEGER, chunks_of, column, everything
from synth_assets_tests.postgres import fresh_database, postgres_uri  # noqa: F401

DIALECTS = ["postgres", "mysql", "sqlite", "tsql", "oracle"]
ONE_TEXT = Table(name="one", columns=(column("value", TextType()),), where=HERE)


def written(format_name: str, rows: pa.Table, dialect: str = "postgres", size: int = 7, table: Table = EVERYTHING) -> bytes:
    sink = io.BytesIO()
    assert write_table_file(sink, format_name, table, chunks_of(rows, size), dialect) == rows.num_rows
    return sink.getvalue()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("format_name", TABLE_FORMATS)
def test_files_are_read_back_exactly(tmp_path: Path, format_name: str, dialect: str) -> None:
    rows = everything()
    path = tmp_path / "file"
    path.write_bytes(written(format_name, rows, dialect))
    assert read_table_file(path, format_name, EVERYTHING, dialect).equals(rows)


@pytest.mark.parametrize("format_name", ["sql", "xlsx", "Parquet", ""])
def test_a_format_that_is_none_of_ours_is_told_and_not_read_as_parquet(tmp_path: Path, format_name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(written("parquet", everything()))
    with pytest.raises(StorageError) as failure:
        read_table_file(path, format_name, EVERYTHING, "postgres")
    (problem,) = failure.value.diagnostics
    assert (problem.code, problem.found) == ("STO106", format_name)
    assert all(known in problem.hint for known in TABLE_FORMATS)


@pytest.mark.parametrize("format_name", TABLE_FORMATS)
def test_bytes_do_not_depend_on_the_chunks(format_name: str) -> None:
    rows = everything(200)
    assert written(format_name, rows, size=1) == written(format_name, rows, size=200) == written(format_name, rows, size=64)


@pytest.mark.parametrize("format_name", TABLE_FORMATS)
def test_a_table_without_rows_is_a_valid_file(tmp_path: Path, format_name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(written(format_name, everything(0)))
    assert read_table_file(path, format_name, EVERYTHING, "postgres").equals(everything(0))


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=20))
def test_any_text_survives(values: list[str | None]) -> None:
    rows = pa.table({"value": pa.array(values, pa.string())})
    text = written("csv", rows, table=ONE_TEXT).decode()
    assert text.startswith("value\n")
    # Python's csv module cannot tell NULL from "": both are empty there.
    parsed = [r[0] if r else "" for r in csv.reader(io.StringIO(text, newline=""))][1:]
    assert parsed == ["" if v is None else v for v in values]
    lines = written("jsonl", rows, table=ONE_TEXT).decode().split("\n")
    assert [json.loads(line)["value"] for line in lines[:-1]] == values
    assert [o["value"] for o in json.loads(written("json", rows, table=ONE_TEXT))] == values


def test_csv_is_pinned() -> None:
    header, first, second, third, end = written("csv", everything(3)).decode().split("\n")
    assert header == 'id,text,price,ratio,small,flag,day,at,made,seen,raw,"Big, ""odd"" name"'
    at = "2024-05-01 08:30:00"
    assert first == f"0,plain,0.0000001000,0.1,0.5,true,2024-02-29,08:30:00,{at},{at}+00,\\x,9223372036854775807"
    numbers = "-12345678901234567890.0000000001,1e+300,1e+10"
    times = f"0001-01-01,23:59:59.999999,{at}.000005,{at}.000005+00"
    assert second == f'1,"",{numbers},false,{times},\\x00ff0a22272c,-9223372036854775808'
    assert (third, end) == ("2,,,,,,,,,,,", "")


def test_json_lines_are_pinned() -> None:
    first, second, third = written("jsonl", everything(3)).decode().splitlines()
    assert first == (
        '{"id":0,"text":"plain","price":0.0000001000,"ratio":0.1,"small":0.5,"flag":true,"day":"2024-02-29","at":"08:30:00",'
        '"made":"2024-05-01T08:30:00","seen":"2024-05-01T08:30:00Z","raw":"","Big, \\"odd\\" name":9223372036854775807}'
    )
    assert json.loads(second, parse_float=Decimal)["price"] == Decimal("-12345678901234567890.0000000001")
    assert json.loads(second)["raw"] == "AP8KIics"
    assert set(json.loads(third).values()) == {2, None}


@pytest.mark.parametrize(
    ("dialect", "line"), [("mysql", "1,1,0xab\n"), ("sqlite", "1,1,0xab\n"), ("tsql", "1,1,0xab\n"), ("postgres", "1,true,\\xab\n")]
)
def test_booleans_and_bytes_follow_the_dialect(dialect: str, line: str) -> None:
    from synth_assets.schema.types import BooleanType

    table = Table(name="t", columns=(column("id", INTEGER), column("flag", BooleanType()), column("raw", BinaryType())), where=HERE)
    rows = pa.table({"id": pa.array([1], pa.int32()), "flag": [True], "raw": pa.array([b"\xab"], pa.binary())})
    assert written("csv", rows, dialect, table=table).decode().partition("\n")[2] == line


def test_json_refuses_numbers_it_cannot_hold() -> None:
    table = Table(name="t", columns=(column("x", FloatType()),), where=HERE)
    for writer in (write_json, write_jsonl):
        with pytest.raises(StorageError, match="EXP102"):
            writer(io.BytesIO(), table, [pa.table({"x": [1.0, float("nan")]})])


@pytest.mark.processes
def test_csv_loads_with_plain_copy(postgres_uri: str) -> None:  # noqa: F811
    rows = everything(len(everything()))
    definitions = ", ".join('"' + c.name.replace('"', '""') + f'" {c.sql_type}' for c in EVERYTHING.columns)
    with fresh_database(postgres_uri) as connection:
        connection.execute(f"CREATE TABLE t ({definitions})")
        with connection.cursor().copy("COPY t FROM STDIN CSV HEADER") as copy:
            copy.write(written("csv", rows))
        connection.execute("SET TimeZone = 'UTC'")
        fetched = connection.execute("SELECT * FROM t ORDER BY id").fetchall()
    columns = [pa.array(values, field.type) for values, field in zip(zip(*fetched, strict=True), rows.schema, strict=True)]
    assert pa.table(columns, schema=rows.schema).equals(rows)


@pytest.mark.processes
def test_a_single_column_of_nulls_and_empty_strings_loads(postgres_uri: str) -> None:  # noqa: F811
    values = ["", None, "x", None, "\\."]
    rows = pa.table({"value": pa.array(values, pa.string())})
    with fresh_database(postgres_uri) as connection:
        connection.execute("CREATE TABLE one (value text)")
        with connection.cursor().copy("COPY one FROM STDIN CSV HEADER") as copy:
            copy.write(written("csv", rows, table=ONE_TEXT))
        assert [r[0] for r in connection.execute("SELECT value FROM one").fetchall()] == values


@pytest.mark.parametrize(
    ("format_name", "content", "code"),
    [
        ("csv", b"id,text\n1,x\n", "STO106"),
        ("csv", b"value\n\xff\xfe\n", "STO106"),
        ("json", b"{", "STO106"),
        ("jsonl", b'{"other": 1}\n', "STO106"),
        ("json", b"[1]", "STO106"),
        ("parquet", b"PAR1", "STO106"),
        ("csv", b"", "STO106"),
    ],
)
def test_damaged_files_are_said(tmp_path: Path, format_name: str, content: bytes, code: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=code):
        read_table_file(path, format_name, ONE_TEXT, "postgres")


def test_an_archive_is_the_same_bytes_for_the_same_members() -> None:
    def archive(names: list[str]) -> bytes:
        sink = io.BytesIO()
        members = {"b.csv": lambda s: write_csv(s, EVERYTHING, chunks_of(everything()), "postgres"), "a.txt": "ä\n"}
        zip_dataset(sink, {name: members[name] for name in names})
        return sink.getvalue()

    data = archive(["b.csv", "a.txt"])
    assert data == archive(["a.txt", "b.csv"])
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.namelist() == ["a.txt", "b.csv"]
        assert opened.testzip() is None
        assert opened.read("a.txt").decode() == "ä\n"
        assert opened.read("b.csv") == written("csv", everything())
        assert {i.date_time for i in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
