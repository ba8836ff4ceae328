"""How the steps of a run are executed: one after another in its process, or in forks of a warm one."""

import dagster as dg

from synth_assets.settings import Settings

PRELOAD_MODULE = "synth_assets.orchestration.preload"


def choose_executor(settings: Settings) -> dg.ExecutorDefinition:
    """Return the executor the settings ask for.

    A step costs about 0.05 s in process and 0.6 s in a fork, so forks pay for tables that take longer;
    a fork of a cold server would cost 3 s, which is what the preload module is for.
    """
    if settings.executor == "in_process":
        return dg.in_process_executor
    start = {"forkserver": {"preload_modules": [PRELOAD_MODULE]}}
    return dg.multiprocess_executor.configured({"max_concurrent": settings.max_concurrent_steps, "start_method": start})
