"""Loading the code location stays light: every reload, every run worker and every process of a deployment pays for it."""

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import dagster as dg
import pytest

from synth_assets.orchestration.demo import refresh_state

HEAVY = ("great_expectations", "pandas", "google.genai", "langfuse", "matplotlib", "numba", "duckdb", "faker", "sqlglot", "pyarrow")
FORBIDDEN = (*HEAVY, "pypdf", "docx", "openpyxl", "bm25s", "numpy")
PROGRAM = """
import json, sys
import dagster as dg
from dagster._core.storage.defs_state.base import set_defs_state_storage
from synth_assets.definitions import defs
with dg.DagsterInstance.get() as instance, set_defs_state_storage(instance.defs_state_storage):
    location = defs()
print(json.dumps([sorted(sys.modules), sorted(s.key.to_user_string() for s in location.resolve_all_asset_specs())]))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> tuple[set[str], set[str]]:
    """The modules and the asset keys of a process that has loaded the bundled example from its stored state."""
    folder = tmp_path_factory.mktemp("light")
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    (folder / "uploads").mkdir()
    (folder / "uploads" / "bookshop.sql").write_bytes((repository / "examples" / "bookshop.sql").read_bytes())
    (folder / "uploads" / "bookshop.knowledge").mkdir()
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.from_config(str(folder)) as instance:
        patch.setenv("SYNTH_DATA_DIR", str(folder))
        refresh_state(instance)
    environment = {"PATH": "", "DAGSTER_HOME": str(folder), "SYNTH_DATA_DIR": str(folder), "PYTHONPATH": str(repository)}
    command = [sys.executable, "-W", "error::UserWarning", "-c", PROGRAM]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    modules, keys = json.loads(done.stdout.splitlines()[-1])
    return set(modules), set(keys)


def test_the_location_is_loaded_whole(loaded: tuple[set[str], set[str]]) -> None:
    assert {"bookshop/_knowledge", "bookshop/_plan", "bookshop/orders", "bookshop/_export", "uploads/bookshop_sql"} <= loaded[1]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_definitions_load_without(loaded: tuple[set[str], set[str]], name: str) -> None:
    assert name not in loaded[0]


def test_the_definitions_module_stays_an_entry_point(repository: Path) -> None:
    assert len((repository / "synth_assets" / "definitions.py").read_text(encoding="utf-8").splitlines()) <= 30


def test_every_module_the_fork_server_preloads_is_there(repository: Path) -> None:
    source = (repository / "synth_assets/orchestration/preload.py").read_text(encoding="utf-8")
    names = ast.literal_eval(source.partition("MODULES = ")[2].partition("\n)\n")[0] + "\n)")
    assert not [name for name in names if find_spec(name) is None]
