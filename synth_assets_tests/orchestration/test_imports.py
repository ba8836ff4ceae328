"""Loading the code location stays light: every reload, every run worker and every process of a deployment pays for it."""

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

FORBIDDEN = ("great_expectations", "pandas", "google.genai", "langfuse", "matplotlib", "numba", "duckdb", "faker")
PROGRAM = """
import json, sys, warnings
from synth_assets.definitions import defs
import dagster as dg
location = defs()
print(json.dumps([sorted(sys.modules), sorted(s.key.to_user_string() for s in location.resolve_all_asset_specs())]))
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> set[str]:
    folder = tmp_path_factory.mktemp("light")
    environment = {"PATH": "", "DAGSTER_HOME": str(folder), "SYNTH_DATA_DIR": str(folder), "PYTHONPATH": str(repository)}
    command = [sys.executable, "-W", "error::UserWarning", "-c", PROGRAM]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1])[0])


@pytest.mark.parametrize("name", FORBIDDEN)
def test_definitions_load_without(modules: set[str], name: str) -> None:
    assert name not in modules


def test_the_definitions_module_stays_an_entry_point(repository: Path) -> None:
    assert len((repository / "synth_assets" / "definitions.py").read_text(encoding="utf-8").splitlines()) <= 30


def test_every_module_the_fork_server_preloads_is_there(repository: Path) -> None:
    source = (repository / "synth_assets/orchestration/preload.py").read_text(encoding="utf-8")
    names = ast.literal_eval(source.partition("MODULES = ")[2].partition("\n)\n")[0] + "\n)")
    assert not [name for name in names if find_spec(name) is None]
