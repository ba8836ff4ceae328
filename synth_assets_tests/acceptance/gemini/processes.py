"""Processes that make datasets: `synth` itself, and one that executes a schema's Dagster job; what they loaded, and killing them.

As a program (`python -m synth_assets_tests.acceptance.gemini.processes`) it is the latter.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synth_assets_tests.gemini import GeminiEmulator

REPOSITORY = Path(__file__).parents[3]
STRANGERS = ("google.genai", "google.auth", "google.oauth2", "langfuse", "opentelemetry")
OF_GREAT_EXPECTATIONS = ("google.auth", "google.oauth2")
"""What Great Expectations itself loads where it is installed, for its own stores; it asks nobody for anything."""

KEYLESS = "keyless"
"""The dataset before which a process forgets its keys."""
_KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "SYNTH_GEMINI_BASE_URL", "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY")
_SYNTH = f"""
import sys
from synth_assets.cli.main import app
try:
    app(sys.argv[1:])
except SystemExit as ended:
    code = ended.code or 0
print("loaded", sorted(n for n in sys.modules if n.startswith({STRANGERS!r})))
sys.exit(code)
"""


def start_synth(folder: Path, environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start the command in a folder; the last line of its output says which strangers it loaded."""
    return _start([sys.executable, "-c", _SYNTH, *arguments], folder, environment)


def start_dagster(folder: Path, environment: Mapping[str, str], ddl: Path, **datasets: Mapping[str, Any]) -> subprocess.Popen[str]:
    """Start a process that executes the job of a schema for datasets, by their run config; output as of `start_synth`."""
    (folder / "dagster").mkdir(exist_ok=True)
    (folder / "dagster" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    here = {"DAGSTER_HOME": str(folder / "dagster"), "SYNTH_DATA_DIR": str(folder / "data")}
    return _start([sys.executable, "-m", __name__, str(ddl), json.dumps(datasets)], folder, {**environment, **here})


def _start(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    inherited = {k: v for k, v in os.environ.items() if k not in _KEYS}
    everything = {**inherited, "PYTHONPATH": str(REPOSITORY), "SYNTH_LLM_DIR": str(folder / "llm"), **environment}
    output = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=everything, stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def finish(process: subprocess.Popen[str], code: int = 0) -> str:
    """Wait for a process, and return what it said."""
    said, _ = process.communicate(timeout=240)
    assert process.returncode == code, said[-4000:]
    return said


def kill_after(process: subprocess.Popen[str], gemini: GeminiEmulator, requests: int) -> int:
    """Kill a process and all it started without warning as soon as so many requests came in; return how many did."""
    deadline = time.monotonic() + 200
    while len(gemini.calls()) < requests and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL, "it had ended before"
    return len(gemini.calls())


def execute_jobs(ddl: Path, datasets: dict[str, dict[str, Any]]) -> bool:
    """Execute the job of a schema in this process for each dataset, on the instance of DAGSTER_HOME; return whether all ended well."""
    import dagster as dg

    from synth_assets_tests.acceptance.gemini.kitchen import read
    from synth_assets_tests.orchestration.conftest import build, run_job

    with dg.DagsterInstance.get() as instance:
        built = build(read(ddl), ddl_text=ddl.read_text(encoding="utf-8"))
        succeeded = True
        for dataset, config in datasets.items():
            for name in _KEYS if dataset == KEYLESS else ():
                os.environ.pop(name, None)
            succeeded &= run_job(built, instance, dataset, config).success
        return succeeded


if __name__ == "__main__":
    succeeded = execute_jobs(Path(sys.argv[1]), json.loads(sys.argv[2]))
    print("loaded", sorted(n for n in sys.modules if n.startswith(STRANGERS) and not n.startswith(OF_GREAT_EXPECTATIONS)))
    sys.exit(0 if succeeded else 1)
