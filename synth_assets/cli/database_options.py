"""Options of the commands that talk to a database."""

from pathlib import Path
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
