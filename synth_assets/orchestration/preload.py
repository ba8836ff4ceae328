"""Imported once by a run's fork server, so that each step starts from a process that has everything loaded.

The definitions alone leave some 500 modules (storages, migrations, Arrow) to import in every fork, and a table
step needs the engine and matplotlib, a check step Great Expectations: seconds in each of them. Nothing here
starts a Python thread while it is imported, and the native pools (BLAS, Arrow) start over in a fork.
"""

import importlib

MODULES = (
    "synth_assets.definitions",
    "synth_assets.orchestration.instance_storage",
    "synth_assets.checks.suite",
    "synth_assets.checks.validation",
    "synth_assets.engine.generator",
    "synth_assets.pipeline.create",
    "synth_assets.reports.plots",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "pyarrow.parquet",
    "dagster._core.execution.api",
    "dagster._core.launcher.default_run_launcher",
    "dagster._core.run_coordinator.queued_run_coordinator",
    "dagster._core.storage.defs_state.blob_storage_state_storage",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.sqlite_storage",
    "dagster_postgres.storage",
    "alembic.command",
    "alembic.migration",
    "rich.console",
    "upath.implementations.local",
    "watchdog.observers",
)

for _module in MODULES:
    importlib.import_module(_module)
