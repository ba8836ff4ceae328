"""Runs without a worker are ended; those with one, and those that never had one, are left alone."""

import subprocess
import sys
import time
from collections.abc import Iterator

import dagster as dg
import pytest

from synth_assets.orchestration import worker_process
from synth_assets.orchestration.reaper import end_dead_runs, worker_of
from synth_assets.orchestration.worker_process import WorkerProcess, start_time


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


@dg.job
def nothing() -> None:
    pass


def run_with_worker(instance: dg.DagsterInstance, pid: int, status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED) -> str:
    run = instance.create_run_for_job(nothing, status=status)
    instance.report_engine_event(f"Started process for run (pid: {pid}).", run)
    return run.run_id


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


def test_a_run_with_its_worker_goes_on(instance: dg.DagsterInstance, sleeper: subprocess.Popen[bytes]) -> None:
    run_id = run_with_worker(instance, sleeper.pid)
    assert end_dead_runs(instance) == []
    assert status_of(instance, run_id) == dg.DagsterRunStatus.STARTED


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.FAILURE),
        (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE),
        (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED),
        (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.SUCCESS),
    ],
)
def test_a_run_without_its_worker_ends(
    instance: dg.DagsterInstance, sleeper: subprocess.Popen[bytes], status: dg.DagsterRunStatus, ended: dg.DagsterRunStatus
) -> None:
    run_id = run_with_worker(instance, sleeper.pid, status)
    sleeper.kill()
    sleeper.wait()
    assert end_dead_runs(instance) == ([run_id] if status != ended else [])
    assert status_of(instance, run_id) == ended
    assert end_dead_runs(instance) == []


def test_a_zombie_is_no_worker(instance: dg.DagsterInstance, sleeper: subprocess.Popen[bytes]) -> None:
    run_id = run_with_worker(instance, sleeper.pid)
    sleeper.kill()
    deadline = time.monotonic() + 10
    while start_time(sleeper.pid) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert end_dead_runs(instance) == [run_id]


def test_a_run_nobody_started_a_process_for_is_left_alone(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTING)
    assert worker_of(instance, run.run_id) is None
    assert end_dead_runs(instance) == []


def test_a_later_process_of_the_same_id_is_not_the_worker(sleeper: subprocess.Popen[bytes]) -> None:
    now = time.time()
    assert WorkerProcess(sleeper.pid, reported_at=now).is_alive()
    assert not WorkerProcess(sleeper.pid, reported_at=now - 3600).is_alive()


def test_proc_and_ps_agree(sleeper: subprocess.Popen[bytes]) -> None:
    by_proc, by_ps = worker_process._start_time_by_proc(sleeper.pid), worker_process._start_time_by_ps(sleeper.pid)
    assert by_proc == pytest.approx(time.time(), abs=30)
    assert by_ps == pytest.approx(by_proc, abs=3)
    sleeper.kill()
    sleeper.wait()
    assert worker_process._start_time_by_proc(sleeper.pid) is None
    assert worker_process._start_time_by_ps(sleeper.pid) is None
