"""Who has found Langfuse out of reach tells the other processes of a run, so that a run of many steps waits once and not at every step.

Here: one small file for each address and run, which only grows. Not here: what counts as out of reach (`sender`).
"""

import contextlib
import hashlib
import threading
import time
from pathlib import Path

PATIENCE_SECONDS = 1.2
"""What all steps of a run together may wait for Langfuse, beyond what a healthy server takes; then it is left alone."""

HEALTHY_SECONDS = 0.2
"""What a healthy server may take of one step; not counted."""

_KEPT_SECONDS = 86_400.0

_here: dict[str, list[tuple[float, str]]] = {}
_lock = threading.Lock()


class Outage:
    """What a run has waited for one server so far.

    Args:
        folder: Shared by the processes of a run; where it cannot be written, only this process remembers.
        host, scope: The server and the run.
    """

    def __init__(self, folder: Path, host: str, scope: str) -> None:
        self._path = folder / hashlib.sha256(f"{host} {scope}".encode()).hexdigest()[:32]

    def reason(self) -> str:
        """Return why the server is left alone; empty where it is not."""
        told = self._told()
        return told[-1][1] if sum(seconds for seconds, _ in told) >= PATIENCE_SECONDS else ""

    def add(self, waited: float, problem: str) -> None:
        """Count what a step waited; a problem ends it at once."""
        if not problem and waited <= HEALTHY_SECONDS:
            return
        counted = PATIENCE_SECONDS if problem else waited - HEALTHY_SECONDS
        line = f"{counted:.3f} {problem or 'its answers take too long'}\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._forget_old()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError:
            with _lock:
                _here.setdefault(str(self._path), []).append(_parse(line))

    def _told(self) -> list[tuple[float, str]]:
        with _lock:
            here = list(_here.get(str(self._path), ()))
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return here
        return here + [_parse(line) for line in lines]

    def _forget_old(self) -> None:
        for path in self._path.parent.iterdir():
            with contextlib.suppress(OSError):  # another process may be faster
                if path.stat().st_mtime < time.time() - _KEPT_SECONDS:
                    path.unlink()


def _parse(line: str) -> tuple[float, str]:
    seconds, _, problem = line.strip().partition(" ")
    try:
        return float(seconds), problem
    except ValueError:  # half a line, of a process that was killed
        return 0.0, problem
