"""Is the process of a run still there: by id and by start time, since ids are used again (in a container, soon)."""

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

START_TOLERANCE_SECONDS = 5.0
"""How much later than the event that reports it a worker may have started, by two clocks' reckoning."""

_ELAPSED = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)")


@dataclass(frozen=True)
class WorkerProcess:
    """The process of a run: its id, and when Dagster reported its start (seconds since the epoch)."""

    pid: int
    reported_at: float

    def is_alive(self) -> bool:
        """Tell whether that very process runs; neither a later one with its id nor a zombie counts."""
        started = start_time(self.pid)
        return started is not None and started <= self.reported_at + START_TOLERANCE_SECONDS


def start_time(pid: int) -> float | None:
    """Return when a running process started, in seconds since the epoch; None when there is none, or only its zombie."""
    return _start_time_by_proc(pid) if Path("/proc/self/stat").exists() else _start_time_by_ps(pid)


def _start_time_by_proc(pid: int) -> float | None:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
    fields = status.rpartition(")")[2].split()
    state, start_ticks = fields[0], int(fields[19])
    boot = next(line.split()[1] for line in Path("/proc/stat").read_text(encoding="ascii").splitlines() if line.startswith("btime"))
    return None if state in "ZX" else int(boot) + start_ticks / os.sysconf("SC_CLK_TCK")


def _start_time_by_ps(pid: int) -> float | None:
    """Ask `ps`, where there is no /proc (macOS)."""
    command = ["ps", "-o", "etime=,stat=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
    elapsed = _ELAPSED.fullmatch(shown[0]) if shown else None
    if elapsed is None or shown[1].startswith("Z"):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in elapsed.groups())
    return time.time() - (((days * 24 + hours) * 60 + minutes) * 60 + seconds)
