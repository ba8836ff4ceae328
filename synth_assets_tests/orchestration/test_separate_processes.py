"""The services of docker-compose.yml as separate processes on a real PostgreSQL, by their own commands."""

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import yaml

from synth_assets_tests.orchestration.processes import REPOSITORY, SMALL, Processes, deployment, rows_of, start_long_run, whole
from synth_assets_tests.postgres import postgres_uri  # noqa: F401  (a fixture)

pytestmark = pytest.mark.processes


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
    assert whole(apart, "orphaned")
