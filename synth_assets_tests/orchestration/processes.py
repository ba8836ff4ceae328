"""Real Dagster processes for tests: started in sessions of their own, asked over GraphQL, and gone afterwards."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

REPOSITORY = Path(__file__).resolve().parents[2]
MARK = "SYNTH_TEST_PROCESSES"
"""Environment variable that names the test a process belongs to."""

RUNS = "{ runsOrError { ... on Runs { results { runId rootRunId status jobName tags { key value } } } } }"
EVENTS = """query($run: ID!) { logsForRun(runId: $run) { ... on EventConnection { events { __typename
  ... on MessageEvent { message stepKey } ... on MaterializationEvent { assetKey { path } } } } } }"""
TERMINATE = "mutation($run: String!) { terminateRun(runId: $run) { __typename ... on PythonError { message } } }"

SMALL = """CREATE TABLE authors (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL);
CREATE TABLE books (id INT PRIMARY KEY, author_id INT NOT NULL REFERENCES authors (id), title VARCHAR(60) NOT NULL);
"""
LONG_TABLES = 6
# Tables that take about a second each with their checks, one after another: time enough for something to happen.
LONG = "".join(
    f"CREATE TABLE t{n} (id INT PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, p INT {f'REFERENCES t{n - 1} (id)' if n else ''});\n"
    for n in range(LONG_TABLES)
)
LONG_ROWS = 80_000


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Processes:
    """Processes of one Dagster instance, all with the working directory `folder`."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self._mark = uuid.uuid4().hex
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DAGSTER", "SYNTH"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {
            **inherited,
            "PATH": path,
            "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "300",
            "SYNTH_SENSOR_INTERVAL_SECONDS": "1",
            "SYNTH_SETTLE_SECONDS": "0",
            MARK: self._mark,
            **environment,
        }
        self.commands: dict[str, list[str]] = {}
        """How each process was started, to start it again."""
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "data" / "uploads").mkdir(parents=True)
        shutil.copy(REPOSITORY / "dagster.yaml", folder)

    def start(self, name: str, *command: str) -> None:
        """Start a process; its output goes to `<name>.log`. A session of its own leaves signals as they are by default."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, cwd=self.folder, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """End a process and everything it started, without a chance to tidy up."""
        os.killpg(self._running[name].pid, signal.SIGKILL)
        self._running.pop(name).wait(10)

    def end(self) -> None:
        """Ask all to stop, then end whatever still carries this instance's mark."""
        for process in self._running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + 15
        for process in self._running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        for pid in self._marked():
            os.kill(pid, signal.SIGKILL)

    def _marked(self) -> Iterator[int]:
        wanted = f"{MARK}={self._mark}".encode()
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                if wanted in entry.read_bytes().split(b"\0"):
                    yield int(entry.parent.name)
            except OSError:
                continue

    # What the instance says

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def runs(self, job: str) -> list[dict[str, Any]]:
        """Return the runs of a job, oldest first."""
        found = [r for r in self.ask(RUNS)["runsOrError"]["results"] if r["jobName"] == job]
        return [{**r, "tags": {t["key"]: t["value"] for t in r["tags"]}} for r in reversed(found)]

    def events(self, run_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(EVENTS, run=run_id)["logsForRun"]["events"]
        return found

    def made(self, run_id: str) -> list[str]:
        """Return the assets a run has made so far, in order."""
        return [e["assetKey"]["path"][-1] for e in self.events(run_id) if e["__typename"] == "MaterializationEvent" and e["assetKey"]]

    def worker(self, run_id: str) -> int:
        """Return the process id of a run."""
        found = [m for e in self.events(run_id) if (m := re.search(r"Started process for run \(pid: (\d+)\)", e.get("message") or ""))]
        return int(found[-1][1])

    def wait(self, what: str, condition: Callable[[], Any], seconds: float = 80) -> Any:
        """Poll until the condition holds something true, and return that; on timeout show the logs' ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if found := condition():
                    return found
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(0.2)
        logs = "\n".join(f"--- {p.name}\n{p.read_text(errors='replace')[-3000:]}" for p in sorted(self.folder.glob("*.log")))
        raise AssertionError(f"waited {seconds} s for {what}\n{logs}")

    def wait_for_run(self, job: str, status: str, seconds: float = 80, number: int = 0) -> dict[str, Any]:
        """Wait until the job's run of that number (0: the first) has a status, and return it."""

        def reached() -> dict[str, Any] | None:
            runs = self.runs(job)
            run = runs[number] if len(runs) > number else None
            ended = run is not None and run["status"] in {"SUCCESS", "FAILURE", "CANCELED"} - {status}
            assert not ended, f"{job} ended as {run}: {[e.get('message') for e in self.events(run['runId'])][-15:]}"  # type: ignore[index]
            return run if run is not None and run["status"] == status else None

        found: dict[str, Any] = self.wait(f"run {number} of {job} to be {status}", reached, seconds)
        return found

    # What people do

    def upload(self, name: str, ddl: str, request: str = "") -> None:
        """Put a request and a DDL file into the uploads folder, each at once."""
        for file, text in ((f"{name}.yaml", request), (f"{name}.sql", ddl)):
            if text:
                partial = self.folder / "data" / "uploads" / f".{file}.partial"
                partial.write_text(text, encoding="utf-8")
                partial.replace(partial.with_name(file))


@contextmanager
def dagster_dev(folder: Path) -> Iterator[Processes]:
    """Yield `dagster dev` as `make dev` starts it, on SQLite below the folder."""
    processes = Processes(folder, {})
    shutil.copy(REPOSITORY / "workspace.yaml", folder)
    try:
        processes.start("dev", "dagster", "dev", "--workspace", "workspace.yaml", "--host", "127.0.0.1", "--port", str(processes.port))
        processes.wait("the web server", lambda: processes.ask("{ version }"))
        yield processes
    finally:
        processes.end()


@contextmanager
def deployment(folder: Path, postgres_url: str, commands: Mapping[str, list[str]]) -> Iterator[Processes]:
    """Yield web server, daemon and code server as separate processes on PostgreSQL, by the commands given."""
    processes = Processes(folder, {"DAGSTER_POSTGRES_URL": postgres_url, "DAGSTER_HOME": str(folder)})
    code_port = str(free_port())
    workspace = (REPOSITORY / "deploy" / "workspace.yaml").read_text(encoding="utf-8")
    (folder / "deploy").mkdir()
    (folder / "deploy" / "workspace.yaml").write_text(workspace.replace("host: code-server", "host: 127.0.0.1").replace("4000", code_port))
    ports = {"4000": code_port, "3000": str(processes.port), "0.0.0.0": "127.0.0.1"}
    processes.commands = {name: [ports.get(word, word) for word in command] for name, command in commands.items()}
    try:
        for name, command in processes.commands.items():
            processes.start(name, *command)
        processes.wait("the web server", lambda: processes.ask("{ version }"))
        yield processes
    finally:
        processes.end()


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
    processes.upload(name, LONG, f"rows: {LONG_ROWS}\n")
    run_id: str = processes.wait_for_run(f"generate_{name}", "STARTED")["runId"]
    processes.wait("two tables", lambda: len(processes.made(run_id)) >= 3)
    return run_id


def whole(processes: Processes, name: str) -> bool:
    """Tell whether the first dataset of an uploaded `LONG` has all its tables and rows."""
    return rows_of(processes, name, f"{name}-1") == dict.fromkeys((f"t{n}" for n in range(LONG_TABLES)), LONG_ROWS)
