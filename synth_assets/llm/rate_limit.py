"""Requests per minute, over all threads and processes that share a folder.

Here: waiting for one's turn. Not here: what to do when the server says it was too much all the same (`attempts`).
"""

import os
import threading
from functools import cache
from pathlib import Path
from time import monotonic, sleep, time_ns
from typing import TYPE_CHECKING

from synth_assets.llm.failures import unreachable
from synth_assets.llm.sqlite_files import file_errors

if TYPE_CHECKING:
    from pyrate_limiter import SQLiteBucket

LONGEST_WAIT_SECONDS = 600.0
"""A request that has not had its turn by then fails; the next run goes on where this one stopped."""

_SHORTEST_SLEEP_SECONDS, _LONGEST_SLEEP_SECONDS = 0.01, 1.0
_CLEAN_UP_EVERY = 100


class RateLimit:
    """A limit that holds over processes by a SQLite file and a file lock.

    Args:
        path: The file; its folder is made where it is not there.
        requests_per_minute: The most within any 60 seconds.
    """

    def __init__(self, path: Path, requests_per_minute: int) -> None:
        self.path, self.requests_per_minute = path, requests_per_minute

    def wait(self, where: str) -> float:
        """Return once a request may be sent, with the seconds waited.

        Raises:
            LlmError: `LLM107`, when its turn has not come after `LONGEST_WAIT_SECONDS`.
            StorageError: `STO102`, when the disk or the file does not allow it.
        """
        with file_errors(self.path):
            return self._wait(where)

    def _wait(self, where: str) -> float:
        bucket, started = _open_bucket(str(self.path), self.requests_per_minute, os.getpid()), monotonic()
        while (seconds := bucket.take()) is not None:
            if monotonic() - started > LONGEST_WAIT_SECONDS:
                raise unreachable(where, f"no turn within {LONGEST_WAIT_SECONDS:g} s at {self.requests_per_minute:,} requests per minute")
            sleep(min(max(seconds, _SHORTEST_SLEEP_SECONDS), _LONGEST_SLEEP_SECONDS))
        return monotonic() - started


class _Bucket:
    """The open file of this process. Its own lock is for processes; ours is for threads, which share its connection."""

    def __init__(self, bucket: "SQLiteBucket") -> None:
        self._bucket, self._lock, self._taken = bucket, threading.Lock(), 0

    def take(self) -> float | None:
        """Take a turn and return None; or the seconds until it is worth asking again."""
        from pyrate_limiter import RateItem

        with self._lock:
            now = time_ns() // 1_000_000  # the wall clock, as the bucket's own: processes have no other in common
            item = RateItem("request", now)
            if not self._bucket.put(item):
                return float(self._bucket.waiting(item)) / 1000  # type: ignore[arg-type]  # an int, as the bucket is not async
            self._taken += 1
            if self._taken % _CLEAN_UP_EVERY == 1:
                self._bucket.leak(now)
            return None


@cache
def _open_bucket(path: str, requests_per_minute: int, pid: int) -> _Bucket:  # noqa: ARG001  (a fork must not share a connection)
    from pyrate_limiter import Duration, Rate, SQLiteBucket

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return _Bucket(SQLiteBucket.init_from_file([Rate(requests_per_minute, Duration.MINUTE)], db_path=path, use_file_lock=True))
