"""A thread that sends what it is given, and that nobody waits for longer than a moment.

Here: the bounded queue, batches, the bound on waiting. Not here: how things are encoded (`wire`), who remembers failures (`outage`).
The thread is a daemon's and registers nothing at exit: a process ends when its work ends, whatever Langfuse does.
"""

import queue
import threading
import time
from dataclasses import dataclass

from synth_assets.llm.tracing.address import Address
from synth_assets.llm.tracing.masks import Mask
from synth_assets.llm.tracing.probe import UnreachableError, find_project
from synth_assets.llm.tracing.subject import Score, Span, TraceSubject
from synth_assets.llm.tracing.wire import Wire

NETWORK_SECONDS = 1.5
"""The most that a trace waits for the server, all its waits added up."""

LOADING_SECONDS = 5.0
"""The most that closing waits for the SDK to be loaded, once the server has answered."""

MOST_WAITING = 1_000
BATCH = 50
_BATCH_SECONDS = 1.0


@dataclass(frozen=True)
class Delivery:
    """What became of the things that were put; `waited` is what was waited for the server, in seconds."""

    sent: int
    dropped: int
    waited: float
    problem: str


class Sender:
    """Sends what it is given, in order, from a thread of its own that starts at once."""

    def __init__(self, address: Address, subject: TraceSubject, mask: Mask) -> None:
        self._address, self._subject, self._mask = address, subject, mask
        self._queue: queue.Queue[Span | Score | None] = queue.Queue(MOST_WAITING)
        self._reached, self._loaded, self._done = threading.Event(), threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._given = self._sent = 0
        self._problem = ""
        self._waited = 0.0
        threading.Thread(target=self._run, name="langfuse", daemon=True).start()

    def put(self, item: Span | Score) -> None:
        """Give something to send; never waits. What there is no room for is dropped, and counted."""
        with self._lock:
            self._given += 1
        if self._done.is_set():
            return
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._fail("more came than could be sent")

    def close(self) -> Delivery:
        """Have everything sent, and return what became of it, after `NETWORK_SECONDS` at the latest (loading apart)."""
        self._put_end()
        if self._wait_for(self._reached) and self._loaded.wait(LOADING_SECONDS):
            self._wait_for(self._done)
        if not self._done.is_set():
            self._fail("no answer in time")
        with self._lock:
            return Delivery(self._sent, self._given - self._sent, self._waited, self._problem)

    def answers(self) -> bool:
        """Tell whether the server has answered; waits for it, which is taken off what closing may wait."""
        self._wait_for(self._reached)
        with self._lock:
            return self._reached.is_set() and not self._problem

    def _wait_for(self, event: threading.Event) -> bool:
        started = time.monotonic()
        came = event.wait(max(0.0, NETWORK_SECONDS - self._waited))
        self._waited += time.monotonic() - started
        return came

    def _put_end(self) -> None:
        while True:
            try:
                self._queue.put_nowait(None)
            except queue.Full:
                self._take_one()
            else:
                return

    def _take_one(self) -> None:
        try:
            self._queue.get_nowait()
        except queue.Empty:
            return

    def _run(self) -> None:
        try:
            find_project(self._address)
            self._reached.set()
            wire = Wire(self._address, self._subject, self._mask)
            self._loaded.set()
            is_last = False
            while not is_last:
                batch, is_last = self._next_batch()
                wire.send(batch)
                with self._lock:
                    self._sent += len(batch)
        except UnreachableError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001  (whatever the SDK raises is told in the outcome, and is no reason to fail a run)
            self._fail(f"it could not be sent ({type(error).__name__})")
        finally:
            for event in (self._done, self._loaded, self._reached):
                event.set()

    def _next_batch(self) -> tuple[list[Span | Score], bool]:
        """Return what there is to send, and whether nothing follows; waits for the first, and a moment for more."""
        batch: list[Span | Score] = []
        deadline = None
        while len(batch) < BATCH:
            try:
                item = self._queue.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return batch, False
            if item is None:
                return batch, True
            batch.append(item)
            deadline = deadline or time.monotonic() + _BATCH_SECONDS
        return batch, False

    def _fail(self, problem: str) -> None:
        with self._lock:
            self._problem = self._problem or problem
