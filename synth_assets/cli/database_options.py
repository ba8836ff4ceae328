"""Options of the commands that talk to a database, and ending them so that nothing is left there."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from synth_assets.cli.reporting import bad_option

if TYPE_CHECKING:
    from synth_assets.databases import DatabaseUrl

DatasetPath = Annotated[
    Path, typer.Argument(metavar="DIR", exists=True, help="A folder that `synth generate` made, or a ZIP that was exported.")
]
DdlOption = Annotated[Path | None, typer.Option("--ddl", exists=True, dir_okay=False, help="The DDL, where the dataset does not carry it.")]


def read_url(given: str | None, setting: str) -> "DatabaseUrl":
    """Return the URL of the option, or else of the setting `SYNTH_<setting>`. Raises RequestError, never showing it."""
    from synth_assets.databases import parse_database_url
    from synth_assets.settings import load_settings

    variable = f"SYNTH_{setting.upper()}"
    free = "; sqlite:// needs no server" if setting == "proof_database_url" else ""
    if given is not None:
        return parse_database_url(given, "--database")
    url = getattr(load_settings(), setting)
    if url is None:
        raise bad_option("--database", "names no database", "", f"give --database URL, or set {variable}{free}")
    return parse_database_url(url, variable)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does, so that scratch places are dropped."""

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    names = [s for s in ("SIGTERM", "SIGHUP") if hasattr(signal, s)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
