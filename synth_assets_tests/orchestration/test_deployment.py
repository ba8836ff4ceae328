"""The files of the deployment: they agree with one another, and hold no secret."""

import re
import shlex
import traceback
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from synth_assets.errors import StorageError
from synth_assets.orchestration.instance_storage import EnvSwitchedStorage

SERVICES = {"postgres", "code-server", "webserver", "daemon"}


@pytest.fixture(scope="module")
def compose(repository: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((repository / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_every_service_is_watched_and_comes_back(compose: dict[str, Any]) -> None:
    assert compose["services"].keys() == SERVICES
    for service in compose["services"].values():
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"]


def test_the_password_has_no_default(repository: Path) -> None:
    text = (repository / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{POSTGRES_PASSWORD(.{0,2})", text)) == {":?"}
    assert re.search(r"^POSTGRES_PASSWORD=$", (repository / "deploy/env.example").read_text(encoding="utf-8"), re.MULTILINE)


def test_web_server_and_daemon_look_where_the_code_server_listens(compose: dict[str, Any], repository: Path) -> None:
    (server,) = [entry["grpc_server"] for entry in yaml.safe_load((repository / "deploy/workspace.yaml").read_text())["load_from"]]
    command = shlex.join(compose["services"]["code-server"]["command"])
    assert f"--port {server['port']}" in command
    assert f"--location-name {server['location_name']}" in command
    assert server["host"] == "code-server"
    (local,) = [entry["python_module"] for entry in yaml.safe_load((repository / "workspace.yaml").read_text())["load_from"]]
    assert (local["module_name"], local["location_name"]) == ("synth_assets.definitions", server["location_name"])


def test_processes_share_one_folder_of_state_and_run_without_rights(compose: dict[str, Any], repository: Path) -> None:
    for name in SERVICES - {"postgres"}:
        service = compose["services"][name]
        assert "dagster:/app/.dagster" in service["volumes"]
        assert service["cap_drop"] == ["ALL"]
    assert re.search(r"^USER synth$", (repository / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_instance_keeps_everything_below_one_folder(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dagster.yaml").write_bytes((repository / "dagster.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        instance.add_dynamic_partitions("datasets_x", ["one"])
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 2
    assert {p.name for p in tmp_path.iterdir()} == {"dagster.yaml", ".dagster"}
    with dg.DagsterInstance.from_config(str(tmp_path)) as again:
        assert again.get_dynamic_partitions("datasets_x") == ["one"]


def test_the_storage_is_postgres_when_a_url_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    import dagster_postgres.storage

    monkeypatch.setattr(dagster_postgres.storage, "DagsterPostgresStorage", lambda **given: made.append(given) or "storage")
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", "postgresql://u:p@h:5432/d")
    assert EnvSwitchedStorage.from_config_value(None, {"sqlite_dir": "never-made"}) == "storage"  # type: ignore[comparison-overlap]
    assert made[0]["postgres_url"] == "postgresql+psycopg2://u:p@h:5432/d"
    assert not Path("never-made").exists()


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:half@s3cret@127.0.0.1:1/d", "postgresql://u:s3cret@h:s3cret/d", "mysql://u:s3cret@h/d", "u:s3cret@h/d"],
)
def test_a_wrong_database_address_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", url)
    with pytest.raises(StorageError, match="STO108") as refused:
        EnvSwitchedStorage.from_config_value(None, {"sqlite_dir": "unused"})
    assert "s3cret" not in "".join(traceback.format_exception(refused.value))
