"""Progress of long commands on standard error: bars on a terminal, else a line now and then."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from synth_assets.cli.reporting import on_terminal, say_error

_QUIET_SECONDS = 10.0
"""Without a terminal nothing is said for this long, and no more often than this."""

OnTableProgress = Callable[[str, int, int], None]


@contextmanager
def table_progress(*, enabled: bool = True, unit: str = "rows") -> Iterator[OnTableProgress | None]:
    """Yield a function that takes table, rows done and rows in all; None when progress is not wanted. `unit` is what is counted."""
    if not enabled:
        yield None
    elif on_terminal():
        with _bars() as tell:
            yield tell
    else:
        yield _lines(unit)


@contextmanager
def _bars() -> Iterator[OnTableProgress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = progress.add_task(table, total=total)
            progress.update(tasks[table], completed=done, visible=done < total)

        yield tell


def _lines(unit: str) -> OnTableProgress:
    last = time.monotonic()

    def tell(table: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _QUIET_SECONDS:
            last = time.monotonic()
            say_error(f"{table}: {done:,} of {total:,} {unit}")

    return tell
