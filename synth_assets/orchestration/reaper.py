"""Finds runs whose worker process died unnoticed, and has them fail, so that they are retried.

Dagster's default launcher notices a dead worker only while the code server that started it lives.
When that server dies too, its runs would stay "started" for ever and keep their places in the queue.
This sensor runs where workers run, in the code server, and asks the operating system.
"""

import re

import dagster as dg

from synth_assets.orchestration.translator import REAPER_SENSOR
from synth_assets.orchestration.worker_process import WorkerProcess
from synth_assets.settings import Settings

_ACTIVE = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_WORKER_STARTED = re.compile(r"Started process for run \(pid: (\d+)\)")


def build_reaper_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that ends runs without a worker."""

    @dg.sensor(
        name=REAPER_SENSOR,
        minimum_interval_seconds=settings.sensor_interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends runs whose worker process is gone; Dagster's run retries then start them again.",
    )
    def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        ended = end_dead_runs(context.instance)
        if not ended:
            return dg.SkipReason("every active run has its worker")
        return dg.SkipReason(f"ended {len(ended)} runs without a worker: {', '.join(ended)}")

    return dead_runs


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Fail (or, if it was being canceled, cancel) every active run whose worker is gone; return their ids."""
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_ACTIVE)):
        run = record.dagster_run
        worker = worker_of(instance, run.run_id)
        if worker is None or worker.is_alive():
            continue
        message = f"the run's worker (process {worker.pid}) is gone, and so is the code server that started it"
        instance.report_engine_event(message, run)
        if run.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run)
        else:
            instance.report_run_failed(run)
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        ended.append(run.run_id)
    return ended


def worker_of(instance: dg.DagsterInstance, run_id: str) -> WorkerProcess | None:
    """Return the latest process Dagster started for a run, or None when none was reported yet."""
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    found = [(int(m.group(1)), e.timestamp) for e in entries if (m := _WORKER_STARTED.search(e.user_message or e.message or ""))]
    return WorkerProcess(*found[-1]) if found else None
