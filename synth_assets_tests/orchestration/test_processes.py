"""The whole of it with real processes: a file is dropped, and a dataset is there; whatever dies, it is there in the end."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pyarrow.parquet as pq
import pytest
import yaml

from synth_assets_tests.orchestration.processes import REPOSITORY, TERMINATE, Processes, dagster_dev, deployment
from synth_assets_tests.postgres import postgres_uri  # noqa: F401  (a fixture)

pytestmark = pytest.mark.processes

SMALL = """CREATE TABLE authors (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL);
CREATE TABLE books (id INT PRIMARY KEY, author_id INT NOT NULL REFERENCES authors (id), title VARCHAR(60) NOT NULL);
"""
# Tables that take about a second each with their checks, one after another: time enough for something to happen.
LONG = "".join(
    f"CREATE TABLE t{n} (id INT PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, p INT {f'REFERENCES t{n - 1} (id)' if n else ''});\n"
    for n in range(8)
)
LONG_REQUEST = "rows: 150000\n"
HEALTH = """{ assetChecksOrError: assetNodeOrError(assetKey: {path: ["uploads", "bad_sql"]}) { ... on AssetNode { description
  assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { status } } } } } } }"""


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with dagster_dev(tmp_path_factory.mktemp("dev")) as processes:
        yield processes


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory, postgres_uri: str) -> Iterator[Processes]:  # noqa: F811
    """The services of docker-compose.yml by their own commands, with other ports, on PostgreSQL."""
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    commands = {name: services[name]["command"] for name in ("code-server", "webserver", "daemon")}
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE dagster_processes")
    url = urlunsplit(urlsplit(postgres_uri)._replace(path="/dagster_processes"))
    with deployment(tmp_path_factory.mktemp("apart"), url, commands) as processes:
        yield processes


def rows_of(processes: Processes, schema: str, dataset: str) -> dict[str, int]:
    folder = processes.folder / "data" / "datasets" / schema / dataset / "tables"
    return {path.stem: pq.read_metadata(path).num_rows for path in folder.glob("*.parquet")}


def leftovers(processes: Processes, schema: str) -> list[Path]:
    """Return files of a schema that are not whole: temporary names, or Parquet that cannot be read."""
    files = [p for p in (processes.folder / "data" / "datasets" / schema).rglob("*") if p.is_file()]
    known = {".parquet", ".json", ".yaml", ".sql", ".zip"}
    for path in (p for p in files if p.suffix == ".parquet" and not p.name.startswith(".")):
        pq.read_metadata(path)
    return [p for p in files if p.suffix not in known or p.name.startswith(".")]


def start_long_run(processes: Processes, name: str) -> str:
    """Upload tables that take a while, wait until at least two are made, and return the run's id."""
    processes.upload(name, LONG, LONG_REQUEST)
    run_id: str = processes.wait_for_run(f"generate_{name}", "STARTED")["runId"]
    processes.wait("two tables", lambda: len(processes.made(run_id)) >= 3)
    return run_id


def test_a_file_becomes_a_dataset_in_dagster_dev(dev: Processes) -> None:
    dev.upload("shop", SMALL, "rows: 30\n")
    run = dev.wait_for_run("generate_shop", "SUCCESS")
    assert run["tags"]["dagster/partition"] == "shop-1"
    assert rows_of(dev, "shop", "shop-1") == {"authors": 30, "books": 30}


def test_a_bad_file_is_seen_in_the_ui_and_spares_the_others(dev: Processes) -> None:
    dev.upload("bad", "CREATE TABLE broken (id INT,")
    dev.upload("spared", SMALL, "rows: 5\n")
    dev.wait_for_run("generate_spared", "SUCCESS")

    def verdict() -> object:
        checks = dev.ask(HEALTH)["assetChecksOrError"]["assetChecksOrError"]["checks"]
        return checks[0]["executionForLatestMaterialization"]

    assert dev.wait("the verdict on the file", verdict) == {"status": "FAILED"}
    assert "bad.sql:1" in dev.ask(HEALTH)["assetChecksOrError"]["description"]


def test_a_canceled_run_ends_as_canceled_with_nothing_half_written(dev: Processes) -> None:
    run_id = start_long_run(dev, "canceled")
    assert dev.ask(TERMINATE, run=run_id)["terminateRun"]["__typename"] == "TerminateRunSuccess"
    dev.wait_for_run("generate_canceled", "CANCELED")
    assert len(dev.made(run_id)) < 9
    assert not leftovers(dev, "canceled")
    assert len(dev.runs("generate_canceled")) == 1


def test_a_run_whose_worker_is_killed_is_finished_by_a_retry(dev: Processes) -> None:
    run_id = start_long_run(dev, "killed")
    os.kill(dev.worker(run_id), signal.SIGKILL)
    dev.wait_for_run("generate_killed", "FAILURE")
    retry = dev.wait_for_run("generate_killed", "SUCCESS", number=1)
    assert retry["rootRunId"] == run_id
    assert rows_of(dev, "killed", "killed-1") == {f"t{n}": 150_000 for n in range(8)}
    assert "_plan" not in dev.made(retry["runId"])


def test_a_file_becomes_a_dataset_in_separate_processes(apart: Processes) -> None:
    apart.upload("shop", SMALL, "rows: 30\ndataset: first\n")
    apart.wait_for_run("generate_shop", "SUCCESS")
    assert rows_of(apart, "shop", "first") == {"authors": 30, "books": 30}
    apart.upload("shop", SMALL.replace("VARCHAR(60)", "VARCHAR(50)"))
    second = apart.wait_for_run("generate_shop", "SUCCESS", number=1)
    assert second["tags"]["dagster/partition"] == "first-2"
    assert rows_of(apart, "shop", "first") == {"authors": 30, "books": 30}


def test_a_run_whose_code_server_is_killed_is_found_and_finished(apart: Processes) -> None:
    run_id = start_long_run(apart, "orphaned")
    apart.kill("code-server")
    apart.start("code-server", *apart.commands["code-server"])
    apart.wait_for_run("generate_orphaned", "FAILURE")
    assert any("is gone" in (e.get("message") or "") for e in apart.events(run_id))
    apart.wait_for_run("generate_orphaned", "SUCCESS", number=1)
    assert rows_of(apart, "orphaned", "orphaned-1") == {f"t{n}": 150_000 for n in range(8)}
