"""What a real database says of a dataset in the UI, and publishing one from there."""

from pathlib import Path

import dagster as dg
import psycopg
import pytest

from synth_assets.orchestration.database_assets import choose_judge
from synth_assets.orchestration.translator import PROOF_CHECK, SchemaNames
from synth_assets.settings import load_settings
from synth_assets.storage import DatasetStore
from synth_assets_tests.orchestration.conftest import build, run_job
from synth_assets_tests.orchestration.schemas import schema_of, table
from synth_assets_tests.pipeline.samples import DDL, schema
from synth_assets_tests.postgres import database_uri, fresh_database, postgres_uri  # noqa: F401

SECRET = "hunter2-and-a-half"


def proof_of(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    (found,) = [e for e in result.get_asset_check_evaluations() if e.check_name == PROOF_CHECK]
    return found


def shown(found: dg.AssetCheckEvaluation) -> dict[str, object]:
    return {name: value.value for name, value in found.metadata.items()}


@pytest.fixture
def spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks that are read back hold every member's key twice."""
    read = DatasetStore.iter_chunks

    def twice(self: DatasetStore, name: str, dataset: str, key: str, *more: object, **options: object) -> object:
        for chunk in read(self, name, dataset, key, *more, **options):  # type: ignore[arg-type]
            yield chunk.set_column(0, "id", [[1] * chunk.num_rows]).cast(chunk.schema) if key == "members" else chunk

    monkeypatch.setattr(DatasetStore, "iter_chunks", twice)


def test_sqlite_judges_where_nothing_is_configured(data_dir: Path, instance: dg.DagsterInstance) -> None:
    result = run_job(build(schema(), ddl_text=DDL), instance, "one", {"rows": 20})
    assert result.success
    found, metadata = proof_of(result), shown(proof_of(result))
    assert found.passed
    assert found.partition == "one"
    assert found.asset_key == dg.AssetKey(["club", "_export"])
    assert str(metadata["server"]).startswith("SQLite ")
    assert "SYNTH_PROOF_DATABASE_URL" in str(metadata["judge"])
    assert (metadata["tables"], metadata["rows"], metadata["rejected rows"]) == (3, 60, 0)
    assert not {"rejections", "not judged", "DDL refused"} & metadata.keys()


def test_the_configured_server_judges(
    data_dir: Path,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    postgres_uri: str,  # noqa: F811
) -> None:
    monkeypatch.setenv("SYNTH_PROOF_DATABASE_URL", postgres_uri.replace("postgres@", f"postgres:{SECRET}@"))
    text = DDL + "CREATE EXTENSION no_such_extension;"
    result = run_job(build(schema(), ddl_text=text), instance, "one", {"rows": 20})
    found, metadata = proof_of(result), shown(proof_of(result))
    assert found.passed
    assert str(metadata["server"]).startswith("PostgreSQL ")
    assert "no_such_extension" in str(metadata["DDL refused"])
    assert SECRET not in str(metadata)


@pytest.mark.usefixtures("spoilt")
def test_rejected_rows_are_an_error_with_a_table(data_dir: Path, instance: dg.DagsterInstance) -> None:
    result = run_job(build(schema(), ddl_text=DDL), instance, "one", {"rows": 20})
    found, metadata = proof_of(result), shown(proof_of(result))
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    lines = str(metadata["rejections"]).splitlines()
    assert lines[0] == "| table | kind | constraint | line | rows | example | server |"
    assert "| members | primary key | PRIMARY KEY (id) | 8 | 19 |" in lines[2]


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:1/x?connect_timeout=1"])
def test_a_server_that_is_not_there_is_a_warning(
    data_dir: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("SYNTH_PROOF_DATABASE_URL", f"postgresql://ann:{SECRET}@{address}")
    result = run_job(build(schema(), ddl_text=DDL), instance, "one", {"rows": 20})
    found = proof_of(result)
    assert result.success
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "not judged" in (found.description or "")
    assert "DB102" in str(found.metadata)
    assert SECRET not in str(found)


@pytest.mark.parametrize(
    ("url", "dialect", "kind", "why"),
    [
        (None, "postgres", "sqlite", "no database is configured"),
        ("postgresql://db/x", "postgres", "postgres", "configured by"),
        ("postgresql://db/x", "mysql", "sqlite", "does not speak"),
        ("mysql://db/x", "mysql", "mysql", "configured by"),
        ("sqlite://", "oracle", "sqlite", "configured by"),
    ],
)
def test_who_judges_which_dialect(monkeypatch: pytest.MonkeyPatch, url: str | None, dialect: str, kind: str, why: str) -> None:
    monkeypatch.delenv("SYNTH_PROOF_DATABASE_URL", raising=False)
    if url:
        monkeypatch.setenv("SYNTH_PROOF_DATABASE_URL", url)
    chosen, said = choose_judge(dialect, load_settings())
    assert chosen.kind == kind
    assert why in said


def test_there_is_no_publication_without_a_server_or_of_another_dialect(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ["club", "_publish"] not in [list(k.path) for k in keys_of(build(schema(), ddl_text=DDL))]
    monkeypatch.setenv("SYNTH_PUBLISH_DATABASE_URL", "postgresql://db/x")
    assert ["club", "_publish"] in [list(k.path) for k in keys_of(build(schema(), ddl_text=DDL))]
    other = schema().model_copy(update={"dialect": "mysql"})
    assert ["club", "_publish"] not in [list(k.path) for k in keys_of(build(other))]


def keys_of(built: object) -> list[dg.AssetKey]:
    return [spec.key for spec in built.definitions.resolve_all_asset_specs()]  # type: ignore[attr-defined]


def test_a_dataset_is_published_as_a_schema_of_its_own(
    data_dir: Path,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    postgres_uri: str,  # noqa: F811
) -> None:
    with fresh_database(postgres_uri) as reader:
        url = database_uri(postgres_uri, reader.info.dbname).replace("postgres@", f"postgres:{SECRET}@")
        monkeypatch.setenv("SYNTH_PUBLISH_DATABASE_URL", url)
        built = build(schema(), ddl_text=DDL)
        for dataset, rows in (("club-1", 20), ("club-2", 30)):
            result = run_job(built, instance, dataset, {"rows": rows})
            assert result.success
        event = instance.get_latest_materialization_event(built.names.publish_key)
        assert event is not None
        assert event.asset_materialization is not None
        metadata = {n: v.value for n, v in event.asset_materialization.metadata.items()}
        assert (metadata["schema"], metadata["dagster/row_count"]) == ("club_2", 90)
        assert 'SELECT * FROM "club_2"."Club" LIMIT 10;' in str(metadata["sample SQL"])
        assert SECRET not in str(event)
        assert reader.execute("SELECT count(*) FROM club_1.members").fetchone() == (20,)
        assert reader.execute("SELECT count(*) FROM club_2.members").fetchone() == (30,)


@pytest.mark.usefixtures("spoilt")
def test_what_a_database_rejects_is_not_published(
    data_dir: Path,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    postgres_uri: str,  # noqa: F811
) -> None:
    with fresh_database(postgres_uri) as reader:
        monkeypatch.setenv("SYNTH_PUBLISH_DATABASE_URL", database_uri(postgres_uri, reader.info.dbname))
        result = run_job(build(schema(), ddl_text=DDL), instance, "club-1", {"rows": 20})
        assert not result.success
        assert not proof_of(result).passed
        assert {e.step_key for e in result.get_step_failure_events()} == {"prove_club"}
        with pytest.raises(psycopg.errors.UndefinedTable):
            reader.execute("SELECT 1 FROM club_1.members")


def test_published_schemas_differ_as_their_datasets_do() -> None:
    names = SchemaNames(schema_of(table("labels"), name="shop"))
    keys = ["shop-1", "shop_1", "shop.1", "1", "spring-fair", "spring_fair", "s" * 100, "s" * 99 + "t", "shop-1-2", "a--b"]
    made = {key: names.published_schema(key) for key in keys}
    assert made["shop-1"] == "shop_1"
    assert made["spring-fair"] == "shop_spring_fair"
    assert len({made[k] for k in keys if k != "1"}) == len(keys) - 1
    assert all(len(name) <= 40 and "__" not in name for name in made.values())
