"""`synth prove` and `synth publish` as a person or a script meets them."""

import csv
import json
import zipfile
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from synth_assets.cli.main import app
from synth_assets.pipeline.create import create_table
from synth_assets.pipeline.export import export_dataset
from synth_assets.storage import DatasetStore
from synth_assets_tests.pipeline.samples import DDL, planned
from synth_assets_tests.postgres import database_uri, fresh_database, postgres_uri  # noqa: F401

SECRET = "hunter2-and-a-half"


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    assert SECRET not in result.output
    return result


@pytest.fixture(autouse=True)
def club(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYNTH_PROOF_DATABASE_URL", raising=False)
    monkeypatch.delenv("SYNTH_PUBLISH_DATABASE_URL", raising=False)
    Path("club.sql").write_text(DDL)


def generated(*options: object) -> Path:
    run("generate", "club.sql", "--out", "out", "--rows", 20, "--dialect", "postgres", *options)
    return Path("out")


def spoil(file: Path, column: str, row: int, value: str) -> None:
    with file.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    rows[row][column] = value
    with file.open("w", newline="", encoding="utf-8") as sink:
        writer = csv.DictWriter(sink, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("name", ["csv", "parquet", "jsonl", "json"])
@pytest.mark.parametrize("server", ["postgres", "sqlite"])
def test_good_rows_are_accepted_in_every_format(name: str, server: str, postgres_uri: str) -> None:  # noqa: F811
    folder = generated("--format", name, "--rows", "manifest=0")
    output = run("prove", folder, "--database", postgres_uri if server == "postgres" else "sqlite://").output
    assert "ok  members   20 of 20 rows" in output
    assert "ok  manifest  0 of 0 rows" in output
    assert "3 tables, 40 rows" in output
    assert ": accepted" in output


def test_a_rejected_row_is_named_and_gives_one() -> None:
    folder = generated("--format", "csv")
    spoil(folder / "members.csv", "club_id", 4, "4711")
    output = run("prove", folder, "--database", "sqlite://", code=1).output
    assert "REJECTED  members" in output
    assert "members: foreign key club_id -> Club(id) (line 9) rejects 1 row (the first is row 5)" in output
    assert "club_id='4711'" in output
    assert output.endswith("1 row rejected\n")


def test_json_holds_everything() -> None:
    folder = generated("--format", "csv")
    spoil(folder / "members.csv", "joined_on", 0, "not a day")
    document = json.loads(run("prove", folder, "--database", "sqlite://", "--json", code=1).stdout)
    assert document["accepted"] is False
    assert document["database"] == "sqlite://:memory:"
    rejection = document["rejections"][0]
    assert (rejection["table"], rejection["kind"], rejection["line"], rejection["rows"]) == ("members", "type", 11, 1)
    assert rejection["example"]["joined_on"] == "not a day"


def test_an_exported_archive_is_proved_without_being_unpacked(tmp_path: Path) -> None:
    schema, plan = planned()
    store = DatasetStore(tmp_path / "store")
    store.save_schema(schema.name, "one", schema, DDL)
    for table in schema.tables:
        create_table(store, schema, plan, "one", table.key)
    (file,) = export_dataset(store, schema, plan, "one", ["zip"])
    assert ": accepted" in run("prove", file.path, "--database", "sqlite://").output
    with zipfile.ZipFile(file.path) as archive:
        assert "schema.sql" in archive.namelist()


def test_the_ddl_can_come_from_elsewhere(postgres_uri: str) -> None:  # noqa: F811
    folder = generated("--format", "csv")
    (folder / "schema.sql").unlink()
    assert "DB105" in run("prove", folder, "--database", postgres_uri, code=2).output
    assert ": accepted" in run("prove", folder, "--database", postgres_uri, "--ddl", "club.sql").output


def test_the_url_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = generated("--format", "csv")
    assert "set SYNTH_PROOF_DATABASE_URL" in run("prove", folder, code=2).output
    monkeypatch.setenv("SYNTH_PROOF_DATABASE_URL", "sqlite://")
    run("prove", folder)


@pytest.mark.parametrize("command", [["prove"], ["publish", "--schema", "club"]], ids=["prove", "publish"])
def test_bad_input_gives_two_and_an_absent_server_three(command: list[str]) -> None:
    folder = generated("--format", "csv")
    assert "DB101" in run(*command, folder, "--database", f"nonsense://ann:{SECRET}@db/x", code=2).output
    assert "DB101" in run(*command, folder, "--database", f"postgresql://ann:{SECRET}@db:port/x", code=2).output
    output = run(*command, folder, "--database", f"postgresql://ann:{SECRET}@127.0.0.1:1/club", code=3).output
    assert "postgresql://127.0.0.1:1/club DB102" in output
    document = json.loads(run(*command, folder, "--database", f"postgresql://ann:{SECRET}@127.0.0.1:1/club", "--json", code=3).stdout)
    assert document["diagnostics"][0]["code"] == "DB102"
    Path("empty").mkdir()
    assert "STO103" in run(*command, "empty", "--database", "sqlite://", code=2).output
    Path("no.zip").write_text("no archive")
    assert "STO106" in run(*command, "no.zip", "--database", "sqlite://", code=2).output


def test_a_script_is_for_the_databases_own_client() -> None:
    assert "EXP103" in run("prove", generated("--format", "sql"), "--database", "sqlite://", code=2).output


def test_a_login_that_is_refused_gives_three(postgres_uri: str) -> None:  # noqa: F811
    folder = generated("--format", "csv")
    wrong = postgres_uri.replace("postgres@", f"nobody_at_all:{SECRET}@")
    assert "DB103" in run("prove", folder, "--database", wrong, code=3).output
    assert "DB103" in run("prove", folder, "--database", database_uri(postgres_uri, "no_such_database"), code=3).output


def test_a_dataset_is_published_and_replaced(postgres_uri: str) -> None:  # noqa: F811
    with fresh_database(postgres_uri) as reader:
        url = database_uri(postgres_uri, reader.info.dbname)
        folder = generated("--format", "parquet")
        output = run("publish", folder, "--database", url, "--schema", "club").output
        assert "60 rows in 3 tables published" in output
        assert "as a new schema" in output
        assert 'SELECT * FROM "club"."Club" LIMIT 10;' in output
        assert reader.execute('SELECT count(*) FROM club."Club"').fetchone() == (20,)
        generated("--format", "csv", "--seed", 7)
        document = json.loads(run("publish", folder, "--database", url, "--schema", "club", "--json").stdout)
        assert document["replaced"] is True
        assert document["row_count"] == 60
        spoil(folder / "members.csv", "id", 3, "1")
        assert "DB108" in run("publish", folder, "--database", url, "--schema", "club", code=1).output
        assert "DB109" in run("publish", folder, "--database", url, "--schema", "No Name", code=2).output
        assert reader.execute("SELECT count(*) FROM club.members").fetchone() == (20,)


def test_a_wrong_password_is_not_repeated(postgres_uri: str) -> None:  # noqa: F811
    """A server that asks for passwords: its own words reach the user, the password does not."""
    with psycopg.connect(postgres_uri, autocommit=True) as admin:
        (hba,) = admin.execute("SHOW hba_file").fetchone() or ("",)
        before = Path(hba).read_text()
        admin.execute("CREATE ROLE ann LOGIN PASSWORD 'right'")
        try:
            Path(hba).write_text("local all ann scram-sha-256\n" + before)
            admin.execute("SELECT pg_reload_conf()")
            folder = generated("--format", "csv")
            wrong = postgres_uri.replace("postgres@", f"ann:{SECRET}@")
            for _ in range(50):
                result = CliRunner().invoke(app, ["prove", str(folder), "--database", wrong])
                if result.exit_code == 3:
                    break
            assert result.exit_code == 3, result.output
            assert "DB103" in result.output
            assert "password authentication failed" in result.output
            assert SECRET not in result.output
        finally:
            Path(hba).write_text(before)
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("DROP ROLE ann")


def test_a_constraint_is_named_once_and_an_orphan_after_rejected_rows_gets_no_number() -> None:
    folder = generated("--format", "csv")
    spoil(folder / "members.csv", "joined_on", 0, "")
    spoil(folder / "members.csv", "club_id", 4, "4711")
    output = run("prove", folder, "--database", "sqlite://", code=1).output
    assert "members: foreign key club_id -> Club(id) (line 9) rejects 1 row\n" in output
    assert "not null joined_on NOT NULL" not in output
    assert "members: joined_on NOT NULL (line 11) rejects 1 row (the first is row 1)" in output


def test_without_a_database_a_way_that_needs_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNTH_PROOF_DATABASE_URL", raising=False)
    folder = generated("--format", "csv")
    assert "sqlite:// needs no server" in run("prove", folder, code=2).output


def test_a_missing_folder_for_the_scratch_file_is_not_called_a_server() -> None:
    folder = generated("--format", "csv")
    output = run("prove", folder, "--database", f"sqlite:///{folder.resolve()}/nowhere/x.sqlite", code=3).output
    assert "no scratch file can be made" in output
    assert "server runs" not in output
